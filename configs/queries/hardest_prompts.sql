-- Which prompts fail most often, over modes and phases, and in how many ways.
with tried as (
    select prompt_id, any_value(kind) as kind, count(*) as tries,
           count(*) filter (category is not null) as failed,
           list(distinct category) filter (category is not null) as categories
    from evaluations
    group by prompt_id
    order by failed desc, tries, prompt_id
    limit 20
)
select t.*, p.messages
from tried t
left join (select prompt_id, any_value(messages) as messages from prompts group by 1) p
    using (prompt_id)
order by failed desc, tries, prompt_id
