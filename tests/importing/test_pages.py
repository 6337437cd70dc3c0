"""Can a person bring a file in, see what is wrong with it, and take it back, with a browser alone?"""

import datetime as dt

import pytest
from tests.importing.test_bad_files import HEAD, row
from tests.importing.test_importing import BILLED


@pytest.fixture
def office(desk):
    """Somebody of the office who is signed in."""
    from django.test import Client

    from alarmdesk.company.testing import make_staff

    client = Client()
    client.force_login(make_staff(desk.company, administrator=True).user)
    return client


@pytest.fixture
def work(monkeypatch):
    """What the pages hand to the workers; `work()` does it."""
    from alarmdesk.office.importing import tasks

    waiting = []

    def defer(task, kept, actor):
        waiting.append((task, kept, actor))

    def do():
        for task, kept, actor in waiting:
            task(company_id=kept.company_id, import_id=kept.pk, kind=actor.kind, name=actor.name, user_id=actor.user_id)
        waiting.clear()

    monkeypatch.setattr(tasks, "defer", defer)
    return do


def upload(office, desk, text, **fields):
    from django.core.files.uploadedfile import SimpleUploadedFile

    raw = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("customers.csv", raw, "text/csv")
    return office.post(f"/{desk.company.slug}/imports/new/", {"file": file, "encoding": "utf-8", **fields}, follow=True)


def choices(page, **fields):
    """What the mapping form holds as it was drawn, with changes."""
    form = page.context["form"]
    held = {name: box.value() or "" for name, box in ((name, form[name]) for name in form.fields)}
    return held | fields


TEXT = HEAD + row("A-1", **BILLED) + row("A-2", mmr="x", last_name="Bad & co")
MEANS = {"c_recurring_amount": "recurring_amount", "c_next_invoice_on": "next_invoice_on"}


def bring(office, desk, work, text=TEXT):
    """From the file to the result of the check: the address of the import's page."""
    page = upload(office, desk, text)
    assert page.status_code == 200, page.content
    address = page.redirect_chain[-1][0]
    checked = office.post(address, choices(page, **MEANS), follow=True)
    assert checked.status_code == 200, checked.content
    work()
    return address.removesuffix("mapping/")


def test_a_person_brings_a_file_in_without_its_bad_row_downloads_that_and_takes_all_back(office, desk, work):
    address = bring(office, desk, work)

    page = office.get(address).content.decode()
    assert "1 of 2 rows are bad" in page
    assert "This is not a sum of money" in page
    assert "Import the good rows" in page

    bad = b"".join(office.get(f"{address}bad-rows.csv").streaming_content).decode()
    assert bad.splitlines()[0].endswith("auto_pay,What is wrong")
    assert len(bad.splitlines()) == 2
    assert "A-2,Bad & co" in bad.splitlines()[1]
    assert "mmr: This is not a sum of money" in bad

    asked = office.get(f"{address}start/").content.decode()
    assert "1 customers will be added" in asked
    assert "1 bad rows are left out" in asked
    office.post(f"{address}start/")
    work()
    page = office.get(address).content.decode()
    assert "What it made" in page
    assert "A-1" in office.get(f"/{desk.company.slug}/export/customers.csv").getvalue().decode()

    assert "1 customers, 1 recurring invoices" in office.get(f"{address}undo/").content.decode()
    office.post(f"{address}undo/")
    work()
    assert "This import was undone" in office.get(address).content.decode()
    assert "A-1" not in office.get(f"/{desk.company.slug}/export/customers.csv").getvalue().decode()


def test_the_mapping_page_guesses_columns_and_shows_examples(office, desk):
    page = upload(office, desk, "Acct,Last Name,E-mail,Cell,Zip\nA-1,Calderon,rosa@example.com,9185550142,74104\n")

    held = choices(page)
    assert [held[f"c_{code}"] for code in ("account_number", "last_name", "email", "phone_mobile", "service_zip")] == [
        "Acct", "Last Name", "E-mail", "Cell", "Zip",
    ]  # fmt: skip
    assert "rosa@example.com" in page.content.decode()


def test_a_mapping_is_saved_by_name_and_used_again(office, desk, work):
    from alarmdesk.company.entering import inside

    page = upload(office, desk, "Nr,State now\nA-1,Gone\n")
    means = {"c_account_number": "Nr", "c_status": "State now", "v_status": "Gone = cancelled\nHere = active"}
    office.post(page.redirect_chain[-1][0], choices(page, **means, save_as="Old program"))
    office.post(page.redirect_chain[-1][0], choices(page, **means, save_as="old PROGRAM"))
    with inside(desk.company):
        saved = desk.company.mappings.get()

    again = upload(office, desk, "Nr,State now\nA-2,Here\n", mapping=str(saved.pk))

    held = choices(again)
    assert (held["c_account_number"], held["c_status"]) == ("Nr", "State now")
    assert sorted(held["v_status"].splitlines()) == ["Gone = cancelled", "Here = active"]


