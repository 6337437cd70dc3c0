"""Companies that were there before get the stages that a new one gets, and their leads stand in the first of them."""

from django.db import migrations

STAGES = """
insert into customers_leadstage (company_id, name, position, outcome)
select c.id, stage.name, stage.position, stage.outcome
from company_company c
cross join (values ('New', 1, 'open'), ('Contacted', 2, 'open'), ('Quoted', 3, 'open'), ('Won', 4, 'won'),
    ('Lost', 5, 'lost')) as stage (name, position, outcome)
where not exists (select 1 from customers_leadstage s where s.company_id = c.id)
"""
# what a lead was thought to bring stood in its monitoring rate
OPPORTUNITIES = """
insert into customers_opportunity
    (company_id, customer_id, stage_id, staged_at, source, expected_mmr, next_step, lost_reason)
select c.company_id, c.id, first.id, c.created_at, '', c.mmr, '', ''
from customers_customer c
join customers_leadstage first on first.company_id = c.company_id and first.position = 1
where c.stage = 'lead'
on conflict (company_id, customer_id) do nothing;
set constraints all immediate
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0042_pipeline")]

    operations = [
        migrations.RunSQL(STAGES, migrations.RunSQL.noop),
        migrations.RunSQL(OPPORTUNITIES, migrations.RunSQL.noop),
    ]
