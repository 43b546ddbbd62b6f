-- What does the repair change: rates on held-out prompts before and after it, free and constrained.
select mode, phase, count(*) as prompts,
       round(100 * avg(json_valid::int), 1) as json_valid_percent,
       round(100 * avg(tool_selected::int), 1) as tool_selected_percent,
       round(100 * avg(exact::int), 1) as exact_percent,
       round(100 * avg((category is not null)::int), 1) as failed_percent
from evaluations
where split = 'heldout'
group by mode, phase
order by mode desc, phase desc
