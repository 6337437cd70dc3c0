"""Can the office print what it asks for, all of it, and nobody else's?"""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.test import Client
from pypdf import PdfReader

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Run
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing import printing
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.models import Printout, PrintoutPiece
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.lib import clock

from .conftest import NOW

ALL = {"type": "", "standing": "in_force", "form": "pdf"}


def asked(shop, **fields):
    """The print run that the office asked for on the page."""
    answer = shop.client.post(f"{shop.root}/reports/printing/new/", {**ALL, **fields})
    assert answer.status_code == 302, answer.content.decode()
    with shop.inside():
        printout = shop.company.printouts.latest("pk")
    assert answer["Location"] == f"{shop.root}/reports/printing/{printout.pk}/"
    return printout


def made(shop, printout):
    """The file, after a worker has made it."""
    assert printing.print_out(shop.company, printout.pk, now=clock.now)
    answer = shop.client.get(f"{shop.root}/reports/printing/{printout.pk}/file/")
    content = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(content))
    return answer, content


def numbers(content):
    return [
        int(re.search(r"No\. (\d+)", page.extract_text())[1])
        for page in PdfReader(io.BytesIO(content), strict=True).pages
    ]


def test_what_was_asked_for_is_printed_in_one_file(shop, monkeypatch):
    monkeypatch.setattr(printing, "MOST_AT_ONCE", 2)
    with shop.inside():
        early = [make_invoice(shop.dana, sale_on=dt.date(2026, 10, 31), at=NOW) for _ in range(2)]
        mine = [make_invoice(shop.dana, sale_on=dt.date(2026, 11, 1 + place), at=NOW) for place in range(5)]
        quote = make_invoice(shop.dana, type="quote", sale_on=dt.date(2026, 11, 1), at=NOW)
        void(mine[0], reason="Wrong", at=NOW, by="Rosa Calderon")
        other = make_invoice(make_billed_customer(account_number="OTHER-1"), sale_on=dt.date(2026, 11, 9), at=NOW)
    answer, content = made(shop, asked(shop, type="invoice", from_on="2026-11-01", to_on="2026-11-30"))
    assert answer["Content-Type"] == "application/pdf"
    assert numbers(content) == [invoice.number for invoice in (*mine[1:], other)]
    _, content = made(shop, asked(shop, account="other-1"))
    assert numbers(content) == [other.number]
    _, content = made(shop, asked(shop, standing="void"))
    assert numbers(content) == [mine[0].number]
    _, content = made(shop, asked(shop, to_on="2026-10-31"))
    assert numbers(content) == [invoice.number for invoice in early]
    _, content = made(shop, asked(shop, type="quote"))
    assert numbers(content) == [quote.number]


def test_a_zip_holds_a_file_for_each(shop):
    with shop.inside():
        invoices = [make_invoice(shop.dana, at=NOW, lines=[line(str(price))]) for price in (10, 20)]
    answer, content = made(shop, asked(shop, form="zip"))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith("attachment;")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"invoice-{invoice.number}.pdf" for invoice in invoices]
        assert numbers(archive.read(archive.namelist()[1])) == [invoices[1].number]


def test_the_page_tells_how_far_it_is_and_then_offers_the_file(shop):
    with shop.inside():
        make_invoice(shop.dana, at=NOW)
    printout = asked(shop)
    url = f"{shop.root}/reports/printing/{printout.pk}/"
    waiting = shop.client.get(url).content.decode()
    assert "Waiting for a worker to take it" in waiting
    assert f"{url}cancel/" in waiting
    assert shop.client.get(url + "progress/").status_code == 200
    assert shop.client.get(url + "file/").status_code == 404
    made(shop, printout)
    assert shop.client.get(url + "progress/").status_code == 286
    done = shop.client.get(url).content.decode()
    assert "1 documents" in done or "1 document" in done
    assert f"{url}file/?download=1" in done
    assert b"Finished" in shop.client.get(f"{shop.root}/reports/printing/").content


