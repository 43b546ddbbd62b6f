-- What does an accepted answer of the teacher cost, by kind of prompt, refused ones included.
with asked as (
    select kind, true as accepted, cost_microdollars from responses
    union all
    select kind, false, cost_microdollars from refused
)
select kind, count(*) filter (accepted) as accepted, count(*) filter (not accepted) as refused,
       sum(cost_microdollars) / 1e6 as dollars,
       sum(cost_microdollars) / 1e6 / nullif(count(*) filter (accepted), 0) as dollars_per_accepted
from asked
group by kind
order by dollars desc, kind
