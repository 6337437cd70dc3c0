"""Nothing is applied of a payment whose gateway has not answered: the money may not be there."""

from django.db import migrations

GUARD = """
      and not exists (
        select from payments_attempt t
        where t.company_id = new.company_id and t.payment_id = new.payment_id
          and t.state in ('created', 'sent', 'unknown', 'held'))"""


def allocate(guard: str) -> str:
    return f"""
create or replace function alarmdesk_allocate() returns trigger language plpgsql as $$
begin
    update payments_payment set applied = applied + new.amount
    where company_id = new.company_id and id = new.payment_id
      and (new.amount < 0 or (kind = 'sale' and status in ('pending', 'complete'){guard}));
    if not found then
        raise exception 'only a good payment can be applied' using errcode = 'check_violation';
    end if;
    update invoicing_invoice set paid = paid + new.amount
    where company_id = new.company_id and id = new.invoice_id
      and (new.amount < 0 or (type = 'invoice' and voided_at is null));
    if not found then
        raise exception 'only an invoice in force can be paid' using errcode = 'check_violation';
    end if;
    return null;
end $$;
"""  # noqa: S608  a piece of our own


class Migration(migrations.Migration):
    dependencies = [("payments", "0060_lists_by_status")]

    operations = [migrations.RunSQL(allocate(GUARD), allocate(""))]
