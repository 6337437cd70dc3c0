"""An index for every enrolment of a recurring invoice: the unique one knows the live ones only, and a foreign-key check
of a recurring invoice that is removed read all of the company's enrolments.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_walls")]

    operations = [
        migrations.RunSQL(
            "create index payments_autopay_recurring_invoice_id_idx"
            " on payments_autopay (company_id, recurring_invoice_id)",
            "drop index payments_autopay_recurring_invoice_id_idx",
        )
    ]
