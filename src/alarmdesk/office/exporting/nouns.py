"""What can be exported, and with which columns? Each noun is one query; docs/exports.md says what its columns mean."""

from dataclasses import dataclass

from alarmdesk.company.permissions import Grant
from alarmdesk.customers.permissions import customers as customer_grants
from alarmdesk.equipment.permissions import equipment as equipment_grants
from alarmdesk.invoicing.permissions import invoices as invoice_grants
from alarmdesk.monitoring.permissions import systems as system_grants
from alarmdesk.payments.permissions import payments as payment_grants


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of export. `columns` are (name, SQL); `on` is the date by which a span of days chooses rows."""

    code: str
    label: str
    note: str
    view: Grant
    columns: tuple[tuple[str, str], ...]
    source: str
    on: str
    order: str

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]

    def statement(self) -> str:
        """The query, with the parameters company, zone, first and last (dates or null)."""
        listed = ", ".join(f'{sql} as "{name}"' for name, sql in self.columns)
        span = f"(%(first)s::date is null or {self.on} >= %(first)s::date)"
        span += f" and (%(last)s::date is null or {self.on} <= %(last)s::date)"
        # nothing but this module's own words; values are parameters
        return f"select {listed} {self.source} and {span} order by {self.order}"


def _same(prefix: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{prefix}.{name}") for name in names)


def _address(kind: str, prefix: str) -> tuple[tuple[str, str], ...]:
    parts = {"street": "street", "street_2": "street_2", "city": "city", "state": "state", "zip": "zip_code"}
    return tuple((f"{kind}_{name}", f"coalesce({prefix}.{column}, '')") for name, column in parts.items())


def _phone(kind: str) -> tuple[str, str]:
    return (
        f"phone_{kind}",
        "coalesce((select p.number from customers_phone p where p.company_id = c.company_id"  # noqa: S608
        f" and p.customer_id = c.id and p.kind = '{kind}' order by p.id limit 1), '')",
    )


NAME = "coalesce(nullif(c.business_name, ''), trim(c.first_name || ' ' || c.last_name))"
ADDED_ON = "(c.created_at at time zone %(zone)s)::date"

CUSTOMERS = Noun(
    "customers",
    "Customers and leads",
    "One row each, with addresses, phones and balance due. The span is the day on which they were added.",
    customer_grants.view,
    (
        *_same("c", "account_number", "stage", "kind", "status", "first_name", "last_name", "business_name", "email"),
        *map(_phone, ("mobile", "home", "work")),
        *_address("service", "s"),
        *_address("billing", "b"),
        *_same("c", "mmr", "activation_fee", "activation_fee_paid", "customer_since", "cancelled_on"),
        (
            "balance_due",
            "coalesce((select sum(i.total - i.paid) from invoicing_invoice i where i.company_id = c.company_id"
            " and i.customer_id = c.id and i.type = 'invoice' and i.voided_at is null), 0.00)",
        ),
        *_same("c", "note"),
        ("added_on", ADDED_ON),
    ),
    """
    from customers_customer c
    left join customers_address s on s.company_id = c.company_id and s.customer_id = c.id and s.kind = 'service'
    left join customers_address b on b.company_id = c.company_id and b.customer_id = c.id and b.kind = 'billing'
    where c.company_id = %(company)s
    """,
    ADDED_ON,
    "c.id",
)

INVOICES = Noun(
    "invoices",
    "Invoices, quotes and credits",
    "One row per line; what belongs to the whole document is repeated. The span is the Sale Date.",
    invoice_grants.view,
    (
        ("number", "i.number"),
        ("type", "i.type"),
        ("account_number", "c.account_number"),
        ("customer", NAME),
        ("sale_date", "i.sale_on"),
        ("due_date", "i.due_on"),
        ("term", "t.name"),
        *_same("i", "po_number", "sub_total", "tax_total", "total", "paid"),
        ("due", "case when i.type = 'invoice' and i.voided_at is null then i.total - i.paid else 0.00 end"),
        ("recurring_invoice", "r.number"),
        ("voided_on", "(i.voided_at at time zone %(zone)s)::date"),
        *_same("i", "void_reason", "note"),
        ("line", "l.position"),
        ("item", "m.code"),
        *_same("l", "description", "quantity", "unit_price", "amount"),
        ("tax", "coalesce((select sum(x.amount) from invoicing_linetax x where x.company_id = l.company_id"
                " and x.line_id = l.id), 0.00)"),
    ),
    """
    from invoicing_invoice i
    join customers_customer c on c.company_id = i.company_id and c.id = i.customer_id
    join invoicing_term t on t.company_id = i.company_id and t.id = i.term_id
    left join invoicing_recurringinvoice r on r.company_id = i.company_id and r.id = i.recurring_invoice_id
    left join invoicing_invoiceline l on l.company_id = i.company_id and l.invoice_id = i.id
    left join invoicing_billableitem m on m.company_id = l.company_id and m.id = l.item_id
    where i.company_id = %(company)s
    """,
    "i.sale_on",
    "i.id, l.position",
)  # fmt: skip

# the words of payments/standing.py
STANDING = """case
    when p.kind = 'sale' and p.status = 'cancelled' and p.voided_at is not null then 'void'
    when p.status = 'complete' and p.refunded >= p.amount and p.refunded > 0 then 'refunded'
    when p.status = 'complete' and p.refunded > 0 then 'partly refunded'
    else p.status end"""

PAYMENTS = Noun(
    "payments",
    "Payments, refunds and credits",
    "One row each; money given back is negative. The span is the day of the payment.",
    payment_grants.view,
    (
        ("number", "p.number"),
        ("received_on", "p.received_on"),
        *_same("p", "kind", "method"),
        ("method_brand", "coalesce(m.brand, '')"),
        ("method_last_four", "coalesce(m.last_four, '')"),
        ("account_number", "c.account_number"),
        ("customer", NAME),
        *_same("p", "amount", "applied", "refunded"),
        ("status", STANDING),
        *_same("p", "failure", "is_automatic", "reference", "note"),
        ("refund_of", "o.number"),
        ("entered_by", "p.created_by"),
    ),
    """
    from payments_payment p
    join customers_customer c on c.company_id = p.company_id and c.id = p.customer_id
    left join payments_billingmethod m on m.company_id = p.company_id and m.id = p.billing_method_id
    left join payments_payment o on o.company_id = p.company_id and o.id = p.original_id
    where p.company_id = %(company)s
    """,
    "p.received_on",
    "p.id",
)

EQUIPMENT = Noun(
    "equipment",
    "Equipment of customers",
    "One row for each piece. The span is the day on which it was added.",
    equipment_grants.view,
    (
        ("account_number", "c.account_number"),
        ("customer", NAME),
        ("code", "coalesce(e.code, '')"),
        *_same("p", "name"),
        ("kind", "coalesce(e.kind, '')"),
        *_same("p", "quantity", "price", "wire_type", "zone_number", "zone_name"),
        ("package", "coalesce(k.name, '')"),
        ("sold_by", "coalesce(u.name, '')"),
        ("invoice", "i.number"),
        *_same("p", "paid_on", "installed_on", "removed_on"),
        ("added_on", "(p.added_at at time zone %(zone)s)::date"),
        *_same("p", "added_by"),
    ),
    """
    from equipment_piece p
    join customers_customer c on c.company_id = p.company_id and c.id = p.customer_id
    left join equipment_equipment e on e.company_id = p.company_id and e.id = p.equipment_id
    left join equipment_package k on k.company_id = p.company_id and k.id = p.from_package_id
    left join company_user u on u.id = p.sold_by_id
    left join invoicing_invoicedpiece x on x.company_id = p.company_id and x.piece_id = p.id and x.released_at is null
    left join invoicing_invoiceline l on l.company_id = x.company_id and l.id = x.line_id
    left join invoicing_invoice i on i.company_id = l.company_id and i.id = l.invoice_id
    where p.company_id = %(company)s
    """,
    "(p.added_at at time zone %(zone)s)::date",
    "p.id",
)  # fmt: skip

SYSTEMS = Noun(
    "systems",
    "Systems",
    "One row for each monitored customer. The span is the day on which it was connected here.",
    system_grants.view,
    (
        ("account_number", "c.account_number"),
        ("customer", NAME),
        ("monitoring_company", "m.name"),
        ("in_house", "m.is_in_house"),
        ("system_number", "s.account_number"),
        *_same("s", "receiver_number", "panel_type", "communicator"),
        ("online_since", "s.online_on"),
        ("out_of_service_since", "s.out_of_service_on"),
        ("zones", "(select count(*) from monitoring_zone z where z.company_id = s.company_id and z.system_id = s.id)"),
        ("connected_on", "(s.connected_at at time zone %(zone)s)::date"),
        *_same("s", "connected_by"),
    ),
    """
    from monitoring_system s
    join customers_customer c on c.company_id = s.company_id and c.id = s.customer_id
    join monitoring_monitoringcompany m on m.company_id = s.company_id and m.id = s.monitoring_company_id
    where s.company_id = %(company)s
    """,
    "(s.connected_at at time zone %(zone)s)::date",
    "s.id",
)

NOUNS = {noun.code: noun for noun in (CUSTOMERS, INVOICES, PAYMENTS, EQUIPMENT, SYSTEMS)}
