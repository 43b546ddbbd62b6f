-- What became of the failures that were corrected: right now, wrong as before, or in another way.
select category, decoding, count(*) as corrected,
       count(*) filter (exact_after) as right_now,
       count(*) filter (category_after = category) as as_before,
       count(*) filter (category_after <> category) as in_another_way
from repairs
group by all
order by corrected desc, category, decoding
