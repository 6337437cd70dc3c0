"""Certificates, their days; and that the night, the page and PostgreSQL say the same of thousands of lines (D13)."""

import datetime as dt
import random
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection

from alarmdesk.company.entering import entered_id, inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing import certificates
from alarmdesk.invoicing.actions import price_for
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import CustomerTax, StateExemption, TaxBasis, TaxCertificate
from alarmdesk.invoicing.taxes import Certificate, OwnTax, TaxRules
from alarmdesk.invoicing.testing import (
    BY,
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_item,
    make_recurring,
    make_state_tax,
)
from alarmdesk.lib import clock

NIGHT = dt.date(2026, 1, 31)
RULES = TaxRules(
    {"OK": Decimal("4.5"), "OR": Decimal(0)},
    frozenset({("OK", "labor")}),
    {"OK": dt.date(2026, 1, 1), "OR": dt.date(2020, 1, 1)},
    day=NIGHT,
)


def make_certificate(customer: Customer, **fields: object) -> TaxCertificate:
    fields = {"number": "R-123", "valid_from": dt.date(2026, 1, 1), "valid_until": dt.date(2026, 12, 31), **fields}
    certificate = TaxCertificate(customer=customer, entered_at=OPENED, entered_by=BY, **fields)
    certificates.save(certificate)
    return certificate


def why(taxable="if_not_exempt", item_class="service", state="OK", override=None, **own):
    return RULES.judge(item_class=item_class, taxable=taxable, state=state, own=OwnTax(**own), override=override).reason


def test_each_rate_tells_its_reason():
    shown = Certificate("123", dt.date(2026, 1, 1), dt.date(2026, 6, 30))
    assert why() == "OK state 4.5% from Jan 1, 2026"
    assert why(state="OR") == "OR state 0% from Jan 1, 2020"
    assert why(state="TX") == "No rate is known for TX"
    assert why(state="") == "No address with a state: no tax"
    assert why("never") == "Item never taxed"
    assert why(override=Decimal(3)) == "3% was set on this line"
    assert why(override=Decimal(0)) == "The tax was taken off this line"
    assert why(rate=Decimal("5.25")) == "Customer's own rate 5.25%"
    assert why(rate=Decimal(0)) == "Exempt: the customer's own rate is 0%"
    assert why(item_class="labor") == "OK does not tax the class labor"
    assert why(certificates=(shown,)) == "Exempt: certificate 123 until Jun 30, 2026"
    assert why("always", certificates=(shown,)) == "OK state 4.5% from Jan 1, 2026"
    assert why(certificates=(shown,), rate=Decimal(5)) == "Exempt: certificate 123 until Jun 30, 2026"


@pytest.mark.parametrize(
    ("sale_on", "tax"), [("2025-12-31", "3.30"), ("2026-01-01", "0.00"), ("2026-12-31", "0.00"), ("2027-01-01", "3.30")]
)
def test_a_certificate_counts_from_its_first_to_its_last_day_by_the_date_of_the_document(sale_on, tax):
    with inside(make_furnished_company()):
        make_state_tax()
        customer = make_billed_customer()
        make_certificate(customer)
        assert make_invoice(customer, sale_on=dt.date.fromisoformat(sale_on)).tax_total == Decimal(tax)


def test_a_certificate_covers_its_states_and_classes_alone_and_always_beats_it():
    with inside(make_furnished_company()):
        make_state_tax()
        items = [make_item(item_class=one) for one in ("product", "labor")]
        items.append(make_item(item_class="product", taxable="always"))
        lines = [line("100", item=item) for item in items]
        here, elsewhere = make_billed_customer(), make_billed_customer()
        make_certificate(here, item_classes=["product"], states=["OK", "TX"])
        make_certificate(elsewhere, states=["TX"])
        assert [one.tax_basis for one in make_invoice(here, lines=lines).lines.all()] == [
            "certificate",
            "state",
            "state",
        ]
        assert {one.tax_basis for one in make_invoice(elsewhere, lines=lines).lines.all()} == {"state"}


