"""The nightly run makes every invoice that is due, once."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Run
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import AlreadyReleased, Generated, TransactionOpen, generate_due, release
from alarmdesk.invoicing.models import CustomerTax, ParkedAccount, RecurringInvoice
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import (
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_poisoned_recurring,
    make_recurring,
    make_state_tax,
    net,
)
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message

JAN31 = dt.date(2026, 1, 31)


@pytest.fixture
def shop():
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
    return company


def day(text):
    return dt.date.fromisoformat(text)


def night(company, today, **fields):
    today = dt.date.fromisoformat(str(today))
    return generate_due(company, today=today, at=clock.noon(today, company.zone), **fields)


def books_agree(company, today):
    with inside(company):
        assert list(differences(today=dt.date.fromisoformat(str(today)))) == []


def test_an_invoice_is_made_on_its_day_from_its_template(shop):
    with inside(shop):
        recurring = make_recurring(
            lines=[line("39.95"), line("8", "2.5", description="Cell back-up")],
            term=net(30),
            po_number="PO 7",
            note="Thank you",
        )
    assert night(shop, "2026-01-30") == Generated()
    assert night(shop, "2026-01-31") == Generated(1, Decimal("64.90"))

    with inside(shop):
        invoice = shop.invoices.get()
        recurring.refresh_from_db()
        assert (invoice.type, invoice.number, invoice.customer_id) == ("invoice", 1, recurring.customer_id)
        assert (invoice.sale_on, invoice.due_on) == (JAN31, day("2026-03-02"))
        assert (invoice.sub_total, invoice.tax_total, invoice.total) == (
            Decimal("59.95"),
            Decimal("4.95"),
            Decimal("64.90"),
        )
        assert (invoice.po_number, invoice.note, invoice.issued_by) == ("PO 7", "Thank you", "AlarmDesk")
        assert [(one.description, one.quantity, one.amount) for one in invoice.lines.all()] == [
            ("Monthly Monitoring Rate", 1, Decimal("39.95")),
            ("Cell back-up", Decimal("2.5"), Decimal("20.00")),
        ]
        assert [tax.amount for one in invoice.lines.all() for tax in one.taxes.all()] == [
            Decimal("3.30"),
            Decimal("1.65"),
        ]
        period = recurring.periods.get()
        assert (period.seq, period.starts_on, period.ends_on) == (0, JAN31, day("2026-02-28"))
        assert (recurring.next_seq, recurring.next_on) == (1, day("2026-02-28"))
    books_agree(shop, "2026-01-31")


def test_it_is_what_the_office_would_have_issued_by_hand(shop):
    with inside(shop):
        customer = make_billed_customer(business_name="Cedar Dental", state="OK")
        CustomerTax.objects.create(customer=customer, rate=Decimal("5.1234"))
        lines = [line("33.3333", "1.333"), line("-1.005"), line("10", tax_rate=Decimal(0))]
        make_recurring(customer, lines=lines)
        by_hand = make_invoice(customer, lines=lines, sale_on=JAN31)
    night(shop, JAN31)

    with inside(shop):
        made = shop.invoices.get(recurring_invoice__isnull=False)
        for field in ("sub_total", "tax_total", "total", "due_on", "bill_to", "paid"):
            assert getattr(made, field) == getattr(by_hand, field), field
        for one, other in zip(made.lines.all(), by_hand.lines.all(), strict=True):
            assert (one.amount, list(one.taxes.values_list("name", "rate", "amount"))) == (
                other.amount,
                list(other.taxes.values_list("name", "rate", "amount")),
            )
    books_agree(shop, JAN31)


def test_a_second_night_on_the_same_day_makes_nothing(shop):
    with inside(shop):
        make_recurring()
    assert night(shop, JAN31).invoices == 1
    assert night(shop, JAN31) == Generated()
    books_agree(shop, JAN31)


def test_after_an_outage_of_75_days_each_period_has_its_invoice(shop):
    with inside(shop):
        make_recurring()
    assert night(shop, JAN31 + dt.timedelta(days=75)).invoices == 3

    with inside(shop):
        assert list(shop.invoices.order_by("number").values_list("number", "sale_on", "due_on")) == [
            (1, day("2026-01-31"), day("2026-02-15")),
            (2, day("2026-02-28"), day("2026-03-15")),
            (3, day("2026-03-31"), day("2026-04-15")),
        ]
        assert shop.recurring_invoices.get().next_on == day("2026-04-30")
    books_agree(shop, JAN31 + dt.timedelta(days=75))


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_numbers_follow_the_order_in_which_invoices_fall_due(shop, batch):
    with inside(shop):
        customer = make_billed_customer()
        make_recurring(customer, anchor_on=day("2026-03-15"))
        make_recurring(customer, anchor_on=day("2026-01-02"), unit="week")
        make_recurring(customer, anchor_on=day("2026-02-10"))
        make_recurring(customer, anchor_on=day("2026-01-02"), unit="day", every=10)
    night(shop, "2026-03-20", batch=batch)

    with inside(shop):
        made = list(shop.invoices.order_by("number").values_list("number", "sale_on"))
        assert [number for number, _ in made] == list(range(1, len(made) + 1))
        assert [on for _, on in made] == sorted(on for _, on in made)
        assert len(made) == 1 + 12 + 2 + 8
    books_agree(shop, "2026-03-20")


def test_36_times_is_36_times(shop):
    with inside(shop):
        make_recurring(anchor_on=day("2026-01-31"), times=36)
    assert night(shop, "2040-01-01").invoices == 36

    with inside(shop):
        recurring = shop.recurring_invoices.get()
        assert (recurring.next_seq, recurring.next_on) == (36, None)
        assert shop.invoices.order_by("-number").first().sale_on == recurring.final_on == day("2028-12-31")
    books_agree(shop, "2040-01-01")


def test_one_without_an_end_goes_on(shop):
    with inside(shop):
        make_recurring(anchor_on=day("2028-02-29"), unit="year", times=None)
    assert night(shop, "2033-03-01").invoices == 6

    with inside(shop):
        assert list(shop.invoices.order_by("number").values_list("sale_on", flat=True))[:5] == [
            day(text) for text in ("2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29")
        ]


@pytest.mark.parametrize("zone", ["America/Denver", "America/New_York", "America/Phoenix", "Pacific/Honolulu"])
@pytest.mark.parametrize("change", ["2026-03-08", "2026-11-01"])
def test_the_clock_changes_and_every_invoice_is_made_on_its_local_day(zone, change):
    company = make_furnished_company(time_zone=zone)
    start = day(change) - dt.timedelta(days=1)
    with inside(company):
        make_recurring(anchor_on=start, unit="day", times=3, term=net(0))
    seen = {}
    at = clock.noon(start, company.zone) - dt.timedelta(hours=30)
    for _ in range(110):
        at += dt.timedelta(hours=1)
        today = company.local_date(at)
        if generate_due(company, today=today, at=at).invoices:
            seen[today] = seen.get(today, 0) + 1

    assert seen == {start + dt.timedelta(days=n): 1 for n in range(3)}
    with inside(company):
        assert all(one.sale_on == company.local_date(one.issued_at) for one in company.invoices.all())


def test_a_customer_who_has_left_is_billed_for_what_fell_due_before(shop):
    with inside(shop):
        gone, leaving, staying = (make_billed_customer() for _ in range(3))
        for customer in (gone, leaving, staying):
            make_recurring(customer)
        Customer.objects.filter(pk=gone.pk).update(status="cancelled")
        Customer.objects.filter(pk=leaving.pk).update(status="cancelled", cancelled_on=day("2026-03-01"))
    night(shop, "2026-03-31")

    with inside(shop):
        counts = {one.pk: one.invoices.count() for one in (gone, leaving, staying)}
        assert counts == {gone.pk: 0, leaving.pk: 2, staying.pk: 3}
    books_agree(shop, "2026-03-31")


def test_one_that_ended_during_an_outage_stops_at_its_date(shop):
    with inside(shop):
        end(make_recurring(), on=day("2026-02-28"), reason="Sold the house", by="Rosa")
    assert night(shop, "2026-05-01").invoices == 1

    with inside(shop):
        assert shop.recurring_invoices.get().next_on is None
    books_agree(shop, "2026-05-01")


def test_the_tax_is_that_of_each_sale_date(shop):
    with inside(shop):
        make_state_tax(rate="10", effective_on=day("2026-02-28"))
        make_recurring(lines=[line("100")])
    night(shop, "2026-03-01")

    with inside(shop):
        assert list(shop.invoices.order_by("number").values_list("tax_total", flat=True)) == [Decimal("8.25"), 10]


def test_mail_is_queued_for_those_who_want_it(shop):
    with inside(shop):
        wants = make_billed_customer(email="a@example.com")
        lost = make_billed_customer(email="b@example.com")
        make_recurring(wants, email_on_generation=True)
        make_recurring(lost, email_on_generation=True)
        make_recurring(make_billed_customer(email="c@example.com"))
        Customer.objects.filter(pk=lost.pk).update(email="")
    assert night(shop, JAN31).invoices == 3

    with inside(shop):
        message = Message.objects.get()
        assert (message.kind, message.to, message.state) == ("invoice", "a@example.com", "queued")
        assert message.about_id == wants.invoices.get().pk
        assert message.due_at == clock.noon(JAN31, shop.zone)


def test_a_lump_sum_of_nothing_is_an_invoice_too(shop):
    with inside(shop):
        make_recurring(lines=[line("0")])
    assert night(shop, JAN31) == Generated(1, Decimal(0))
    books_agree(shop, JAN31)


def test_a_void_invoice_is_not_made_again(shop):
    with inside(shop):
        make_recurring()
    night(shop, JAN31)
    with inside(shop):
        void(shop.invoices.get(), reason="Wrong", at=OPENED, by="Rosa")

    assert night(shop, JAN31) == Generated()


@pytest.mark.parametrize("batch", [1, 500])
def test_a_poisoned_one_is_parked_with_the_reason_and_the_rest_goes_on(shop, batch):
    with inside(shop):
        make_recurring()
        poisoned = make_poisoned_recurring()
        make_recurring()
    assert night(shop, JAN31, batch=batch) == Generated(2, Decimal("86.50"), 1)
    assert night(shop, JAN31, batch=batch) == Generated()

    with inside(shop):
        parked = ParkedAccount.objects.get()
        assert (parked.recurring_invoice_id, parked.customer_id) == (poisoned.pk, poisoned.customer_id)
        assert parked.reason == "999999999.000 × 9999999999.0000 is more than an invoice can hold."
        assert not poisoned.periods.exists()
        assert list(shop.invoices.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_what_only_postgresql_refuses_is_parked_too(shop, owner_connection):
    with inside(shop):
        fine, poisoned = make_recurring(), make_recurring()
        customer = poisoned.customer_id
    owner_connection.execute(
        f"alter table invoicing_invoice add constraint poison check (customer_id <> {customer}) not valid"
    )
    try:
        made = night(shop, JAN31)
    finally:
        owner_connection.execute("alter table invoicing_invoice drop constraint poison")
    assert (made.invoices, made.parked) == (1, 1)

    with inside(shop):
        assert shop.invoices.get().recurring_invoice_id == fine.pk
        assert "poison" in ParkedAccount.objects.get().reason


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda recurring: recurring.lines.all().delete(), "It has no lines."),
        (lambda recurring: recurring.lines.update(unit_price=-1), "The total is below zero"),
        (
            lambda recurring: RecurringInvoice.objects.filter(pk=recurring.pk).update(next_on=day("2026-01-30")),
            "Its next date is 2026-01-30, but the schedule says 2026-01-31.",
        ),
    ],
)
def test_a_person_can_read_why_it_was_parked(shop, spoil, reason):
    with inside(shop):
        spoil(make_recurring())
    assert night(shop, JAN31).parked == 1

    with inside(shop):
        assert ParkedAccount.objects.get().reason.startswith(reason)


def test_a_released_one_is_billed_from_where_it_stopped(shop):
    with inside(shop):
        recurring = make_poisoned_recurring()
    night(shop, JAN31)
    with inside(shop):
        recurring.lines.update(quantity=1, unit_price=Decimal("39.95"))
        parked = ParkedAccount.objects.get()
        release(parked, by="Rosa", at=OPENED)
        with pytest.raises(AlreadyReleased, match="Rosa"):
            release(parked, by="Rosa", at=OPENED)

    assert night(shop, "2026-03-01").invoices == 2
    books_agree(shop, "2026-03-01")


def test_one_that_cannot_be_billed_is_parked_again(shop):
    with inside(shop):
        make_poisoned_recurring()
    night(shop, JAN31)
    with inside(shop):
        release(ParkedAccount.objects.get(), by="Rosa", at=OPENED)
    assert night(shop, JAN31).parked == 1

    with inside(shop):
        assert ParkedAccount.objects.filter(released_at=None).count() == 1


def test_a_neighbour_is_not_billed(shop):
    rival = make_furnished_company()
    with inside(rival):
        make_recurring()
    with inside(shop):
        make_recurring()
    assert night(shop, JAN31).invoices == 1

    with inside(rival):
        assert not rival.invoices.exists()
        assert rival.recurring_invoices.get().next_on == JAN31


def test_the_run_tells_how_far_it_is_and_who_acts(shop):
    with inside(shop):
        run = runs.open_run(kind=Run.Kind.NIGHT, on=JAN31, at=OPENED, started_by="Rosa")
        for _ in range(5):
            make_recurring()
        make_poisoned_recurring()
    night(shop, JAN31, run=run, batch=2, actor=Actor("staff", "Rosa Calderon", 1))

    with inside(shop):
        run.refresh_from_db()
        assert (run.stage, run.done, run.total, run.percent) == ("Making invoices", 6, 6, 100)
        assert set(shop.invoices.values_list("issued_by", flat=True)) == {"Rosa Calderon"}
        assert run.parked.count() == 1


def test_the_run_refuses_to_be_a_part_of_another_transaction(shop):
    with transaction.atomic(), pytest.raises(TransactionOpen):
        night(shop, JAN31)
