"""Two records that were of one customer, and the only door by which a row that never changes gets another customer."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import Wall

# rooms whose rows never change hang it on their tables (`MovedByMerge`); the sentence is the table's own
ONLY_BY_MERGE = """
create function alarmdesk_refuse_move() returns trigger language plpgsql as $$
begin
    if not exists (
        select 1 from customers_merge m
        where m.company_id = new.company_id and m.merged_id = old.customer_id and m.customer_id = new.customer_id
    ) then
        raise exception '%', tg_argv[0] using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0040_alike"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("merged_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=170, verbose_name="merged record")),
                (
                    "account_number",
                    models.CharField(max_length=40, verbose_name="account number of the merged record"),
                ),
                ("moved", models.JSONField(default=dict)),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="customers.customer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "merged_id"), name="customers_merged_once"),
                    models.CheckConstraint(
                        condition=models.Q(("customer", models.F("merged_id")), _negated=True),
                        name="customers_merged_into_another",
                    ),
                ],
            },
        ),
        Wall("Merge", trail="customer_id"),
        migrations.RunSQL(ONLY_BY_MERGE, "drop function alarmdesk_refuse_move()"),
    ]
