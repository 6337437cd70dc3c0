"""Lines from before states were kept get theirs: the one that the tax is named after, else where the customer is now.

Why they were taxed is known where the state's rate was borne; for the rest it stays blank. The ledger is opened for
this once: what is said of money does not change.
"""

from django.db import migrations

FILL = """
alter table invoicing_invoiceline disable trigger insert_only;
update invoicing_invoiceline l
set tax_state = coalesce(x.state, nullif(s.state, ''), b.state, ''),
    tax_basis = case when x.state is null then '' else 'state' end
from invoicing_invoiceline o
join invoicing_invoice i on i.company_id = o.company_id and i.id = o.invoice_id
left join lateral (
    select left(t.name, 2) as state from invoicing_linetax t
    where t.company_id = o.company_id and t.line_id = o.id and t.name ~ '^[A-Z]{2} sales tax$' limit 1
) x on true
left join customers_address s on s.company_id = i.company_id and s.customer_id = i.customer_id and s.kind = 'service'
left join customers_address b on b.company_id = i.company_id and b.customer_id = i.customer_id and b.kind = 'billing'
where l.company_id = o.company_id and l.id = o.id;
set constraints all immediate;
alter table invoicing_invoiceline enable trigger insert_only;
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0051_tax_reasons")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
