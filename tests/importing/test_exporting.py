"""What leaves the house as CSV, and what does not?"""

import csv
import datetime as dt
import io
import re
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from tests.importing.test_bad_files import HEAD, row

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"


def read(desk, noun, **span):
    from alarmdesk.company.entering import SYSTEM
    from alarmdesk.office.exporting.nouns import NOUNS
    from alarmdesk.office.exporting.streaming import csv_of

    text = b"".join(csv_of(desk.company, NOUNS[noun], actor=SYSTEM, **span)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_customers_leave_with_address_phone_and_balance(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice

    cells = {"email": "rosa@example.com", "phone_mobile": "9185550142", "service_street": "2 Elm", "mmr": "39.95"}
    desk.bring(HEAD + row("A-1", service_state="OK", **cells))
    with inside(desk.company):
        make_invoice(desk.company.customers.get())

    (out,) = read(desk, "customers")
    assert (out["account_number"], out["last_name"], out["phone_mobile"]) == ("A-1", "Calderon", "(918) 555-0142")
    assert (out["service_street"], out["service_state"], out["billing_street"]) == ("2 Elm", "OK", "")
    assert (out["mmr"], out["balance_due"]) == ("39.95", "39.95")


def test_an_invoice_leaves_as_one_row_a_line_with_its_head_repeated(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import line, make_invoice, make_state_tax

    with inside(desk.company):
        make_state_tax("OK", "8.25")
        invoice = make_invoice(lines=[line("10.00"), line("20.00", quantity="2.5")])

    rows = read(desk, "invoices")
    assert [(each["number"], each["line"], each["quantity"], each["amount"], each["tax"]) for each in rows] == [
        (str(invoice.number), "1", "1.000", "10.00", "0.83"),
        (str(invoice.number), "2", "2.500", "50.00", "4.13"),
    ]
    assert {each["total"] for each in rows} == {str(invoice.total)} == {"64.96"}


def test_payments_leave_with_their_sign(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_billed_customer
    from alarmdesk.office.importing.testing import NOW, TODAY
    from alarmdesk.payments.models import Payment

    with inside(desk.company):
        common = {"customer": make_billed_customer(), "method": "check", "status": "complete", "received_on": TODAY}
        common |= {"created_at": NOW, "created_by": "Rosa"}
        sale = Payment.objects.create(number=1, amount=Decimal(50), **common)
        Payment.objects.create(number=2, amount=Decimal(-20), kind="refund", original=sale, **common)

    assert [(each["number"], each["amount"], each["refund_of"]) for each in read(desk, "payments")] == [
        ("1", "50.00", ""),
        ("2", "-20.00", "1"),
    ]
    with inside(desk.company):
        gone = Payment.objects.create(
            number=3, amount=Decimal(7), **{**common, "status": "cancelled", "voided_at": NOW}
        )
        Payment.objects.create(number=4, amount=Decimal(8), **{**common, "status": "cancelled"})
    assert [(each["number"], each["refunded"], each["status"]) for each in read(desk, "payments")] == [
        ("1", "20.00", "partly refunded"),
        ("2", "0.00", "complete"),
        (str(gone.number), "0.00", "void"),
        ("4", "0.00", "cancelled"),
    ]


def test_a_span_of_days_chooses_rows_with_both_its_ends(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice

    with inside(desk.company):
        for day in (1, 2, 3, 4):
            make_invoice(sale_on=dt.date(2026, 3, day))

    found = read(desk, "invoices", first=dt.date(2026, 3, 2), last=dt.date(2026, 3, 3))
    assert [each["sale_date"] for each in found] == ["2026-03-02", "2026-03-03"]


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-1+1", "@SUM(A1)"])
def test_no_cell_is_a_formula(desk, text):
    desk.bring(
        "n,a\n" + f'"{text.replace(chr(34), chr(34) * 2)}",A-1\n',
        {"columns": {"a": "account_number", "n": "last_name"}},
    )

    assert read(desk, "customers")[0]["last_name"] == f"'{text}"


def test_what_was_exported_can_be_imported(desk, rival):
    from alarmdesk.company.entering import SYSTEM
    from alarmdesk.office.exporting.nouns import CUSTOMERS
    from alarmdesk.office.exporting.streaming import csv_of
    from alarmdesk.office.importing.fields import BY_CODE

    cells = {
        "last_name": "=Núñez",
        "phone_mobile": "9185550142",
        "service_street": "2 Elm, Apt 3",
        "service_state": "OK",
    }
    desk.bring("﻿" + HEAD + row("A-1", **cells).replace("2 Elm, Apt 3", '"2 Elm, Apt 3"'))
    file = b"".join(csv_of(desk.company, CUSTOMERS, actor=SYSTEM, bom=True))

    rival.bring(file, {"columns": {name: name for name in CUSTOMERS.names if name in BY_CODE}})

    ours, theirs = read(desk, "customers"), read(rival, "customers")
    assert ours == theirs
    assert ours[0]["last_name"] == "'=Núñez"


def test_the_columns_are_documented():
    from alarmdesk.office.exporting.nouns import NOUNS

    text = DOCS.read_text()
    for noun in NOUNS.values():
        section = text.split(f"\n## {noun.code}\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == noun.names


def test_fifty_thousand_rows_leave_with_bounded_memory_and_without_a_neighbours(desk, rival):
    from alarmdesk.company.entering import SYSTEM, inside
    from alarmdesk.customers.models import Customer
    from alarmdesk.lib.inserting import insert_columns
    from alarmdesk.office.exporting.nouns import CUSTOMERS
    from alarmdesk.office.exporting.streaming import csv_of
    from alarmdesk.office.importing.testing import NOW

    def fill(place, count, name):
        with inside(place.company):
            numbers = [f"{name}-{n}" for n in range(count)]
            insert_columns(Customer, {"account_number": numbers}, constants={"last_name": name * 10, "created_at": NOW})

    fill(desk, 50_000, "OURS")
    fill(rival, 500, "THEIRS")
    lines = 0
    tracemalloc.start()
    for piece in csv_of(desk.company, CUSTOMERS, actor=SYSTEM):
        assert b"THEIRS" not in piece
        lines += piece.count(b"\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert lines == 50_001
    assert peak < 8 * 2**20


def test_a_download_that_is_broken_off_leaves_nobody_inside(desk):
    from alarmdesk.company.entering import SYSTEM, NobodyEntered, entered
    from alarmdesk.office.exporting.nouns import CUSTOMERS
    from alarmdesk.office.exporting.streaming import csv_of

    desk.bring(HEAD + row())
    pieces = csv_of(desk.company, CUSTOMERS, actor=SYSTEM)
    next(pieces)
    pieces.close()

    with pytest.raises(NobodyEntered):
        entered()
