"""What is said of a file that is not as it should be?"""

import pytest

from alarmdesk.office.importing.reading import UnreadableFile

HEAD = (
    "account_number,last_name,email,phone_mobile,service_street,service_state,service_zip,mmr,customer_since,"
    "recurring_amount,next_invoice_on,billing_method,auto_pay\n"
)


def row(account: str = "A-1", **cells: str) -> str:
    names = HEAD.strip().split(",")
    return (
        ",".join({"account_number": account, "last_name": "Calderon", **cells}.get(name, "") for name in names) + "\n"
    )


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"mmr": "-5.00"}, "mmr", "cannot be negative"),
        ({"mmr": "(5.00)"}, "mmr", "cannot be negative"),
        ({"mmr": "lots"}, "mmr", "not a sum of money"),
        ({"mmr": "1.999"}, "mmr", "two decimals"),
        ({"mmr": "NaN"}, "mmr", "not a sum of money"),
        ({"mmr": "123456789012"}, "mmr", "too large"),
        ({"customer_since": "31 Feb"}, "customer_since", "not a date"),
        ({"customer_since": "02/31/2026"}, "customer_since", "no such day"),
        ({"customer_since": "2026-13-01"}, "customer_since", "no such day"),
        ({"email": "rosa at example"}, "email", "not an e-mail"),
        ({"phone_mobile": "12"}, "phone_mobile", "not a phone number"),
        ({"service_street": "2 Elm", "service_state": "ZZ"}, "service_state", "no such state"),
        ({"service_street": "2 Elm", "service_zip": "7410"}, "service_zip", "zero"),
        ({"service_street": "2 Elm", "service_zip": "what"}, "service_zip", "not a ZIP"),
        ({"service_state": "OK"}, "service_street", "no street"),
        ({"last_name": "x" * 81}, "last_name", "80 fit"),
        ({"billing_method": "gold"}, "billing_method", "one of"),
        ({"billing_method": "card"}, "", "vault"),
        ({"billing_method": "manual", "auto_pay": "yes"}, "auto_pay", "Auto Pay needs"),
        ({"auto_pay": "maybe"}, "auto_pay", "yes or no"),
        ({"recurring_amount": "39.95"}, "next_invoice_on", "next invoice date"),
        ({"recurring_amount": "39.95", "next_invoice_on": "2026-11-21"}, "next_invoice_on", "after today"),
        ({"account_number": ""}, "account_number", "needs an account number"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_column_and_value(desk, cells, column, said):
    kept = desk.check(HEAD + row("A-1") + row(cells.pop("account_number", "A-2"), **cells))

    (problem,) = desk.problems(kept)
    assert problem[0] == 3
    assert problem[1] == column
    assert problem[2] == cells.get(column, "")
    assert said in problem[3]
    assert (kept.rows, kept.bad_rows) == (2, 1)


def test_every_bad_cell_of_a_row_is_named(desk):
    kept = desk.check(HEAD + row(mmr="x", email="y", phone_mobile="z"))

    assert [problem[1] for problem in desk.problems(kept)] == ["email", "phone_mobile", "mmr"]
    assert kept.bad_rows == 1


def test_an_account_number_twice_in_the_file_is_found_in_any_case(desk):
    kept = desk.check(HEAD + row("A-1") + row("a-1"))

    assert desk.problems(kept) == [(3, "account_number", "a-1", "Line 2 has the same account number.")]


def test_an_account_number_that_the_company_has_is_found_in_any_case(desk):
    desk.bring(HEAD + row("A-1"))

    kept = desk.check(HEAD + row("a-1") + row("A-2"))

    assert desk.problems(kept) == [
        (2, "account_number", "a-1", "A customer with this account number is there already.")
    ]


def test_an_account_number_of_a_neighbour_is_free(desk, rival):
    rival.bring(HEAD + row("A-1"))

    assert desk.problems(desk.check(HEAD + row("A-1"))) == []


def test_rows_with_too_many_and_too_few_cells_are_named_and_the_rest_goes_on(desk):
    kept = desk.check(HEAD + row("A-1") + "A-2,Smith\n" + row("A-3").strip() + ",more\n" + row("A-4"))

    assert [(line, message) for line, _, _, message in desk.problems(kept)] == [
        (3, "The row has too few cells: 2 instead of 13."),
        (4, "The row has too many cells: 14 instead of 13."),
    ]
    assert (kept.rows, kept.bad_rows) == (4, 2)


def test_an_unknown_value_of_a_translated_field_is_named(desk):
    rules = {
        "columns": {"account_number": "account_number", "Churn": "status"},
        "values": {"status": {"Yes": "cancelled", "No": "active"}},
    }

    kept = desk.check("account_number,Churn\nA-1,YES\nA-2,Perhaps\n", rules)

    (problem,) = desk.problems(kept)
    assert problem[:3] == (3, "Churn", "Perhaps")
    assert "No, Yes" in problem[3]


def test_a_byte_that_is_no_utf_8_is_named_by_its_place_and_the_rest_goes_on(desk):
    head, good = HEAD.encode(), row("A-1").encode()
    bad = row("A-2", last_name="Nuñez").encode("cp1252")

    kept = desk.check(head + good + bad + row("A-3").encode())

    (problem,) = desk.problems(kept)
    place = len(head) + len(good) + bad.index(b"\xf1") + 1
    assert problem[0] == 3
    assert f"Byte {place:,} of the file (0xF1, on line 3)" in problem[3]
    assert "Windows-1252" in problem[3]


def test_windows_1252_is_read_when_told(desk):
    from alarmdesk.office.importing.testing import PLAIN

    kept = desk.bring(
        (HEAD + row(last_name="Nuñez")).encode("cp1252"), PLAIN | {"options": {"encoding": "windows-1252"}}
    )

    from alarmdesk.company.entering import inside

    with inside(desk.company):
        assert kept.customers.get().last_name == "Nuñez"


def test_a_byte_order_mark_is_no_part_of_the_first_column(desk):
    assert desk.check(b"\xef\xbb\xbf" + (HEAD + row()).encode()).bad_rows == 0


def test_a_nul_byte_is_named(desk):
    kept = desk.check(HEAD + row("A-1") + row("A-2", last_name="Cal\0deron"))

    (problem,) = desk.problems(kept)
    assert problem[0] == 3
    assert "NUL" in problem[3]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (HEAD.encode(), "a header and no rows"),
        (b"account_number,mail\nA-1,x\n", "does not have the columns “auto_pay”, “billing_method”"),
        (b"account_number,account_number\n", "does not have"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"%PDF-1.7\n%rest\n", "PDF"),
        ((HEAD + '"A-1,' + "x" * 200 + "\n" + "y" * 10 + "\n").encode(), "ends inside a quoted cell"),
        ((HEAD + 'A-1,"Cal" deron\n').encode(), "quote stands in the middle"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(desk, content, said):
    from alarmdesk.office.importing import checking

    kept = desk.keep(content)
    with pytest.raises(UnreadableFile):
        checking.check_file(desk.company, kept.pk, **desk.common)

    kept = desk.fresh(kept)
    assert said in kept.run.error
    assert kept.run.state == "failed"
    assert kept.state == "uploaded"
    assert said in desk.problems(kept)[0][3]


def test_a_column_that_is_there_twice_is_refused():
    from alarmdesk.office.importing.mapping import understood
    from alarmdesk.office.importing.rows import _places

    with pytest.raises(UnreadableFile, match="two columns called “id”"):
        _places(["id", "id"], understood({"columns": {"id": "account_number"}}))


def test_a_line_without_an_end_stops_the_reading_before_it_fills_the_memory():
    from alarmdesk.office.importing.reading import LONGEST_LINE, records

    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 4096
            yield b"x" * 4096

    with pytest.raises(UnreadableFile, match="longer than 64 kB"):
        list(records(endless()))
    assert taken <= LONGEST_LINE + 2 * 4096


def test_a_quote_that_is_never_closed_stops_the_reading_before_it_fills_the_memory():
    from alarmdesk.office.importing.reading import records

    taken = 0

    def endless():
        nonlocal taken
        yield b'a,b\n1,"'
        while True:
            taken += 1000
            yield b"y" * 999 + b"\n"

    with pytest.raises(UnreadableFile, match="closing quote"):
        list(records(endless()))
    assert taken <= 1024 * 1024


def test_semicolons_and_tabs_are_found_by_the_header(desk):
    for mark in ";\t|":
        text = (HEAD + row(f"A-{ord(mark)}")).replace(",", mark)
        assert desk.check(text).bad_rows == 0