def test_a_mapping_without_an_account_number_is_refused_with_everything_kept(office, desk):
    page = upload(office, desk, "x,Mail\nA-1,rosa@example.com\n")
    answer = office.post(page.redirect_chain[-1][0], choices(page, c_email="Mail", k_term="Net 30"))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "No column gives the field “Account number”" in text
    assert 'value="Net 30"' in text


@pytest.mark.parametrize(("content", "said"), [(b"", "The file is empty."), ("a,b\n".encode("utf-16"), "UTF-16")])
def test_a_file_that_cannot_be_read_is_told_at_once(office, desk, content, said):
    assert said in upload(office, desk, content).content.decode()


def test_a_file_without_rows_stops_and_can_be_thrown_away(office, desk, work):
    from alarmdesk.company.entering import inside

    address = bring(office, desk, work, HEAD)
    assert "a header and no rows" in office.get(address).content.decode()

    office.post(f"{address}cancel/")
    with inside(desk.company):
        assert not desk.company.imports.exists()
        assert not desk.company.import_chunks.exists()


def test_the_progress_is_asked_for_until_the_work_is_over(office, desk, work):
    page = upload(office, desk, HEAD + row())
    address = page.redirect_chain[-1][0]
    office.post(address, choices(page))
    progress = f"{address.removesuffix('mapping/')}progress/"

    waiting = office.get(progress)
    assert (waiting.status_code, "Waiting for a free worker" in waiting.content.decode()) == (200, True)
    work()
    assert office.get(progress).status_code == 286


def test_an_undo_that_is_refused_names_the_account(office, desk, work):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice

    kept = desk.bring(HEAD + row("A-1"))
    with inside(desk.company):
        make_invoice(desk.company.customers.get())
    address = f"/{desk.company.slug}/imports/{kept.pk}/undo/"

    assert "A-1 (invoices)" in office.get(address).content.decode()
    answer = office.post(address)
    assert answer.status_code == 422
    assert desk.fresh(kept).state == "imported"


def test_a_neighbour_sees_and_takes_back_nothing(desk, rival, office):
    kept = rival.bring(HEAD + row("A-1"))

    for tail in ("", "mapping/", "progress/", "start/", "undo/", "cancel/", "continue/", "bad-rows.csv"):
        for slug in (desk.company.slug, rival.company.slug):
            for send in (office.get, office.post):
                assert send(f"/{slug}/imports/{kept.pk}/{tail}").status_code == 404
    assert office.get(f"/{rival.company.slug}/export/customers.csv").status_code == 404
    assert rival.fresh(kept).state == "imported"


def test_who_may_not_see_payments_cannot_export_them(desk):
    from django.test import Client

    from alarmdesk.company.testing import make_staff
    from alarmdesk.customers.permissions import customers, exports

    client = Client()
    client.force_login(make_staff(desk.company, exports.create, customers.view).user)

    assert client.get(f"/{desk.company.slug}/export/customers.csv").status_code == 200
    assert client.get(f"/{desk.company.slug}/export/payments.csv").status_code == 403
    assert client.get(f"/{desk.company.slug}/export/zebras.csv").status_code == 404
    page = client.get(f"/{desk.company.slug}/export/").content.decode()
    assert "Customers and leads" in page
    assert "Payments, refunds" not in page


def test_an_export_takes_a_span_of_days_from_the_address(office, desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice

    with inside(desk.company):
        make_invoice(sale_on=dt.date(2026, 3, 2))
    base = f"/{desk.company.slug}/export/invoices.csv"

    assert len(office.get(f"{base}?from=2026-03-02&to=2026-03-02").getvalue().splitlines()) == 2
    assert len(office.get(f"{base}?from=2026-03-03&to=").getvalue().splitlines()) == 1
    assert office.get(f"{base}?from=yesterday").status_code == 422
    backwards = office.get(f"{base}?from=2026-12-01&to=2026-01-01")
    assert backwards.status_code == 422
    assert "This day is before the first one." in backwards.content.decode()


def test_a_list_of_many_imports_asks_as_often_as_a_list_of_one(office, desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = f"/{desk.company.slug}/imports/"
    desk.bring(HEAD + row("B-0"))
    office.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        office.get(address)
    for n in range(1, 6):
        desk.bring(HEAD + row(f"B-{n}"))
    with CaptureQueriesContext(connection) as six:
        office.get(address)

    assert len(six) == len(one)
