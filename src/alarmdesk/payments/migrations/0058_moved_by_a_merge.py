"""A statement follows its customer into the record that it was merged into, and says for which record it was made."""

from django.db import migrations, models

from alarmdesk.company.walls import Frozen, MovedByMerge

LEDGER = "payments_statement is insert-only: its rows are never changed or removed"


class Migration(migrations.Migration):
    dependencies = [("payments", "0057_trail_of_voided_payments"), ("customers", "0041_merges")]

    operations = [
        migrations.RemoveConstraint(model_name="statement", name="payments_statement_once"),
        migrations.AddField(
            model_name="statement",
            name="moved_from",
            field=models.BigIntegerField(
                blank=True, editable=False, null=True, verbose_name="made for the merged record"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("run__isnull", False)),
                fields=("company", "run", "customer", "moved_from"),
                name="payments_statement_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL("drop trigger insert_only on payments_statement"),
        Frozen("Statement", free=("customer_id", "moved_from"), changing=LEDGER, deleting=LEDGER),
        MovedByMerge("Statement", LEDGER, also=("moved_from",)),
    ]
