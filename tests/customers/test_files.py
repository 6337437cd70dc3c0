"""Which files are kept on a customer, whole or not at all, and what can they do to us (F27)?"""

import datetime as dt
import os
import re
import resource
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.testing import make_bare_company, make_staff
from alarmdesk.customers import filing
from alarmdesk.customers.filing import clean_name, shown_size, told_by_content
from alarmdesk.customers.models import CustomerFile, FileQuota
from alarmdesk.customers.permissions import customers, files
from alarmdesk.customers.testing import make_customer, make_file
from alarmdesk.lib import clock
from alarmdesk.lib.shelf import UNFINISHED, Shelf
from tests.customers.desk import Office

NOON = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(document.cookie)</script></html>"


class Breaking(BytesIO):
    """The first pieces of an upload, then a connection that breaks."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


@pytest.fixture
def dana(office):
    with inside(office.company):
        return make_customer()


def upload(office, customer, name: str, content: bytes, **headers):
    path = f"/{office.company.slug}/customers/{customer.pk}/files/upload/?name={name}"
    return office.client.generic("POST", path, content, content_type="application/octet-stream", **headers)


def folder(company) -> Path:
    return Path(settings.STORAGES["files"]["OPTIONS"]["location"]) / str(company.pk)


def on_disk(company) -> list[Path]:
    return [path for path in folder(company).rglob("*") if path.is_file()]


def aside() -> set[str]:
    place = Path(settings.STORAGES["files"]["OPTIONS"]["location"]) / UNFINISHED
    return {path.name for path in place.glob("*")}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def served(office, file, verb: str = "download/"):
    """What the file's address leads to."""
    answer = office.get(f"files/{file.pk}/{verb}")
    assert answer.status_code == 302, answer.content[:200]
    return fetched(office, answer["Location"])


def fetched(office, address: str):
    """The answer of a signed address, read to its end: `body`."""
    answer = office.client.get(address)
    answer.body = answer.getvalue()
    answer.close()
    return answer


def test_f27_a_file_of_any_kind_is_kept_and_comes_back_byte_for_byte(office, dana):
    content = os.urandom(700_001)
    answer = upload(office, dana, "Panel%20photos.zip", content)
    assert (answer.status_code, answer.content.decode()) == (201, "Panel photos.zip is kept.")
    with inside(office.company):
        (kept,) = dana.files.all()
    assert (kept.size, kept.kept_by) == (700_001, str(office.staff.user))
    back = served(office, kept)
    assert back.body == content
    assert back["Content-Length"] == "700001"
    tab = text_of(office.get(f"customers/{dana.pk}/files/"))
    assert "Panel photos.zip" in tab
    assert "Files 1" in tab, "the tab counts them"
    assert "File added: Panel photos.zip" in text_of(office.get(f"customers/{dana.pk}/history/"))


def test_f27_several_come_at_once_without_javascript_and_one_that_is_refused_does_not_take_the_others_along(
    office, dana
):
    with inside(office.company):
        FileQuota.objects.create(most=100)
    sent = [SimpleUploadedFile("a.txt", b"a" * 40), SimpleUploadedFile("b.txt", b"b" * 90)]
    answer = office.post(f"customers/{dana.pk}/files/add/", {"files": [*sent, SimpleUploadedFile("c.txt", b"c")]})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "a.txt is kept." in shown
    assert "b.txt: There is room for 60 bytes more." in shown
    with inside(office.company):
        assert sorted(dana.files.values_list("name", flat=True)) == ["a.txt", "c.txt"]
    assert office.post(f"customers/{dana.pk}/files/add/", {}).status_code == 422
    assert "Choose a file first." in text_of(office.post(f"customers/{dana.pk}/files/add/", {}))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("logo.svg", SVG, "image/svg+xml"),
        ("page.html", HTML, "text/html"),
        ("photo.png.html", HTML, "text/html"),
        ("photo.png", HTML, "text/html"),
        ("photo.jpg", SVG, "image/svg+xml"),
        ("run.pdf.exe", b"MZ" + b"\0" * 90, "application/octet-stream"),
        ("note.txt", b"hello", "text/plain"),
        ("empty", b"", "application/octet-stream"),
    ],
)
def test_what_could_run_is_only_ever_downloaded_as_bytes_without_power(office, dana, name, content, kind):
    file = make_file(dana, content, name)
    for verb in ("download/", ""):
        answer = served(office, file, verb)
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer.body == content
    assert told_by_content(content[:4096]) == kind


