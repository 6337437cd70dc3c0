"""An invoice is not voided while a charge of it is under way: the money would have nothing to pay."""

from django.db import migrations

REFUSE = """
create function alarmdesk_refuse_void() returns trigger language plpgsql as $$
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
create trigger refuse_void before update of voided_at on invoicing_invoice for each row
    when (old.voided_at is null and new.voided_at is not null) execute function alarmdesk_refuse_void();
"""
BACK = "drop trigger refuse_void on invoicing_invoice; drop function alarmdesk_refuse_void();"


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_walls"), ("invoicing", "0002_walls")]

    operations = [migrations.RunSQL(REFUSE, BACK)]
