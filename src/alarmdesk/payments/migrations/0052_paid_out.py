"""What a credit pays out of what is on account: rows of a ledger behind their wall, and PostgreSQL's word on the sums."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
from alarmdesk.company.walls import CompanyKey, InsertOnly, Link, Wall

PROTECT = django.db.models.deletion.PROTECT

# what is paid out is used up: the checks of invoicing_invoice and payments_payment refuse the cent too much. When the
# credit fails or comes back, it is there again
PAY_OUT = """
create function alarmdesk_pay_out() returns trigger language plpgsql as $$
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
          and status in ('pending', 'complete') and customer_id = payout.customer_id
          and not exists (  -- while the gateway has not answered, the money may not be there
            select from payments_attempt t
            where t.company_id = new.company_id and t.payment_id = new.payment_id
              and t.state in ('created', 'sent', 'unknown', 'held'));
    end if;
    if not found then
        raise exception 'only what the customer has on account is paid out' using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger pay_out after insert on payments_paidout for each row execute function alarmdesk_pay_out();

create function alarmdesk_payout_changed() returns trigger language plpgsql as $$
declare
    way int := case when new.status in ('failed', 'cancelled', 'returned') then -1 else 1 end;
begin
    if way = (case when old.status in ('failed', 'cancelled', 'returned') then -1 else 1 end) then
        return null;
    end if;
    update invoicing_invoice i set used = used + way * o.amount from payments_paidout o
    where o.company_id = new.company_id and o.payout_id = new.id
      and i.company_id = o.company_id and i.id = o.credit_id;
    update payments_payment p set refunded = refunded + way * o.amount from payments_paidout o
    where o.company_id = new.company_id and o.payout_id = new.id
      and p.company_id = o.company_id and p.id = o.payment_id;
    return null;
end $$;
create trigger payout_changed after update of status on payments_payment for each row
    when (new.kind = 'credit' and old.status <> new.status) execute function alarmdesk_payout_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0051_no_void_while_scheduled")]

    operations = [
        migrations.CreateModel(
            name="PaidOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                (
                    "company",
                    CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=PROTECT,
                        related_name="paid_out",
                        to="company.company",
                    ),
                ),
                ("payout", Link(on_delete=PROTECT, related_name="paid_out", to="payments.payment")),
                (
                    "credit",
                    Link(blank=True, null=True, on_delete=PROTECT, related_name="paid_out", to="invoicing.invoice"),
                ),
                (
                    "payment",
                    Link(blank=True, null=True, on_delete=PROTECT, related_name="paid_out_by", to="payments.payment"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payments_paid_out_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credit__isnull", True), ("payment__isnull", False)),
                            models.Q(("credit__isnull", False), ("payment__isnull", True)),
                            _connector="OR",
                        ),
                        name="payments_paid_out_of_one",
                    ),
                ],
            },
        ),
        Wall("PaidOut"),
        InsertOnly("PaidOut"),
        migrations.RunSQL(PAY_OUT),
    ]
