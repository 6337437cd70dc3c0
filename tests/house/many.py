"""How does a company get many recurring invoices quickly? One by the rules, the others are copies in SQL."""

from django.db import connection

from alarmdesk.company.entering import entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import (
    make_billed_customer,
    make_furnished_company,
    make_poisoned_recurring,
    make_recurring,
    make_state_tax,
)

# each its own customer, so that a batch is what a dealer's is
COPIES = """
with people as (
    insert into customers_customer (company_id, stage, kind, status, account_number, first_name, last_name,
        business_name, email, mmr, activation_fee, activation_fee_paid, note, created_at)
    select company_id, stage, kind, status, 'T-' || n, first_name, last_name, '', email, mmr, 0, false, '', created_at
    from customers_customer cross join generate_series(%(first)s, %(last)s) n
    where company_id = %(company)s and id = %(one)s
    returning company_id, id
), places as (
    insert into customers_address (company_id, customer_id, kind, street, street_2, city, state, zip_code)
    select company_id, id, 'service', '2210 E 15th St', '', 'Tulsa', 'OK', '74104' from people
), templates as (
    insert into invoicing_recurringinvoice (company_id, customer_id, number, anchor_on, every, unit, times, term_id,
        po_number, note, email_on_generation, amount, next_seq, next_on, created_at, created_by, ended_reason, ended_by)
    select p.company_id, p.id, r.number + %(first)s - 1 + row_number() over (order by p.id), r.anchor_on, r.every,
        r.unit, r.times, r.term_id, '', '', true, r.amount, 0, r.next_on, r.created_at, r.created_by, '', ''
    from people p join invoicing_recurringinvoice r on r.company_id = p.company_id and r.id = %(recurring)s
    returning company_id, id
)
insert into invoicing_recurringline (company_id, recurring_invoice_id, position, item_id, quantity, description,
    unit_price, amount, tax)
select t.company_id, t.id, l.position, l.item_id, l.quantity, l.description, l.unit_price, l.amount, l.tax
from templates t
join invoicing_recurringline l on l.company_id = t.company_id and l.recurring_invoice_id = %(recurring)s
"""


def make_due(count: int) -> Company:
    """A company with so many recurring invoices due on January 31, the last of them poisoned."""
    shop = make_furnished_company()
    with inside(shop):
        make_state_tax()
        customer = make_billed_customer()
        one = make_recurring(customer, email_on_generation=True)
        with connection.cursor() as cursor:
            told = {"company": entered_id(), "one": customer.pk, "recurring": one.pk}
            for first in range(1, count - 1, 500):
                # plans for an empty table would compare each new row with all (invoicing/batches.py)
                cursor.execute("discard plans")
                cursor.execute(COPIES, {**told, "first": first, "last": min(first + 499, count - 2)})
            cursor.execute(
                "update company_series set value = (select max(number) from invoicing_recurringinvoice where "
                "company_id = %(company)s) where company_id = %(company)s and code = 'recurring'",
                told,
            )
        make_poisoned_recurring(make_billed_customer())
    return shop
