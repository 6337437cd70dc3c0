"""What is probably wrong with who is billed, for how much, and with which tax? The kinds of findings of this room.

Source: domain.md D8, the check that the trade lacks. Money a month is before tax; days and weeks are turned into months
as office/contracts.py does it.
"""

# ruff: noqa: S608  the pieces are constants of these modules, every value is a parameter
from alarmdesk.lib.findings import Kind, Stake

CUSTOMER = {"customer": "customer_id"}
A_DAY = "'FMMon FMDD, YYYY'"
MONEY = "'FM$999,999,990.00'"
MONTHS = (
    "(r.every * case r.unit when 'day' then 12 / 365.0 when 'week' then 84 / 365.0 when 'month' then 1 else 12 end)"
)
# what the lines of recurring invoice r come to in a month
MONTHLY = f"""(
    select round(coalesce(sum(l.amount), 0) / {MONTHS}, 2) from invoicing_recurringline l
    where l.company_id = r.company_id and l.recurring_invoice_id = r.id
)"""
ACTIVE = "c.company_id = %(company)s and c.stage = 'customer' and c.status = 'active'"
RUNNING = "r.company_id = c.company_id and r.customer_id = c.id and r.next_on is not null"
# a running recurring invoice of a customer who has not left
BILLING = f"""
from customers_customer c join invoicing_recurringinvoice r on {RUNNING}
where c.company_id = %(company)s and c.status <> 'cancelled'
"""
PARKED = f"""
select r.customer_id, r.id::text as about, 'Recurring invoice ' || r.number || ' is parked: ' || p.reason as what,
    left(p.reason, 300) as facts, (p.parked_at at time zone %(zone)s)::date as since, {MONTHLY} as monthly
from invoicing_parkedaccount p
join invoicing_recurringinvoice r on r.company_id = p.company_id and r.id = p.recurring_invoice_id
where p.company_id = %(company)s and p.released_at is null
"""
NEVER_BILLED = f"""
select c.id as customer_id, c.id::text as about, 'Its MMR is on no recurring invoice' as what, c.mmr::text as facts,
    coalesce(c.customer_since, (c.created_at at time zone %(zone)s)::date) as since, c.mmr as monthly
from customers_customer c where {ACTIVE} and c.mmr > 0 and not exists (
    select from invoicing_recurringinvoice r where r.company_id = c.company_id and r.customer_id = c.id
)
"""
# the one that ended last tells since when, and how much where the account has no MMR
ENDED = f"""
select c.id as customer_id, c.id::text as about,
    'Recurring invoice ' || r.number || case when r.ended_on is null then ' has made all its invoices'
        else ' was ended' end || ', and no other runs' as what,
    concat_ws(' ', r.id, c.mmr) as facts, r.over_on as since,
    case when c.mmr > 0 then c.mmr else {MONTHLY} end as monthly
from customers_customer c
cross join lateral (
    select r.*, coalesce(r.ended_on, (
        select max(p.ends_on) from invoicing_billingperiod p
        where p.company_id = r.company_id and p.recurring_invoice_id = r.id
    ), r.anchor_on) as over_on
    from invoicing_recurringinvoice r where r.company_id = c.company_id and r.customer_id = c.id
    order by over_on desc, r.id desc limit 1
) r
where {ACTIVE} and not exists (select from invoicing_recurringinvoice r where {RUNNING})
"""
CANCELLED_RUNNING = f"""
select c.id as customer_id, r.id::text as about,
    'Recurring invoice ' || r.number || ' was not ended when the account was cancelled' as what,
    concat_ws(' ', c.cancelled_on, r.amount) as facts, c.cancelled_on as since, {MONTHLY} as monthly
from customers_customer c join invoicing_recurringinvoice r on {RUNNING}
where c.company_id = %(company)s and c.status = 'cancelled'
"""
CANCELLED_BILLED = f"""
select c.id as customer_id, c.id::text as about,
    i.count || case when i.count = 1 then ' invoice' else ' invoices' end || ' dated from ' || to_char(i.first, {A_DAY})
        || ' on, ' || to_char(i.total, {MONEY}) || ' in all' as what,
    concat_ws(' ', i.last, i.total) as facts, i.first as since, null::numeric as monthly
from customers_customer c
cross join lateral (
    select count(*), min(i.sale_on) as first, max(i.id) as last, sum(i.total) as total from invoicing_invoice i
    where i.company_id = c.company_id and i.customer_id = c.id and i.type = 'invoice' and i.voided_at is null
      and i.recurring_invoice_id is not null and i.sale_on >= c.cancelled_on
) i
where c.company_id = %(company)s and c.status = 'cancelled' and i.count > 0
"""
# what its running recurring invoices bill of item 3 in a month, and how many of them do; one that will take over from
# another which still bills is not counted beside it
# (one pass over the lines, and `offset 0`: joined row by row it took seconds for 20,000 customers)
MONITORED = f"""
select c.id as customer_id, c.id::text as about, c.mmr, b.count, b.billed, b.most
from (
    select p.customer_id, count(*) filter (where p.monthly > 0) as count, sum(p.monthly) as billed,
        max(p.monthly) as most
    from (
        select r.customer_id, round(coalesce(sum(l.amount) filter (where l.item_id = (
            select i.id from invoicing_billableitem i where i.company_id = %(company)s and i.number = 3
        )), 0) / {MONTHS}, 2) as monthly
        from invoicing_recurringinvoice r
        left join invoicing_recurringline l on l.company_id = r.company_id and l.recurring_invoice_id = r.id
        left join invoicing_recurringinvoice f on f.company_id = r.company_id and f.id = r.follows_id
        where r.company_id = %(company)s and r.next_on is not null and f.next_on is null
        group by r.company_id, r.id, r.customer_id, r.every, r.unit
    ) p group by p.customer_id offset 0
) b join customers_customer c on c.id = b.customer_id
where {ACTIVE} and b.billed <> c.mmr
"""
DIFFERS = f"""
select customer_id, about,
    'The MMR is ' || to_char(mmr, {MONEY}) || ', but ' || to_char(billed, {MONEY}) || ' is billed a month' as what,
    concat_ws(' ', mmr, billed) as facts, null::date as since, abs(mmr - billed) as monthly
from monitored where count < 2
"""
BILLED_LESS = f"{DIFFERS} and billed < mmr"
BILLED_MORE = f"{DIFFERS} and billed > mmr"
# two systems with a recurring invoice each are all right while they add up to the MMR
DUPLICATE = f"""
select customer_id, about,
    count || ' recurring invoices bill monitoring, ' || to_char(billed, {MONEY}) || ' a month; the MMR is '
        || to_char(mmr, {MONEY}) as what,
    concat_ws(' ', count, billed, mmr) as facts, null::date as since, billed - most as monthly
from monitored where count > 1
"""
# lines of running recurring invoices that would bear their state's tax on the next date (as taxes.py judges them), if
# there were a rate
# (who has a rate is left out first, and `offset 0` keeps it so: few are left whose lines are looked at)
UNTAXED = f"""
select b.customer_id, b.state, b.next_on, l.amount / b.months as monthly
from (
    select c.company_id, c.id as customer_id, a.state, r.id as recurring_id, r.next_on, {MONTHS} as months
    from customers_customer c join invoicing_recurringinvoice r on {RUNNING}
    left join lateral (
        select a.state from customers_address a
        where a.company_id = c.company_id and a.customer_id = c.id and a.state <> ''
        order by a.kind = 'service' desc limit 1
    ) a on true
    where c.company_id = %(company)s and c.status <> 'cancelled' and not exists (
        select from invoicing_statetax t
        where t.company_id = c.company_id and t.state = a.state and t.effective_on <= r.next_on
    ) offset 0
) b
join invoicing_recurringline l on l.company_id = b.company_id and l.recurring_invoice_id = b.recurring_id
    and l.tax_rate is null
join invoicing_billableitem i on i.company_id = l.company_id and i.id = l.item_id and i.taxable <> 'never'
left join invoicing_customertax x on x.company_id = b.company_id and x.customer_id = b.customer_id
where coalesce(x.rate, 0) = 0
and (i.taxable = 'always' or (x.rate is null and not exists (
    select from invoicing_stateexemption n
    where n.company_id = b.company_id and n.state = b.state and n.item_class = i.item_class
) and not exists (
    select from invoicing_taxcertificate e
    where e.company_id = b.company_id and e.customer_id = b.customer_id and e.withdrawn_at is null
      and e.valid_from <= b.next_on and coalesce(e.valid_until, 'infinity') >= b.next_on
      and (e.states = '{{}}' or coalesce(b.state, '') = any(e.states))
      and (e.item_classes = '{{}}' or i.item_class = any(e.item_classes))
)))
"""
NO_RATE = """
select null::bigint as customer_id, state as about, 'Taxable items are sold in ' || state || ' to '
        || count(distinct customer_id) || case count(distinct customer_id) when 1 then ' customer' else ' customers' end
        || ', but no rate is known' as what,
    state as facts, min(next_on) as since, round(sum(monthly), 2) as monthly
from untaxed where state is not null group by state
"""
NO_STATE = """
select customer_id, customer_id::text as about, 'Taxable items, but no address says in which state' as what,
    round(sum(monthly), 2)::text as facts, null::date as since, round(sum(monthly), 2) as monthly
from untaxed where state is null group by customer_id
"""
NO_EMAIL = f"""
select c.id as customer_id, c.id::text as about,
    'Invoices are to be mailed, but there is no e-mail address' as what, max(r.id)::text as facts, null::date as since,
    null::numeric as monthly {BILLING} and r.email_on_generation and c.email = '' group by c.id
"""
CERTIFICATE = f"""
select e.customer_id, e.id::text as about,
    'Certificate ' || e.number || {{says}} || to_char(e.valid_until, {A_DAY}) as what,
    e.valid_until::text as facts, e.valid_until as since, null::numeric as monthly
from invoicing_taxcertificate e
join customers_customer c on c.company_id = e.company_id and c.id = e.customer_id and c.status <> 'cancelled'
where e.company_id = %(company)s and e.withdrawn_at is null and {{when}} and not exists (
    select from invoicing_taxcertificate o
    where o.company_id = e.company_id and o.customer_id = e.customer_id and o.withdrawn_at is null
      and coalesce(o.valid_until, 'infinity') > e.valid_until
      and (o.states = '{{{{}}}}' or (e.states <> '{{{{}}}}' and e.states <@ o.states))
      and (o.item_classes = '{{{{}}}}' or (e.item_classes <> '{{{{}}}}' and e.item_classes <@ o.item_classes))
)
"""
EXPIRED = CERTIFICATE.format(says="' exempts no more since '", when="e.valid_until < %(today)s")
EXPIRING = CERTIFICATE.format(says="' exempts until '", when="e.valid_until between %(today)s and %(today)s::date + 60")

