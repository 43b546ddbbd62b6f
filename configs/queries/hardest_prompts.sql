-- Which prompts fail most often, over modes and phases, and in how many ways.
with hardest as (
    select prompt_id, count(*) as failed
    from evaluations
    where category is not null
    group by prompt_id
    order by failed desc, prompt_id
    limit 20
),
ways as (
    select prompt_id, any_value(kind) as kind, count(*) as tries,
           list_sort(list(distinct category)) as categories
    from evaluations semi join hardest using (prompt_id)
    group by prompt_id
),
asked as (
    select prompt_id, any_value(messages) as messages
    from prompts semi join hardest using (prompt_id)
    group by prompt_id
)
select prompt_id, kind, tries, failed, categories, messages
from hardest join ways using (prompt_id) left join asked using (prompt_id)
order by failed desc, prompt_id
