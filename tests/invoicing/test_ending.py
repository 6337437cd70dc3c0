"""What was billed for days from the end on is credited once, whatever was credited before and whatever comes after."""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.invoicing.actions import Credited, void
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.crediting import NotCreditable, credit_invoice, open_lines
from alarmdesk.invoicing.ending import credit_unused, unused
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.succession import change_price
from alarmdesk.invoicing.testing import TODAY, line, make_furnished_company, make_recurring

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def shop():
    return make_furnished_company()


def march(day):
    return dt.date(2026, 3, day)


def night(shop, on=MARCH):
    generate_due(shop, today=on, at=OPENED)


def ended(recurring, on):
    """End it and credit what is unused: the totals of the credits."""
    end(recurring, on=on, reason="Moved", by="Rosa")
    return [made.total for made in credit_unused(recurring, on, today=on, at=OPENED, by="Rosa")]


def proposed(recurring, on):
    return [one.total for one in unused(recurring, on)]


@pytest.fixture
def billed(shop):
    """$40 of March, of a recurring invoice without tax."""
    with inside(shop):
        recurring = make_recurring(anchor_on=MARCH, lines=[line("40.00")])
    night(shop)
    return recurring


def test_ended_inside_a_paid_period_the_unused_days_are_credited(shop):
    with inside(shop):
        recurring = make_recurring(anchor_on=MARCH, lines=[line("31.00", tax_rate=Decimal(10)), line("15.50")])
    night(shop)
    with inside(shop):
        [found] = unused(recurring, march(11))
        assert (list(found.parts.values()), found.total) == ([Decimal("21.00"), Decimal("10.50")], Decimal("33.60"))
        end(recurring, on=march(11), reason="Moved", by="Rosa")
        [made] = credit_unused(recurring, march(11), today=march(11), at=OPENED, by="Rosa")
        assert (made.type, made.total) == ("credit", Decimal("33.60"))
        assert made.note == "Unused days of invoice 1: Mar 11, 2026 to Mar 31, 2026, 21 of 31 days."
        assert unused(recurring, dt.date(2026, 4, 1)) == []
        assert list(differences()) == []


def test_an_end_brought_forward_credits_the_days_that_are_new_only(shop, billed):
    with inside(shop):
        assert ended(billed, march(20)) == [Decimal("15.48")]
        assert ended(billed, march(10)) == [Decimal("12.91")]
        [left] = open_lines(billed.invoices.get())
        assert left.left == Decimal("11.61")  # March 1 to 9
        assert credit_unused(billed, march(10), today=march(10), at=OPENED, by="Rosa") == []
        assert list(differences()) == []


def test_after_it_the_invoice_is_credited_for_the_rest_only_and_is_not_voided(shop, billed):
    with inside(shop):
        ended(billed, march(20))
        invoice = billed.invoices.get()
        [left] = open_lines(invoice)
        with pytest.raises(NotCreditable):
            credit_invoice(invoice, {left.line.pk: Decimal("40.00")}, sale_on=march(20), at=OPENED, by="Rosa")
        with pytest.raises(Credited):
            void(invoice, reason="Wrong", at=OPENED, by="Rosa")
        assert credit_invoice(invoice, sale_on=march(20), at=OPENED, by="Rosa").total == Decimal("24.52")


def test_of_an_invoice_that_was_credited_nothing_is_unused(shop, billed):
    with inside(shop):
        credit = credit_invoice(billed.invoices.get(), sale_on=MARCH, at=OPENED, by="Rosa")
        assert proposed(billed, march(10)) == []
        void(credit, reason="Wrong", at=OPENED, by="Rosa")
        assert proposed(billed, march(10)) == [Decimal("28.39")]


def test_an_end_in_the_past_credits_the_whole_months_after_it_too(shop):
    with inside(shop):
        first = make_recurring(anchor_on=MARCH, lines=[line("40.00"), line("-10.00")])
        lines = [line("50.00")]
        second = change_price(first, on=dt.date(2026, 5, 1), lines=lines, today=TODAY, at=OPENED, by="Rosa")
    night(shop, dt.date(2026, 5, 2))
    with inside(shop):
        assert proposed(first, march(11)) == [Decimal("20.33"), Decimal("30.00"), Decimal("50.00")]
        assert proposed(second, march(11)) == [Decimal("50.00")]
        assert ended(first, march(11)) == [Decimal("20.33"), Decimal("30.00"), Decimal("50.00")]
        assert proposed(first, march(11)) == []
        assert list(differences(today=dt.date(2026, 5, 2))) == []
