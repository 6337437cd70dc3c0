"""Is the one file of many what a reader takes for one file?"""

import dataclasses
import datetime as dt
import io

import pytest
from pypdf import PdfReader

from alarmdesk.company.letterhead import Sender
from alarmdesk.invoicing.merging import Merging, Unmergeable
from alarmdesk.invoicing.paper import Column, Paper, Receiver, Row, Sum, render_many

AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
NORTHGATE = Sender("Northgate (Security) 5 0 R", ("12 Main St",), "#0b6b40")
PAPER = Paper(
    "Invoice", "1", Receiver("Bill to", "Dana"), (("Account", "C-1"),), (Column("Description", is_figure=False),),
    (Row(("Monitoring",)),), (Sum("Due", "$1.00"),), pay_url="https://books.example.com/a(b)/?x=1 0 R",
)  # fmt: skip


def part(first, count):
    papers = [dataclasses.replace(PAPER, number=str(first + place)) for place in range(count)]
    return render_many(papers, NORTHGATE, title="Invoices", at=AT)


@pytest.mark.parametrize("counts", [(1,), (3, 1, 2), (1, 1)])
def test_the_parts_are_one_file_with_all_pages_bookmarks_and_links_in_order(counts):
    written = io.BytesIO()
    merging = Merging(written, "Rechnungen – é")
    first = 1
    for count in counts:
        merging.add(part(first, count))
        first += count
    merging.close()
    reader = PdfReader(written, strict=True)
    numbers = [str(number) for number in range(1, first)]
    assert [page.extract_text().partition("No. ")[2].split()[0] for page in reader.pages] == numbers
    assert [mark.title for mark in reader.outline] == [f"Invoice No. {number}" for number in numbers]
    assert [reader.get_destination_page_number(mark) for mark in reader.outline] == list(range(len(numbers)))
    assert {note.get_object()["/A"]["/URI"] for page in reader.pages for note in page["/Annots"]} == {PAPER.pay_url}
    assert reader.metadata.title == "Rechnungen – é"
    assert all("Northgate (Security) 5 0 R" in page.extract_text() for page in reader.pages)


def test_what_typst_did_not_write_is_refused():
    for other in (b"", b"%PDF-1.7 nothing", part(1, 1)[:-40]):
        with pytest.raises(Unmergeable):
            Merging(io.BytesIO(), "Invoices").add(other)
