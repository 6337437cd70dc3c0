"""Walls around deposits, webhooks and dunning; what may be refunded of a payment is PostgreSQL's word."""

from django.db import migrations

from alarmdesk.company.walls import RenewTrail, Wall, WallLink

# a refund counts from the moment that it is asked for until it fails: the check of its original refuses the cent too much
REFUND = """
create function alarmdesk_refund() returns trigger language plpgsql as $$
declare
    before numeric := 0;
    after numeric := 0;
begin
    if tg_op = 'UPDATE' and old.status not in ('failed', 'cancelled') then before := -old.amount; end if;
    if new.status not in ('failed', 'cancelled') then after := -new.amount; end if;
    if before <> after then
        update payments_payment set refunded = refunded + after - before
        where company_id = new.company_id and id = new.original_id and kind = 'sale';
        if not found then
            raise exception 'only a sale can be refunded' using errcode = 'check_violation';
        end if;
    end if;
    return null;
end $$;
create trigger refund_made after insert on payments_payment for each row
    when (new.kind = 'refund') execute function alarmdesk_refund();
create trigger refund_changed after update of status, amount on payments_payment for each row
    when (new.kind = 'refund' and (old.status, old.amount) is distinct from (new.status, new.amount))
    execute function alarmdesk_refund();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_every_verb")]

    operations = [
        Wall("InboundEvent"),
        Wall("Deposit"),
        Wall("Discrepancy", trail=""),
        Wall("DunningPolicy", trail=""),
        Wall("Promise", trail="customer_id"),
        WallLink("Allocation", "for_refund"),
        RenewTrail("Gateway", trail=""),
        RenewTrail(
            "BillingMethod",
            trail="customer_id",
            untracked=("initial_transaction_id", "expiry_told_for", "expiry_told_days"),
        ),
        RenewTrail("Payment", trail="customer_id", untracked=("applied", "refunded", "batch_id")),
        migrations.RunSQL(REFUND),
    ]
