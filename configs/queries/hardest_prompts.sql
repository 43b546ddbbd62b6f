-- Which prompts fail most often, over modes and phases, and in how many ways.
with hardest as (
    select prompt_id, count(*) as tries, count(*) filter (category is not null) as failed
    from evaluations
    group by prompt_id
    order by failed desc, tries, prompt_id
    limit 20
),
ways as (
    select prompt_id, any_value(kind) as kind, list_sort(list(distinct category)) as categories
    from evaluations semi join hardest using (prompt_id)
    group by prompt_id
),
asked as (
    select prompt_id, any_value(messages) as messages
    from prompts semi join hardest using (prompt_id)
    group by prompt_id
)
select h.prompt_id, kind, tries, failed, categories, messages
from hardest h join ways using (prompt_id) left join asked using (prompt_id)
order by failed desc, tries, prompt_id