def test_a_withdrawn_certificate_exempts_nothing_and_an_issued_invoice_keeps_its_reason():
    with inside(make_furnished_company()):
        make_state_tax()
        customer = make_billed_customer()
        certificate = make_certificate(customer)
        before = make_invoice(customer)
        with pytest.raises(certificates.ReasonMissing):
            certificates.withdraw(certificate, reason=" ", at=OPENED, by=BY)
        certificates.withdraw(certificate, reason="Wrong customer", at=OPENED, by=BY)
        with pytest.raises(certificates.AlreadyWithdrawn):
            certificates.withdraw(certificate, reason="Again", at=OPENED, by=BY)
        after = make_invoice(customer)
        kept, now = before.lines.get(), after.lines.get()
        assert (before.tax_total, kept.tax_reason) == (0, "Exempt: certificate R-123 until Dec 31, 2026")
        assert (after.tax_total, now.tax_reason) == (Decimal("3.30"), "OK state 8.25% from Jan 1, 2020")
        assert (now.tax_state, now.tax_basis) == ("OK", TaxBasis.STATE)


def test_a_certificate_that_ends_before_it_begins_or_is_there_already_is_refused():
    with inside(make_furnished_company()):
        customer = make_billed_customer()
        with pytest.raises(certificates.EndsBeforeItBegins):
            make_certificate(customer, valid_until=dt.date(2025, 12, 31))
        make_certificate(customer)
        with pytest.raises(certificates.NumberThere):
            make_certificate(customer, number="r-123")
        make_certificate(customer, valid_from=dt.date(2027, 1, 1), valid_until=None)  # its renewal


def test_what_expires_is_told_until_a_certificate_lasts_longer_and_covers_as_much():
    with inside(make_furnished_company()):
        customer = make_billed_customer()
        first = make_certificate(customer, valid_until=dt.date(2026, 3, 1))
        assert certificates.to_renew(customer, dt.date(2025, 12, 30)) == []
        assert certificates.to_renew(customer, dt.date(2025, 12, 31)) == [first]  # 60 days
        assert certificates.standing(first, dt.date(2026, 3, 1)) == ("warn", "Expires: on its last day")
        assert certificates.standing(first, dt.date(2026, 3, 2)) == ("bad", "Expired")
        narrow = make_certificate(customer, number="N", states=["OK"], valid_until=None)
        assert certificates.to_renew(customer, dt.date(2026, 3, 2)) == [first]
        certificates.withdraw(narrow, reason="Narrow", at=OPENED, by=BY)
        make_certificate(customer, number="W", valid_until=dt.date(2027, 3, 1))
        assert certificates.to_renew(customer, dt.date(2026, 3, 2)) == []


# --- the same by the night, by the page, and by PostgreSQL's own reckoning

# written apart from the rules: what each line of the invoices of the night should bear
ORACLE = """
select l.id, case
    when m.taxable = 'never' then 0
    when r.tax_rate is not null then r.tax_rate
    when m.taxable <> 'always' and exists (
        select from invoicing_taxcertificate e
        where e.company_id = l.company_id and e.customer_id = i.customer_id and e.withdrawn_at is null
          and daterange(e.valid_from, e.valid_until, '[]') @> i.sale_on
          and (e.states = '{}' or a.state = any(e.states))
          and (e.item_classes = '{}' or m.item_class = any(e.item_classes))
    ) then 0
    when x.rate > 0 then x.rate
    when m.taxable <> 'always' and (x.rate = 0 or exists (
        select from invoicing_stateexemption n
        where n.company_id = l.company_id and n.state = a.state and n.item_class = m.item_class
    )) then 0
    else coalesce((
        select s.rate from invoicing_statetax s
        where s.company_id = l.company_id and s.state = a.state and s.effective_on <= i.sale_on
        order by s.effective_on desc limit 1
    ), 0)
end, coalesce((
    select t.rate from invoicing_linetax t where t.company_id = l.company_id and t.line_id = l.id
), 0), l.tax_reason
from invoicing_invoice i
join invoicing_invoiceline l on l.company_id = i.company_id and l.invoice_id = i.id
join invoicing_recurringline r on r.company_id = i.company_id and r.recurring_invoice_id = i.recurring_invoice_id
    and r.position = l.position
join invoicing_billableitem m on m.company_id = l.company_id and m.id = l.item_id
left join lateral (
    select a.state from customers_address a
    where a.company_id = i.company_id and a.customer_id = i.customer_id and a.state <> ''
    order by case a.kind when 'service' then 1 else 2 end limit 1
) a on true
left join invoicing_customertax x on x.company_id = i.company_id and x.customer_id = i.customer_id
where i.company_id = %(company)s order by l.id
"""
STATES = ["OK", "TX", "KS", "OR", "CA", ""]  # of California no rate is known
CLASSES = ["product", "labor", "service"]
CUSTOMERS, LINES = 250, 12


