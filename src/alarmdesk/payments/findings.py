"""What is probably wrong with what is to be charged by itself? The kinds of findings of this room."""

# ruff: noqa: S608  the pieces are constants of these modules, every value is a parameter
from alarmdesk.invoicing.findings import A_DAY, BILLING, MONTHLY
from alarmdesk.lib.findings import Kind, Stake

# the latest enrolment of each running recurring invoice; one that was ended counts only where its method is gone
# since: nobody has said that the customer pays otherwise
CANNOT_PAY = f"""
select c.id as customer_id, r.id::text as about, 'Recurring invoice ' || r.number || ': ' || case
        when m.kind = 'manual' then 'manual billing'
        else trim(coalesce(nullif(m.brand, ''), case m.kind when 'ach' then 'Bank account' else 'Card' end)
            || ' ending ' || m.last_four)
    end || t.trouble as what,
    concat_ws(' ', m.id, t.trouble) as facts, t.since, {MONTHLY} as monthly
from (select c.*, r.id as recurring_id {BILLING}) c
join invoicing_recurringinvoice r on r.company_id = c.company_id and r.id = c.recurring_id
cross join lateral (
    select a.billing_method_id, a.ended_at from payments_autopay a
    where a.company_id = r.company_id and a.recurring_invoice_id = r.id order by a.id desc limit 1
) a
join payments_billingmethod m on m.company_id = r.company_id and m.id = a.billing_method_id
cross join lateral (
    select * from (values
        (1, ' was removed', (m.removed_at at time zone %(zone)s)::date),
        (2, ' is blocked', (m.blocked_at at time zone %(zone)s)::date),
        (3, ' was declined for good', (m.refused_at at time zone %(zone)s)::date),
        (4, ' has expired on ' || to_char(m.expires_on, {A_DAY}),
            case when m.expires_on < %(today)s then m.expires_on end)
    ) t (rank, trouble, since) where t.since is not null order by t.rank limit 1
) t
where a.ended_at is null or m.removed_at is not null
"""

KINDS = (
    Kind("cannot_pay", "Auto Pay cannot charge", "It is to be charged by itself, but its method cannot be.",
         Stake.AT_RISK, CANNOT_PAY, "payments:auto_pay", "Auto Pay", {"pk": "about"}),
)  # fmt: skip
