"""The run advances every schedule each period: that step is told by the billing period, so the trail's trigger, which
compares whole rows and was a fifth of the night's cost, is not even called for it.
"""

from django.db import migrations

TRIGGERS = """
drop trigger trail_changes on invoicing_recurringinvoice;
create trigger trail_changes after update on invoicing_recurringinvoice
    for each row when (old.next_seq = new.next_seq)
    execute function alarmdesk_trail('customer_id', 'next_seq,next_on');
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_ended_by")]

    operations = [migrations.RunSQL(TRIGGERS)]
