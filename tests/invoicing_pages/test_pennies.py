"""Is there one total? In the header, in the stored lines, on the page, in the PDF, in the mail and in the portal
(billing.md, acceptance test 7).
"""

import io
import random
import re
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import pytest
from django.test import Client
from pypdf import PdfReader

from alarmdesk.company.letterhead import sender_of
from alarmdesk.invoicing import documents
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.paper import MOST_AT_ONCE, render_many
from alarmdesk.invoicing.pricing import LineInput, price
from alarmdesk.invoicing.taxes import TaxRules
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.invoicing.words import invoice_mail
from alarmdesk.lib.furniture import money
from alarmdesk.portal.testing import make_holder

RATES = ("8.25", "9.975", "6.5", "0.125", "23", "10.1025", "0")
NO_RULES = TaxRules()
FOREVER = 100_000


def random_lines(dice, item, most=40):
    """1 to 40 lines of up to three rates, some below zero, some a discount that takes a part of a line away again."""
    rates = [Decimal(rate) for rate in dice.sample(RATES, dice.randint(0, 3))] or [Decimal(0)]
    lines = []
    for _ in range(dice.randint(1, most)):
        quantity = Decimal(dice.randint(1, 9_999_999)) / 1000
        unit_price = Decimal(dice.randint(1, 2_000_000)) / 10_000
        if dice.random() < 0.15:
            quantity = -quantity
        rate = dice.choice(rates)
        lines.append(LineInput(item, quantity, "Work", unit_price, rate))
        if dice.random() < 0.1:
            lines.append(LineInput(item, Decimal(-1), "Discount", Decimal(dice.randint(1, 500_000)) / 10_000, rate))
    return lines[:most]


def in_whole_cents(quantity, unit_price, rate):
    """The amount and tax of a line in cents, in integers: the independent reckoning. Half away from zero."""
    thousandths, tenths = int(quantity * 1000), int(unit_price * 10_000)
    amount = halved(thousandths * tenths, 10**5)
    return amount, halved(amount * int(rate * 10_000), 10**6)


def halved(number, by):
    """The integer division of `number`, rounded half away from zero."""
    whole, rest = divmod(abs(number), by)
    return (whole + (2 * rest >= by)) * (1 if number >= 0 else -1)


def reckon(count, seed=20261121):
    """How many of so many random documents have other sums than integers give."""
    dice, item = random.Random(seed), SimpleNamespace(item_class="service", taxable="if_not_exempt")
    wrong = 0
    for _ in range(count):
        inputs = random_lines(dice, item)
        priced, sums = price(inputs, NO_RULES, "", None)
        expected = [in_whole_cents(each.quantity, each.unit_price, each.tax_rate) for each in inputs]
        stored = [
            (int(each.amount * 100), int(sum((tax.amount for tax in each.taxes), Decimal(0)) * 100)) for each in priced
        ]
        header = (sum(amount for amount, _ in stored), sum(tax for _, tax in stored))
        wrong += stored != expected or header != (int(sums.sub_total * 100), int(sums.tax_total * 100))
        wrong += sums.total != sums.sub_total + sums.tax_total
    return wrong


def test_the_header_is_the_sum_of_the_lines_to_the_cent():
    assert reckon(500) == 0


@pytest.mark.slow
def test_the_header_is_the_sum_of_the_lines_to_the_cent_a_hundred_thousand_times():
    assert reckon(FOREVER) == 0


def test_the_oracle_rounds_as_decimal_does_and_not_as_python_would():
    dice = random.Random(7)
    for _ in range(5_000):
        number = dice.randint(-(10**9), 10**9)
        assert halved(number, 1000) == int((Decimal(number) / 1000).quantize(Decimal(1), ROUND_HALF_UP))
    assert (halved(2665, 10), round(266.5)) == (267, 266)