def some_rules(chance: random.Random) -> list:
    """Random rates and exemptions of the states, and an item of each class and kind."""
    for state in STATES[:4]:
        for year in chance.sample(range(2015, 2028), 3):
            make_state_tax(state, str(chance.choice([0, 4.5, 6.25, 8.517])), dt.date(year, chance.randint(1, 12), 1))
        for item_class in chance.sample(CLASSES, chance.randint(0, 2)):
            StateExemption.objects.create(state=state, item_class=item_class)
    kinds = ("if_not_exempt", "always", "never")
    return [make_item(item_class=one, taxable=taxable) for one in CLASSES for taxable in kinds]


def somebody(chance: random.Random, items: list) -> Customer:
    """A customer with random facts, and a recurring invoice of twelve lines that is due in the night."""
    customer = make_billed_customer(state=chance.choice(STATES), email="")
    if chance.random() < 0.3:
        CustomerTax.objects.create(customer=customer, rate=Decimal(chance.choice(["0", "5", "7.125"])))
    for number in range(chance.choice([0, 0, 1, 2])):
        first = NIGHT + dt.timedelta(days=chance.randint(-2, 1))
        make_certificate(
            customer,
            number=f"C\"{number}'{{}}",
            valid_from=first,
            valid_until=chance.choice([None, first, max(first, NIGHT)]),
            states=chance.sample(STATES[:4], chance.randint(0, 2)),
            item_classes=chance.sample(CLASSES, chance.randint(0, 2)),
        )
    rates = [None, None, None, Decimal(0), Decimal("3.25")]
    lines = [line("10.10", item=chance.choice(items), tax_rate=chance.choice(rates)) for _ in range(LINES)]
    make_recurring(customer, lines=lines)
    return customer


def test_the_night_the_page_and_postgresql_say_the_same_of_three_thousand_lines():
    company = make_furnished_company()
    chance = random.Random(13)
    with inside(company):
        items = some_rules(chance)
        people = [somebody(chance, items) for _ in range(CUSTOMERS)]
    generate_due(company, today=NIGHT, at=clock.noon(NIGHT, company.zone))
    with inside(company):
        with connection.cursor() as cursor:
            cursor.execute(ORACLE, {"company": entered_id()})
            rows = cursor.fetchall()
        assert len(rows) == CUSTOMERS * LINES
        assert [row for row in rows if row[1] != row[2]] == []
        assert {row[3] for row in rows} >= {"Item never taxed", "3.25% was set on this line"}
        for customer in people:
            invoice = customer.invoices.get()
            inputs = customer.recurring_invoices.get().lines.order_by("position").select_related("item")
            again = [line(str(one.unit_price), item=one.item, tax_rate=one.tax_rate) for one in inputs]
            priced, sums = price_for(customer, again, NIGHT)
            said = [(one.tax_state, one.tax_basis, one.tax_reason) for one in invoice.lines.order_by("position")]
            assert said == [(one.state, one.basis, one.reason) for one in priced]
            assert (invoice.tax_total, invoice.total) == (sums.tax_total, sums.total)
        bases = set(company.invoice_lines.values_list("tax_basis", flat=True))
        assert bases == set(TaxBasis.values)
        assert list(differences(today=NIGHT)) == []


# --- lines from before reasons were kept

FILLING = import_module("alarmdesk.invoicing.migrations.0052_states_of_old_lines").FILL
FORGET = """
alter table invoicing_invoiceline disable trigger insert_only;
update invoicing_invoiceline set tax_state = '', tax_basis = '', tax_reason = '' where company_id = {company};
alter table invoicing_invoiceline enable trigger insert_only;
"""
KEPT = """
select l.tax_state, l.tax_basis, l.tax_reason from invoicing_invoiceline l where l.company_id = %s order by l.id
"""


def test_old_lines_get_the_state_that_their_tax_is_named_after_or_where_the_customer_is(owner_connection):
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
        customer = make_billed_customer()
        never = make_item(taxable="never")
        make_invoice(customer, lines=[line(), line(item=never), line(tax_rate=Decimal(3))])
        customer.addresses.update(state="TX")  # has moved since
    with owner_connection.transaction(force_rollback=True):
        owner_connection.execute(FORGET.format(company=company.pk))
        owner_connection.execute(FILLING)
        rows = owner_connection.execute(KEPT, [company.pk]).fetchall()
    assert rows == [("OK", "state", ""), ("TX", "", ""), ("TX", "", "")]