@pytest.mark.parametrize(("content", "kind"), [(PNG, "image/png"), (PDF, "application/pdf")])
def test_a_picture_and_a_pdf_are_shown_whatever_they_are_called_and_cannot_do_anything(office, dana, content, kind):
    file = make_file(dana, content, "evil.html")
    page = office.get(f"files/{file.pk}/")
    assert page.status_code == 200
    found = re.search(r'(?:src|data)="([^"]+/files/[0-9]+/content/[^"]+)"', page.content.decode())
    assert found is not None
    answer = fetched(office, found[1])
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (kind, "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"].endswith("sandbox")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("Ünterlagen (2).pdf", "Ünterlagen (2).pdf"),
    ],
)
def test_a_name_says_nothing_of_folders_and_hides_nothing(typed, shown):
    assert clean_name(typed) == shown


def test_a_name_with_quotes_and_lines_cannot_write_headers_or_paths(office, dana):
    file = make_file(dana, b"x", '../"; evil="\r\nX-Evil: 1')
    answer = served(office, file)
    assert "X-Evil" not in answer
    assert "\n" not in answer["Content-Disposition"]
    (path,) = on_disk(office.company)
    assert re.fullmatch(r"[0-9a-f]{32}", path.name)
    assert path.parent.parent == folder(office.company)


def test_a_signed_address_is_for_one_person_and_runs_out(office, dana):
    file = make_file(dana)
    with clock.hold(NOON):
        address = office.get(f"files/{file.pk}/download/")["Location"]
    assert fetched(office, address).status_code == 200
    other = office.colleague(files.view, customers.view)
    assert other.client.get(address).status_code == 410, "it was signed for somebody else"
    assert served(other, file).status_code == 200
    assert office.client.get(address[:-3] + "x/").status_code == 410
    another = make_file(dana)
    assert office.client.get(address.replace(f"/{file.pk}/", f"/{another.pk}/")).status_code == 410
    blind = office.colleague(customers.view)
    assert blind.get(f"files/{file.pk}/download/").status_code == 403
    assert blind.client.get(address).status_code == 403


def test_an_address_of_yesterday_has_run_out(office, dana, monkeypatch):
    file = make_file(dana)
    address = office.get(f"files/{file.pk}/download/")["Location"]
    monkeypatch.setattr("alarmdesk.customers.serving.SECONDS", -1)
    answer = office.client.get(address)
    assert answer.status_code == 410
    assert "This address has run out." in answer.content.decode()


def test_a_neighbours_file_is_404_by_its_number_and_by_its_address(office, dana):
    file = make_file(dana)
    address = office.get(f"files/{file.pk}/download/")["Location"].rstrip("/").rpartition("/")[2]
    company = make_bare_company()
    rival = Office(company, make_staff(company, administrator=True))
    for path in (f"files/{file.pk}/", f"files/{file.pk}/download/", f"files/{file.pk}/content/{address}/"):
        assert rival.get(path).status_code == 404, path
    assert rival.post(f"files/{file.pk}/remove/").status_code == 404
    assert upload(rival, dana, "x", b"x").status_code == 404
    assert on_disk(company) == []


def test_what_does_not_arrive_whole_is_not_kept_and_leaves_nothing(office, dana):
    before = aside()
    for sent, said in ((b"half", 8), (b"more than said", 4)):
        with pytest.raises(filing.Interrupted):
            make_file(dana, sent, expected=said)
    with pytest.raises(ConnectionResetError):
        make_file(dana, b"x" * 900_000, source=Breaking(b"x" * 600_000))
    with inside(office.company):
        assert not CustomerFile.objects.exists()
    assert on_disk(office.company) == []
    assert aside() <= before


