"""An invoice is not credited while a charge of it is under way: what is credited would be drawn all the same.

A scheduled payment is none: on its day it charges no more than is still due.
"""

from django.db import migrations

REFUSE = """
create function alarmdesk_refuse_credit_under_way() returns trigger language plpgsql as $$
begin
    if exists (
        select from payments_plannedallocation l
        join payments_payment p on p.company_id = l.company_id and p.id = l.payment_id
        where l.company_id = new.company_id and l.invoice_id = new.invoice_id and l.is_live and p.status <> 'scheduled'
    ) then
        raise exception 'a charge of the invoice is under way'
            using errcode = 'check_violation', constraint = 'payments_no_credit_under_way';
    end if;
    return null;
end $$;
create trigger refuse_under_way after insert on invoicing_creditapplication for each row
    when (new.amount > 0) execute function alarmdesk_refuse_credit_under_way();
"""
BACK = """
drop trigger refuse_under_way on invoicing_creditapplication; drop function alarmdesk_refuse_credit_under_way();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0034_webhook_codes"), ("invoicing", "0041_walls_of_credits")]

    operations = [migrations.RunSQL(REFUSE, BACK)]