RECURRING = "invoicing:recurring_of_customer"
OF_MONITORED, OF_UNTAXED = {"monitored": MONITORED}, {"untaxed": UNTAXED}
KINDS = (
    Kind("never_billed", "Never billed", "Active, with an MMR, but no recurring invoice was ever set up.",
         Stake.UNBILLED, NEVER_BILLED, "payments:recurring_new", "New recurring invoice", CUSTOMER),
    Kind("ended", "Nothing runs", "Active, but every recurring invoice has ended and none took its place.",
         Stake.UNBILLED, ENDED, "payments:recurring_new", "New recurring invoice", CUSTOMER),
    Kind("parked", "Parked", "A night could not bill it, and leaves it alone until it is released.",
         Stake.UNBILLED, PARKED, "invoicing:parked", "Parked accounts"),
    Kind("billed_less", "Billed below MMR", "Less monitoring is billed than the account says.",
         Stake.UNBILLED, BILLED_LESS, RECURRING, "Recurring invoices", CUSTOMER,
         sources=OF_MONITORED),
    Kind("billed_more", "Billed above MMR", "More monitoring is billed than the account says.",
         Stake.OVERBILLED, BILLED_MORE, RECURRING, "Recurring invoices", CUSTOMER,
         sources=OF_MONITORED),
    Kind("duplicate", "Monitoring twice", "Several recurring invoices bill monitoring, and not what the account says.",
         Stake.OVERBILLED, DUPLICATE, RECURRING, "Recurring invoices", CUSTOMER,
         sources=OF_MONITORED),
    Kind("cancelled_running", "Cancelled, not ended", "The account is cancelled, its recurring invoice goes on.",
         Stake.OVERBILLED, CANCELLED_RUNNING, "invoicing:recurring_end", "End it", {"pk": "about"}),
    Kind("cancelled_billed", "Billed after leaving", "Invoices are dated on or after the day of the cancellation.",
         Stake.NONE, CANCELLED_BILLED, "invoicing:of_customer", "Invoices", CUSTOMER),
    Kind("no_rate", "State without tax", "Taxable items are sold where no rate of the state is known.",
         Stake.UNTAXED, NO_RATE, "invoicing:tax_new", "Add the rate", query="?state={about}",
         sources=OF_UNTAXED),
    Kind("no_state", "No state known", "Taxable items, but no address to tax them by.",
         Stake.UNTAXED, NO_STATE, "customers:edit", "Edit the customer", {"pk": "customer_id"},
         sources=OF_UNTAXED),
    Kind("certificate_expired", "Certificate expired", "Since then the customer bears sales tax.",
         Stake.NONE, EXPIRED, "invoicing:certificates_of_customer", "Tax exemptions", CUSTOMER),
    Kind("certificate_expiring", "Certificate expires", "Within 60 days. Ask for the next one.",
         Stake.NONE, EXPIRING, "invoicing:certificates_of_customer", "Tax exemptions", CUSTOMER),
    Kind("no_email", "No e-mail", "Their invoices are to be mailed, and cannot be.",
         Stake.NONE, NO_EMAIL, "customers:edit", "Edit the customer", {"pk": "customer_id"}),
)  # fmt: skip
