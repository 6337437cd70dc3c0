"""Walls around what is owed; lines and taxes of issued documents are a ledger, the document's face does not change."""

from django.db import migrations

from alarmdesk.company.walls import InsertOnly, Wall

# what may still change on an issued document: the derived `paid`, and once, the record of its voiding
FACE = """
create function alarmdesk_keep_face() returns trigger language plpgsql as $$
begin
    if (to_jsonb(new) - '{paid,voided_at,voided_by,void_reason}'::text[])
       is distinct from (to_jsonb(old) - '{paid,voided_at,voided_by,void_reason}'::text[])
       or (old.voided_at is not null and new.voided_at is distinct from old.voided_at) then
        raise exception 'an issued document does not change: void it and issue another'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep_face before update on invoicing_invoice for each row execute function alarmdesk_keep_face();
create function alarmdesk_keep_invoice() returns trigger language plpgsql as $$
begin
    raise exception 'an issued document is not deleted: void it' using errcode = 'restrict_violation';
end $$;
create trigger keep_invoice before delete on invoicing_invoice for each row execute function alarmdesk_keep_invoice();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("BillableItem", trail=""),
        Wall("Term", trail=""),
        Wall("StateTax", trail=""),
        Wall("StateExemption", trail=""),
        Wall("CustomerTax", trail="customer_id"),
        Wall("RecurringInvoice", trail="customer_id", untracked=("next_seq", "next_on")),
        Wall("RecurringLine"),
        Wall("Invoice"),
        migrations.RunSQL(FACE),
        Wall("InvoiceLine"),
        InsertOnly("InvoiceLine"),
        Wall("LineTax"),
        InsertOnly("LineTax"),
        Wall("BillingPeriod"),
        InsertOnly("BillingPeriod"),
        Wall("ParkedAccount"),
    ]
