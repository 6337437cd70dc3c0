"""The adverse action letter: everything that the law asks for is in it, it is dated and kept, mailed or printed."""

import datetime as dt
import io

import pytest
from django.db import DatabaseError
from pypdf import PdfReader

from alarmdesk.credit.inquiring import forget
from alarmdesk.credit.letters import deliver_all
from alarmdesk.credit.models import AdverseLetter
from alarmdesk.credit.testing import make_letter, make_report
from alarmdesk.lib import clock
from tests.credit.forms import sheet

DEPOSIT = "We ask for a deposit before we install."


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def report_of(shop, **fields) -> str:
    """Run a check; the address of its report."""
    return shop.client.post(f"{shop.tab}run/", sheet(shop.equifax, **fields))["Location"]


def test_the_letter_says_all_that_the_law_asks_for(shop):
    page = report_of(shop, street="512 Score St")
    made = shop.client.post(f"{page}decline/", {"decision": DEPOSIT, "way": "print"})
    assert made["Location"] == page
    with shop.inside():
        letter = AdverseLetter.objects.get()
    answer = shop.client.get(f"{shop.tab}letters/{letter.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    words = words_of(answer.content)
    for said in (
        "Dana Whitfield", "2210 E 15th St", "Nov 21, 2026", DEPOSIT, "Equifax Information Services LLC",
        "P.O. Box 740241, Atlanta, GA 30374", "Toll-free: (800) 685-1111",
        "did not make this decision and cannot tell you why it was made",
        "free copy of your report from Equifax Information Services LLC, if you ask for it within 60 days",
        "right to dispute", "Your credit score 512", "300 to 850", "Too many inquiries in the last 12 months",
    ):  # fmt: skip
        assert said in words, said
    assert "lawyer" not in words
    assert answer.content == shop.client.get(f"{shop.tab}letters/{letter.pk}/pdf/").content
    assert DEPOSIT in shop.client.get(page).content.decode()


def test_a_letter_about_somebody_who_was_not_found_has_no_score_in_it(shop):
    page = report_of(shop, last_name="Nofile")
    shop.client.post(f"{page}decline/", {"decision": DEPOSIT, "way": "print"})
    with shop.inside():
        letter = AdverseLetter.objects.get()
    words = words_of(shop.client.get(f"{shop.tab}letters/{letter.pk}/pdf/").content)
    assert "credit score" not in words
    assert "within 60 days" in words


def test_the_letter_goes_by_mail_with_the_pdf_and_the_mail_itself_tells_no_score(shop):
    page = report_of(shop, street="512 Score St")
    shop.client.post(f"{page}decline/", {"decision": DEPOSIT, "way": "email", "to": "dana@letters.example"})
    assert deliver_all(shop.company, now=clock.now) == 1
    (mail,) = shop.world.mail("dana@letters.example")
    assert mail["subject"] == f"A notice from {shop.company.name}"
    assert "512" not in str(mail["text"])
    assert "notice-2026-11-21" in str(mail)
    assert "dana@letters.example" in shop.client.get(page).content.decode()


def test_a_letter_that_was_printed_can_be_mailed_later_and_again(shop):
    with shop.inside():
        letter = make_letter(make_report(shop.dana, shop.transunion, 512))
    for _ in range(2):
        answer = shop.client.post(f"{shop.tab}letters/{letter.pk}/mail/", {"to": "dana@again.example"})
        assert answer.status_code == 302
        assert deliver_all(shop.company, now=clock.now) == 1
    assert len(shop.world.mail("dana@again.example")) == 2


def test_a_letter_never_changes_and_outlives_what_the_bureau_said(shop):
    page = report_of(shop, street="512 Score St")
    shop.client.post(f"{page}decline/", {"decision": DEPOSIT, "way": "print"})
    with shop.inside():
        letter = AdverseLetter.objects.get()
    before = shop.client.get(f"{shop.tab}letters/{letter.pk}/pdf/").content
    with pytest.raises(DatabaseError), shop.inside():
        AdverseLetter.objects.update(decision="We changed our mind.")
    with pytest.raises(DatabaseError), shop.inside():
        letter.delete()
    forget(shop.company, at=shop.now + dt.timedelta(days=61))
    assert shop.client.get(f"{shop.tab}letters/{letter.pk}/pdf/").content == before
    late = shop.client.post(f"{page}decline/", {"decision": DEPOSIT, "way": "print"})
    assert "is no longer kept" in late.content.decode()


def test_no_letter_is_made_of_what_no_bureau_answered(shop):
    said = {"source": "Experian by phone", "first_name": "Dana", "last_name": "Whitfield", "score": "540"}
    shop.client.post(f"{shop.tab}enter/", said)
    shop.world.fault("drop_after", path="equifax", times=1)
    report_of(shop)
    with shop.inside():
        ids = list(shop.dana.credit_reports.values_list("pk", flat=True))
    for pk in ids:
        answer = shop.client.post(f"{shop.tab}{pk}/decline/", {"decision": DEPOSIT, "way": "print"})
        assert answer.status_code == 422
    with shop.inside():
        assert not AdverseLetter.objects.exists()


def test_a_mail_needs_an_address_and_a_decision_its_sentence(shop):
    page = report_of(shop, street="512 Score St")
    answer = shop.client.post(f"{page}decline/", {"decision": "", "way": "email", "to": ""})
    assert answer.status_code == 422
    assert "Write where the letter goes." in answer.content.decode()
