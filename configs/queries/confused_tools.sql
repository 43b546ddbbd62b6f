-- Which tool is called where which other is right: the student's wrong choices among the offered.
select wanted_tool, called_tool, count(*) as failures, count(distinct prompt_id) as prompts
from failures
where origin = 'student' and category = 'wrong_tool' and wanted_tool <> called_tool
group by all
order by failures desc, wanted_tool, called_tool
