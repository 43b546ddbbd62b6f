-- Which share of the failures is technical (form, not decision), by whose output it is.
select origin, count(*) as failed,
       count(*) filter (category in ('json_parse_error', 'truncated', 'schema_violation',
                                     'wrong_type', 'format_leak', 'empty')) as technical,
       round(100 * technical / failed, 1) as percent,
       mode(category order by category) as commonest
from failures
group by origin
order by failed desc
