"""Payments that were voided before say when: as what they had paid was taken off the invoices again.

A payment of which nothing was ever applied moved no invoice; its void says when. The trail does not look at the columns
yet (0057).
"""

from django.db import migrations

FILL = """
update payments_payment p set voided_at = v.at, voided_by = v.by
from (
    select distinct on (x.company_id, x.payment_id) x.company_id, x.payment_id, x.at, x.by from (
        select company_id, payment_id, at, by from payments_allocation
        where reverses_id is not null and for_refund_id is null
        union all
        select company_id, payment_id, answered_at, '' from payments_attempt
        where verb = 'void' and state = 'approved' and answered_at is not null
    ) x
    order by x.company_id, x.payment_id, x.at desc, x.by desc
) v
where p.company_id = v.company_id and p.id = v.payment_id and p.kind = 'sale' and p.status = 'cancelled'
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0055_voided_payments")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