def test_a_disk_that_takes_no_more_is_told_in_words_and_nothing_is_half_kept(office, dana):
    before, (soft, hard) = aside(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))  # what is written beyond is refused, as by a full disk
    try:
        answer = upload(office, dana, "big.bin", b"x" * 3_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 413
    assert "The disk of this installation is full. Nothing was kept" in answer.content.decode()
    with inside(office.company):
        assert not CustomerFile.objects.exists()
    assert on_disk(office.company) == []
    assert aside() <= before
    assert upload(office, dana, "small.bin", b"x").status_code == 201


def test_the_quota_counts_what_everybody_keeps_and_says_how_much_is_left(office, dana):
    with inside(office.company):
        FileQuota.objects.create(most=2_500_000)
    assert upload(office, dana, "a.bin", b"x" * 1_000_000).status_code == 201
    refused = upload(office, dana, "b.bin", b"x" * 1_600_000)
    assert refused.status_code == 413
    assert "There is room for 1.5 MB more. Delete files, or ask for more room." in refused.content.decode()
    assert "1 MB of 2.5 MB are used" in text_of(office.get(f"customers/{dana.pk}/files/"))
    with pytest.raises(filing.NoRoom):  # who announces nothing is stopped on the way
        make_file(dana, b"x" * 1_600_000, expected=None)
    assert len(on_disk(office.company)) == 1


def test_a_file_is_deleted_put_back_and_after_thirty_days_erased(office, dana):
    file = make_file(dana)
    with clock.hold(NOON):
        shown = text_of(office.post(f"files/{file.pk}/remove/", follow=True))
    assert "plan.txt is deleted. It can be put back for 30 days." in shown
    assert "No files yet" in text_of(office.get(f"customers/{dana.pk}/files/"))
    assert "plan.txt" in text_of(office.get(f"customers/{dana.pk}/files/?deleted=1"))
    assert office.post(f"files/{file.pk}/back/").status_code == 302
    assert served(office, file).body == b"Plan"
    with clock.hold(NOON):
        office.post(f"files/{file.pk}/remove/")
    day = dt.timedelta(days=1)
    assert filing.sweep(office.company, at=NOON + 29 * day) == (0, 0)
    assert filing.sweep(office.company, at=NOON + 30 * day) == (1, 0)
    assert filing.sweep(office.company, at=NOON + 31 * day) == (0, 0)
    assert on_disk(office.company) == []
    assert office.post(f"files/{file.pk}/back/").status_code == 404
    shown = text_of(office.get(f"customers/{dana.pk}/history/?what=customers_customerfile"))
    assert "File changed: plan.txt" in shown
    assert "Erased" in shown


def test_bytes_that_no_row_knows_are_swept_away_a_day_later_and_kept_ones_are_not(office, dana):
    file = make_file(dana)
    place = filing.storage()
    assert isinstance(place, Shelf)
    orphan = f"{office.company.pk}/ab/{'ab' * 16}"
    place.save(orphan, filing.Incoming(BytesIO(b"left behind"), expected=None, most=100))
    now = dt.datetime.now(dt.UTC)
    assert filing.sweep(office.company, at=now) == (0, 0), "an upload may still be on its way to its row"
    assert filing.sweep(office.company, at=now + dt.timedelta(days=2)) == (0, 1)
    assert [path.name for path in on_disk(office.company)] == [file.key.rpartition("/")[2]]
    unfinished = Path(place.path(UNFINISHED)) / f"dead-{office.company.pk}"
    unfinished.write_bytes(b"half")
    os.utime(unfinished, (0, 0))
    assert place.forget_unfinished(now - dt.timedelta(days=1)) >= 1
    assert not unfinished.exists()


def test_who_leaves_between_the_bytes_and_the_row_leaves_nothing(office, dana):
    with inside(office.company):
        gone = make_customer()
        pk = gone.pk
        gone.search_entries.all().delete()
        gone.addresses.all().delete()
        gone.phones.all().delete()

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with inside(office.company):  # somebody removes the customer while the file is under way
                office.company.customers.filter(pk=pk).delete()
            return super().read(size)

    with pytest.raises(gone.DoesNotExist):
        filing.keep_file(office.company, pk, name="x", source=Slow(b"x"), expected=1, at=NOON, actor=SYSTEM)
    assert on_disk(office.company) == []


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500_000, "1.5 MB"), (2 * 10**9, "2 GB"), (5 * 10**12, "5,000 GB")],
)
def test_sizes_are_told_as_disks_are_sold(size, words):
    assert shown_size(size) == words


def test_fifty_files_take_as_many_questions_as_ten(office, equally_many_questions):
    with inside(office.company):
        few, many = make_customer(), make_customer()
    for customer, count in ((few, 10), (many, 50)):
        for n in range(count):
            make_file(customer, b"x", f"{n}.txt")
    equally_many_questions(office, f"customers/{few.pk}/files/", f"customers/{many.pk}/files/")
