"""Walls around payments; events and allocations are ledgers, and the sums that they may reach are PostgreSQL's word."""

from django.db import migrations

from alarmdesk.company.walls import InsertOnly, PartitionByYear, Wall

# an allocation moves the two derived sums; the checks of their tables refuse more than the total or the payment.
# The rows are locked by the update, so two allocations at once queue up: payment first, then invoice.
ALLOCATE = """
create function alarmdesk_allocate() returns trigger language plpgsql as $$
begin
    update payments_payment set applied = applied + new.amount
    where company_id = new.company_id and id = new.payment_id
      and (new.amount < 0 or (kind = 'sale' and status in ('pending', 'complete')));
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
create trigger allocate after insert on payments_allocation for each row execute function alarmdesk_allocate();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("invoicing", "0002_walls")]

    operations = [
        Wall("Gateway", trail=""),
        Wall("BillingMethod", trail="customer_id", untracked=("initial_transaction_id",)),
        Wall("AutoPay", trail="invoicing_recurringinvoice.recurring_invoice_id"),
        Wall("Payment", trail="customer_id", untracked=("applied",)),
        Wall("PlannedAllocation"),
        Wall("Attempt"),
        Wall("GatewayEvent"),
        PartitionByYear("GatewayEvent", 2026, 2031),
        migrations.RunSQL("create index payments_events_of_attempt on payments_gatewayevent (company_id, attempt_id)"),
        InsertOnly("GatewayEvent"),
        Wall("Allocation"),
        InsertOnly("Allocation"),
        migrations.RunSQL(ALLOCATE),
    ]