def test_a_cancelled_run_makes_nothing_even_when_a_worker_was_at_it(shop, monkeypatch):
    monkeypatch.setattr(printing, "MOST_AT_ONCE", 1)
    with shop.inside():
        for _ in range(3):
            make_invoice(shop.dana, at=NOW)
    printout = asked(shop)
    url = f"{shop.root}/reports/printing/{printout.pk}/"
    real = printing.render_many

    def press_cancel_meanwhile(*args, **kwargs):
        monkeypatch.setattr(printing, "render_many", real)
        assert shop.client.post(url + "cancel/").status_code == 302
        return real(*args, **kwargs)

    monkeypatch.setattr(printing, "render_many", press_cancel_meanwhile)
    assert not printing.print_out(shop.company, printout.pk, now=clock.now)
    with shop.inside():
        assert Run.objects.get(pk=printout.run_id).state == Run.State.CANCELLED
        assert not PrintoutPiece.objects.exists()
    assert "Cancelled by" in shop.client.get(url).content.decode()
    assert shop.client.get(url + "file/").status_code == 404
    assert "has ended already" in shop.client.post(url + "cancel/", follow=True).content.decode()


def test_a_killed_run_begins_again_and_old_files_go(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, at=NOW)
    printout = asked(shop)
    with shop.inside():
        PrintoutPiece.objects.create(printout=printout, position=0, content=b"half")
        Run.objects.filter(pk=printout.run_id).update(state="running")
    _, content = made(shop, printout)
    assert numbers(content) == [invoice.number]
    assert printing.forget_old(shop.company, at=NOW + dt.timedelta(days=2)) == 0
    later = NOW + printing.KEPT_FOR
    with clock.hold(later):
        assert shop.client.get(f"{shop.root}/reports/printing/{printout.pk}/file/").status_code == 404
        assert b"File gone" in shop.client.get(f"{shop.root}/reports/printing/{printout.pk}/").content
    assert printing.forget_old(shop.company, at=later) == 1
    with shop.inside():
        assert not PrintoutPiece.objects.exists()


def test_what_cannot_be_printed_is_said_beside_the_field_and_nothing_begins(shop):
    with shop.inside():
        make_invoice(shop.dana, at=NOW)
    for fields, said in (
        ({"account": "nobody"}, "No customer has the account number nobody."),
        ({"from_on": "2026-11-02", "to_on": "2026-11-01"}, "This day is before the first one."),
        ({"from_on": "2030-01-01"}, "No document is among these."),
        ({"standing": "lost"}, "Select a valid choice"),
    ):
        answer = shop.client.post(f"{shop.root}/reports/printing/new/", {**ALL, **fields})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    with shop.inside():
        assert not Printout.objects.exists()
        assert not Run.objects.filter(kind="print").exists()


def test_a_file_is_for_who_may_see_invoices_and_not_for_a_neighbour(shop):
    with shop.inside():
        make_invoice(shop.dana, at=NOW)
    printout = asked(shop)
    made(shop, printout)
    neighbour = make_furnished_company()
    stranger, clerk = Client(), Client()
    stranger.force_login(make_staff(neighbour, administrator=True).user)
    clerk.force_login(make_staff(shop.company).user)
    for path in ("", "file/", "progress/"):
        assert stranger.get(f"/{neighbour.slug}/reports/printing/{printout.pk}/{path}").status_code == 404
        assert stranger.get(f"{shop.root}/reports/printing/{printout.pk}/{path}").status_code == 404
        assert clerk.get(f"{shop.root}/reports/printing/{printout.pk}/{path}").status_code == 403
    with inside(neighbour):
        assert not Printout.objects.exists()


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_a_batch_takes_as_many_queries_however_many_documents_it_has(shop, queries, form, monkeypatch):
    counts = []
    for documents in (2, 9):
        with shop.inside():
            for _ in range(documents):
                make_invoice(shop.dana, at=NOW, lines=[line("1")] * 3)
        printout = asked(shop, form=form)
        with queries() as statements:
            printing.print_out(shop.company, printout.pk, now=clock.now)
        counts.append(len(statements))
    assert counts[0] == counts[1]
