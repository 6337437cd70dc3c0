"""What do papers promise, whatever they are about? One template, text as text, pages that are counted."""

import dataclasses
import datetime as dt
import io
import re

import pytest
from PIL import Image
from pypdf import PdfReader

from alarmdesk.company.letterhead import Sender, sender_of
from alarmdesk.company.testing import make_bare_company
from alarmdesk.invoicing.paper import Column, Paper, Receiver, Row, Sum, is_right_to_left, render, render_many
from alarmdesk.lib.colours import contrast_with_white, readable

AT = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
NORTHGATE = Sender("Northgate Security", ("12 Main St", "Tulsa, OK 74104"), "#0b6b40")
URL = "https://books.example.com/northgate/pay/WzEsImkiLDEwNDIsMCw3Mzk5MDBd.abcdefghijklmnopqrstuvwxyz/"
# what a statement hands over: who, for when, what moved, what is owed, by age
STATEMENT = Paper(
    title="Statement",
    number="",
    receiver=Receiver("Statement for", "Dana Whitfield", ("2210 E 15th St", "Tulsa, OK 74104")),
    pairs=(("Account", "C-1042"), ("From", "Nov 1, 2026"), ("To", "Nov 30, 2026")),
    columns=(
        Column("Date", is_figure=False),
        Column("Document", is_figure=False),
        Column("Charges"),
        Column("Payments"),
        Column("Balance"),
    ),
    wide=1,
    rows=(
        Row(("Nov 1, 2026", "Balance brought forward", "", "", "$43.35")),
        Row(("Nov 3, 2026", "Invoice 1042", "$43.35", "", "$86.70"), below="Due Nov 18, 2026"),
        Row(("Nov 9, 2026", "Payment 311", "", "$43.35", "$43.35"), below="Visa 4242"),
    ),
    sums=(Sum("Amount due", "$43.35", strong=True),),
    strip=(("Current", "$0.00"), ("1–30 days", "$43.35"), ("31–60", "$0.00"), ("61–90", "$0.00"), ("91+", "$0.00")),
    pay_url=URL,
    slip=(("Account", "C-1042"), ("Amount due", "$43.35")),
)


def texts(content):
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def test_a_statement_says_what_it_was_handed():
    (said,) = texts(render(STATEMENT, NORTHGATE, at=AT))
    for words in (
        "Northgate Security 12 Main St Tulsa, OK 74104",
        "Statement for Dana Whitfield 2210 E 15th St",
        "Account C-1042 From Nov 1, 2026 To Nov 30, 2026",
        "Date Document Charges Payments Balance",
        "Invoice 1042 Due Nov 18, 2026 $43.35 $86.70",
        "Amount due $43.35",
        "Pay online",
        "Please send this part with your check",
        "Amount enclosed",
        "Page 1 of 1",
    ):
        assert words in said, words


def test_the_link_of_the_code_is_the_address_and_the_same_paper_is_the_same_file():
    made = render(STATEMENT, NORTHGATE, at=AT)
    links = [note.get_object()["/A"]["/URI"] for note in PdfReader(io.BytesIO(made)).pages[0]["/Annots"]]
    assert set(links) == {URL}
    assert made == render(STATEMENT, NORTHGATE, at=AT)


def test_each_paper_of_a_file_counts_its_own_pages_and_begins_on_a_new_one():
    long = dataclasses.replace(STATEMENT, number="2", rows=STATEMENT.rows * 30)
    pages = texts(render_many([STATEMENT, long, STATEMENT], NORTHGATE, title="Statements", at=AT))
    count = len(pages) - 2
    assert count > 2
    assert [re.search(r"Page \d+ of \d+", page).group() for page in pages] == [
        "Page 1 of 1",
        *(f"Page {number} of {count}" for number in range(1, count + 1)),
        "Page 1 of 1",
    ]
    assert all("Date Document Charges Payments Balance" in page for page in pages[1 : 1 + count - 1])
    assert all(page.startswith("Northgate Security Statement 2") for page in pages[2 : 1 + count])


@pytest.mark.parametrize(("sheet", "size"), [("us-letter", (612, 792)), ("a4", (595, 842))])
def test_the_sheet_is_the_company_s(sheet, size):
    made = render(STATEMENT, dataclasses.replace(NORTHGATE, sheet=sheet), at=AT)
    box = PdfReader(io.BytesIO(made)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_a_void_paper_says_so_across_every_page():
    void = dataclasses.replace(STATEMENT, rows=STATEMENT.rows * 30, stamp="Void", is_void=True)
    pages = texts(render(void, NORTHGATE, at=AT))
    assert [page.count("VOID") for page in pages] == [2, *[1] * (len(pages) - 1)]


def test_words_are_data_and_long_ones_stay_on_the_sheet():
    words = '#read("/etc/passwd") $x$ *b* @a <b> ' + "long " * 2000
    odd = dataclasses.replace(STATEMENT, rows=(Row(("", words, "$1.00", "", "$1.00")),), note=("שלום עולם", "مرحبا"))
    pages = texts(render(odd, NORTHGATE, at=AT))
    assert '#read("/etc/passwd") $x$ *b* @a <b> long' in pages[0]
    assert sum(page.count("long") for page in pages) == 2000
    # nobody could know before that it takes more than one page
    assert len(pages) > 1
    assert [re.search(r"Page \d+ of \d+", page).group() for page in pages] == [
        f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)
    ]


@pytest.mark.parametrize(
    ("words", "is_so"), [("שלום 12", True), ("12 مرحبا", True), ("Dana שלום", False), ("", False), ("Café", False)]
)
def test_the_first_letter_with_a_direction_decides(words, is_so):
    assert is_right_to_left(words) is is_so


@pytest.mark.parametrize("colour", ["#ffd400", "#ffffff", "#7fffd4", "#0b6b40"])
def test_a_colour_is_darkened_until_it_can_be_read_on_paper(colour):
    found = readable(colour)
    assert contrast_with_white(found) >= 4.5
    assert (found == colour) is (contrast_with_white(colour) >= 4.5)


def picture(size):
    written = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(written, "PNG")
    return written.getvalue()


def test_a_huge_logo_is_made_small_and_one_that_cannot_be_read_is_left_out():
    company = make_bare_company()
    company.logo = picture((1600, 1600))
    sender = sender_of(company)
    with Image.open(io.BytesIO(sender.logo)) as kept:
        assert kept.size == (160, 160)
    assert render(STATEMENT, sender, at=AT).startswith(b"%PDF")
    for bad in (b"no picture", b'<svg xmlns="http://www.w3.org/2000/svg"/>', company.logo[:4000]):
        company.logo = bad
        assert sender_of(company).logo == b""
