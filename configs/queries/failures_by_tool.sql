-- How often does the student fail at each tool, and how: free decoding, before the repair.
-- wanted_tool: the first right call; no tool where words are right.
select coalesce(wanted_tool, '(none)') as wanted_tool, category, count(*) as failures,
       round(100 * count(*) / sum(count(*)) over (), 1) as percent
from failures
where origin = 'student' and mode = 'free'
group by all
order by failures desc, wanted_tool, category
