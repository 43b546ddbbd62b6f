-- Which failures are alike: each cluster with its terms, its categories and one failure of it.
select c.cluster, c.label, count(*) as failures, mode(f.category order by f.category) as commonest,
       min_by(f.output, (f.prompt_id, f.mode)) as example
from clusters c
join failures f on f.prompt_id = c.prompt_id and f.mode = c.mode and f.origin = 'student'
group by all
order by failures desc, c.cluster
