"""Nothing is applied or paid out of a payment whose gateway has not answered: the money may not be there."""

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
"""  # noqa: S608  pieces of our own


def pay_out(guard: str) -> str:
    return f"""
create or replace function alarmdesk_pay_out() returns trigger language plpgsql as $$
declare
    payout record;
begin
    select * into payout from payments_payment
    where company_id = new.company_id and id = new.payout_id for no key update;
    if payout.kind <> 'credit' or payout.status in ('failed', 'cancelled', 'returned') then
        raise exception 'only a credit that stands pays out' using errcode = 'check_violation';
    end if;
    if new.amount + (
        select coalesce(sum(amount), 0) from payments_paidout
        where company_id = new.company_id and payout_id = new.payout_id and id <> new.id
    ) > -payout.amount then
        raise exception 'more than the credit' using errcode = 'check_violation';
    end if;
    update invoicing_invoice set used = used + new.amount
    where company_id = new.company_id and id = new.credit_id and type = 'credit' and voided_at is null
      and customer_id = payout.customer_id;
    if not found then
        update payments_payment set refunded = refunded + new.amount
        where company_id = new.company_id and id = new.payment_id and kind = 'sale'
          and status in ('pending', 'complete') and customer_id = payout.customer_id{guard};
    end if;
    if not found then
        raise exception 'only what the customer has on account is paid out' using errcode = 'check_violation';
    end if;
    return null;
end $$;
"""  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("payments", "0060_lists_by_status")]

    operations = [migrations.RunSQL(allocate(GUARD) + pay_out(GUARD), allocate("") + pay_out(""))]
