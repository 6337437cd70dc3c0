"""Does an account's MMR follow the price that is billed? Once a changed price has billed its first period (D1).

Only where the MMR was what the recurring invoice before it billed: a rate that somebody keeps otherwise is left to the
billing audit (findings.py), which says that the two differ.
"""

from django.db import connection

from alarmdesk.company.entering import Actor, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.findings import MONTHS
from alarmdesk.invoicing.models import MMR_NUMBER

RATE = f"""(
    select round(coalesce(sum(l.amount), 0) / {MONTHS}, 2) from invoicing_recurringline l
    join invoicing_billableitem i on i.company_id = l.company_id and i.id = l.item_id and i.number = {MMR_NUMBER}
    where l.company_id = r.company_id and l.recurring_invoice_id = r.id
)"""  # noqa: S608  pieces of our own
FOLLOW = f"""
update customers_customer c set mmr = n.rate
from (
    select r.customer_id, {RATE} as rate, (
        select {RATE} from invoicing_recurringinvoice r where r.company_id = %(company)s and r.id = s.follows_id
    ) as before
    from invoicing_recurringinvoice s
    join invoicing_recurringinvoice r on r.company_id = s.company_id and r.id = s.id
    where s.company_id = %(company)s and s.follows_id is not null and s.next_on is not null
      and s.next_seq > s.first_seq
    offset 0
) n
where c.company_id = %(company)s and c.id = n.customer_id and c.mmr = n.before and n.before <> n.rate
"""  # noqa: S608  pieces of our own


def follow_prices(company: Company, *, actor: Actor) -> int:
    """Bring the MMR of accounts up to the price that they are billed now; how many."""
    with inside(company, actor=actor), connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"company": entered_id()})
        count: int = cursor.rowcount
        return count
