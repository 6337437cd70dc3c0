"""What can be computed again from the rows of payments? Questions whose every row is a difference.

Each gives (number, what is stored, what it comes out as). The company is the only parameter.
"""

# what is put into these questions are texts of this file
LIVE = "('created', 'sent', 'unknown', 'held')"

# what credits that stand have paid out of what was on account
OUT_OF = """
    select o.company_id, o.credit_id, o.payment_id, sum(o.amount) as sum
    from payments_paidout o
    join payments_payment p on p.company_id = o.company_id and p.id = o.payout_id
      and p.status not in ('failed', 'cancelled', 'returned')
    group by 1, 2, 3
"""

STANDS = """
    (p.status in ('pending', 'complete') and t.state in ('approved', 'created', 'sent')
    or p.status in ('returned', 'disputed') and t.state = 'approved'
    or p.status = 'unknown' and t.state in ('unknown', 'sent')
    or p.status = 'held' and t.state = 'held'
    or p.status in ('failed', 'cancelled') and t.state in ('declined', 'aborted', 'approved')
    or p.status in ('scheduled', 'queued') and t.state = 'aborted'
    or p.status = 'cancelled' and t.state = 'aborted')
"""

DERIVED = {
    "payment": (
        "applied",
        """
        select p.number, p.applied, coalesce(sum(a.amount), 0)
        from payments_payment p
        left join payments_allocation a on a.company_id = p.company_id and a.payment_id = p.id
        where p.company_id = %s group by p.company_id, p.id having p.applied <> coalesce(sum(a.amount), 0)
        """,
    ),
    "payment  ": (
        "refunded",
        f"""
        select p.number, p.refunded, coalesce(-sum(r.amount), 0) + coalesce(min(o.sum), 0)
        from payments_payment p
        left join payments_payment r on r.company_id = p.company_id and r.original_id = p.id and r.kind = 'refund'
          and r.status not in ('failed', 'cancelled')
        left join ({OUT_OF}) o on o.company_id = p.company_id and o.payment_id = p.id
        where p.company_id = %s group by p.company_id, p.id
        having p.refunded <> coalesce(-sum(r.amount), 0) + coalesce(min(o.sum), 0)
        """,  # noqa: S608
    ),
    "credit": (
        "used",
        f"""
        select i.number, i.used, coalesce(a.sum, 0) + coalesce(o.sum, 0)
        from invoicing_invoice i
        left join (
            select company_id, credit_id, sum(amount) as sum from invoicing_creditapplication group by 1, 2
        ) a on a.company_id = i.company_id and a.credit_id = i.id
        left join ({OUT_OF}) o on o.company_id = i.company_id and o.credit_id = i.id
        where i.company_id = %s and i.used <> coalesce(a.sum, 0) + coalesce(o.sum, 0)
        """,  # noqa: S608
    ),
    "credit paid out": (
        "out of what was on account",
        """
        select p.number, sum(o.amount), -p.amount
        from payments_paidout o
        join payments_payment p on p.company_id = o.company_id and p.id = o.payout_id
        where o.company_id = %s
        group by p.company_id, p.id having p.kind <> 'credit' or sum(o.amount) > -p.amount
        """,
    ),
    "invoice": (
        "paid",
        """
        select i.number, i.paid, i.credited + coalesce(sum(a.amount), 0)
        from invoicing_invoice i
        left join payments_allocation a on a.company_id = i.company_id and a.invoice_id = i.id
        where i.company_id = %s group by i.company_id, i.id having i.paid <> i.credited + coalesce(sum(a.amount), 0)
        """,
    ),
    "payment that is no good": (
        "applied",
        """
        select number, applied, 0 from payments_payment
        where company_id = %s and applied <> 0 and (kind <> 'sale' or status not in ('pending', 'complete'))
        """,
    ),
    "payment numbers": (
        "without gap",
        """
        select max(number), count(*), max(number) from payments_payment
        where company_id = %s having max(number) <> count(*)
        """,
    ),
    "plan of payment": (
        "live",
        f"""
        select p.number, l.is_live, false
        from payments_plannedallocation l
        join payments_payment p on p.company_id = l.company_id and p.id = l.payment_id
        where l.company_id = %s and l.is_live and p.status <> 'scheduled' and not exists (
            select from payments_attempt t where t.company_id = p.company_id and t.payment_id = p.id
              and t.verb = 'sale' and t.state in {LIVE})
        """,  # noqa: S608
    ),
    "plan of payment under way": (
        "live",
        f"""
        select p.number, l.is_live, true
        from payments_attempt t
        join payments_payment p on p.company_id = t.company_id and p.id = t.payment_id
        join payments_plannedallocation l on l.company_id = p.company_id and l.payment_id = p.id
        where t.company_id = %s and t.verb = 'sale' and t.state in {LIVE} and not l.is_live
        """,  # noqa: S608
    ),
    "plans of payment": (
        "amount",
        """
        select p.number, p.amount, sum(l.amount)
        from payments_payment p
        join payments_plannedallocation l on l.company_id = p.company_id and l.payment_id = p.id
        where p.company_id = %s
        group by p.company_id, p.id
        having sum(l.amount) > p.amount or p.is_automatic and sum(l.amount) <> p.amount
        """,
    ),
    "payment ": (
        "status",
        f"""
        select p.number, p.status, t.state
        from payments_payment p
        join lateral (
            select state from payments_attempt a
            where a.company_id = p.company_id and a.payment_id = p.id and a.verb <> 'void' order by a.id desc limit 1
        ) t on true
        where p.company_id = %s and not {STANDS}
        """,  # noqa: S608
    ),
    "voided payment": (
        "status",
        """
        select p.number, p.status, 'cancelled'
        from payments_attempt t
        join payments_payment p on p.company_id = t.company_id and p.id = t.payment_id
        where t.company_id = %s and t.verb = 'void' and t.state = 'approved' and p.status <> 'cancelled'
        """,
    ),
}
