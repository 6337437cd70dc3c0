"""Who may not void an invoice because a payment of it is scheduled is told which, and for when."""

from django.db import migrations

REFUSE = """
create or replace function alarmdesk_refuse_void() returns trigger language plpgsql as $$
declare
    reserved record;
begin
    select p.number, p.status, p.post_on into reserved
    from payments_plannedallocation l
    join payments_payment p on p.company_id = l.company_id and p.id = l.payment_id
    where l.company_id = new.company_id and l.invoice_id = new.id and l.is_live
    order by p.status = 'scheduled' limit 1;
    if not found then
        return new;
    end if;
    raise exception 'a charge of the invoice is under way'
        using errcode = 'check_violation', constraint = 'payments_no_void_under_way',
            detail = case when reserved.status = 'scheduled' then
                format('payment %s posts on %s.', reserved.number, to_char(reserved.post_on, 'FMMon FMDD, YYYY'))
                else '' end;
end $$;
"""
BACK = """
create or replace function alarmdesk_refuse_void() returns trigger language plpgsql as $$
begin
    if exists (
        select from payments_plannedallocation
        where company_id = new.company_id and invoice_id = new.id and is_live
    ) then
        raise exception 'a charge of the invoice is under way'
            using errcode = 'check_violation', constraint = 'payments_no_void_under_way';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0050_credit_on_account")]

    operations = [migrations.RunSQL(REFUSE, BACK)]