def test_two_lines_at_23_percent_bear_15_34(shop):
    with shop.inside():
        rate = Decimal(23)
        invoice = make_invoice(shop.dana, lines=[line("55.55", tax_rate=rate), line("11.11", tax_rate=rate)])
    assert (invoice.tax_total, invoice.total) == (Decimal("15.34"), Decimal("82.00"))


def texts_of(content):
    """The words of each document of a file of many, whatever pages it has."""
    found, open_document = [], ""
    for page in PdfReader(io.BytesIO(content)).pages:
        words = re.sub(r"\s+", " ", page.extract_text())
        open_document += " " + words
        if re.search(r"Page (\d+) of \1(?!\d)", words):
            found.append(open_document)
            open_document = ""
    return found


def issue_random(shop, count, most, seed):
    """So many random invoices that are issued; those that come to less than nothing are credits by another name."""
    dice, made = random.Random(seed), []
    with shop.inside():
        item = shop.company.billable_items.get(number=5)
        while len(made) < count:
            lines = random_lines(dice, item, most)
            _, sums = price(lines, NO_RULES, "", None)
            if sums.total > 0:
                made.append(make_invoice(shop.dana, lines=lines).pk)
    return made


def figures(invoice, currency="USD"):
    return [
        f"Sub Total {money(invoice.sub_total, currency)}",
        f"Tax Total {money(invoice.tax_total, currency)}",
        f"Grand Total {money(invoice.total, currency)}",
        f"Due {money(invoice.total, currency)}",
    ]


def compare(shop, count, pages, most=40):
    """Holds so many random invoices against their PDF and mail, and `pages` of them against page and portal too."""
    ids = issue_random(shop, count, most, seed=count)
    sender = sender_of(shop.company)
    for start in range(0, count, MOST_AT_ONCE):
        with shop.inside():
            chosen = documents.with_document(shop.company.invoices.filter(pk__in=ids[start : start + MOST_AT_ONCE]))
            invoices = list(chosen.order_by("pk"))
            papers = [documents.paper_of(invoice, shop.company) for invoice in invoices]
            mails = [invoice_mail(invoice, shop.company) for invoice in invoices]
        said = texts_of(render_many(papers, sender, title="All", at=invoices[0].issued_at))
        assert len(said) == len(invoices)
        for invoice, words, mail in zip(invoices, said, mails, strict=True):
            lines = list(invoice.lines.all())
            assert invoice.sub_total == sum(each.amount for each in lines)
            assert invoice.tax_total == sum(tax.amount for each in lines for tax in each.taxes.all())
            for figure in figures(invoice):
                assert figure in words, (invoice.number, figure)
                assert figure.replace(" $", ": $").replace(" −", ": −") in mail.text
            for each in lines:
                assert money(each.amount) in words
                assert money(each.amount) in mail.text
    look_at(shop, ids[:pages])


def look_at(shop, ids):
    """The same figures on the page of the office and in the portal."""
    with shop.inside():
        holder = make_holder(shop.dana)
    portal = Client()
    portal.force_login(holder.user)
    listed = plain(shop.client.get(f"{shop.root}/invoices/?sort=number"))
    for pk in ids:
        with shop.inside():
            invoice = Invoice.objects.get(pk=pk)
        page = plain(shop.client.get(f"{shop.root}/invoices/{pk}/"))
        for figure in figures(invoice):
            assert figure in page, (invoice.number, figure)
        paper = texts_of(portal.get(f"{shop.root}/portal/invoices/{pk}/pdf/").content)[0]
        for figure in figures(invoice):
            assert figure in paper
        assert f"{money(invoice.total)} {money(invoice.due)}" in listed
    due = plain(portal.get(f"{shop.root}/portal/"))
    with shop.inside():
        for invoice in shop.dana.invoices.order_by("due_on", "pk")[:20]:
            assert f"{money(invoice.due)}" in due


def plain(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_page_pdf_mail_and_portal_say_the_same(shop):
    compare(shop, 300, pages=5, most=4)


@pytest.mark.slow
def test_page_pdf_mail_and_portal_say_the_same_of_thousands(shop):
    compare(shop, 3_000, pages=50)
