"""Does a dealer's mail say what the dealer wrote, and nothing that it must not?"""

import pytest
from django.conf import settings
from django.core import mail
from django.utils.safestring import mark_safe

from alarmdesk.company.entering import inside
from alarmdesk.invoicing import letters
from alarmdesk.invoicing.mail import queue_invoice
from alarmdesk.invoicing.testing import make_furnished_company, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.catalogue import INVOICE, LETTERS
from alarmdesk.messaging.models import MailText
from alarmdesk.messaging.texts import Block, Link, Strong, Unwordable, Wording, check, ours, wording

from .conftest import NOW

FACTS = {
    "customer.name": "<b>Hollis & Vance</b>",
    "note": "",
    "lead": Strong("$5.00 is due."),
    "pay_link": Link("Pay online", "https://example.com/?a=1&b=2"),
    "document": Block("1 x Monitoring: $5.00", mark_safe("<table></table>")),
}


def written(body, subject="Invoice", **facts):
    return Wording(INVOICE, subject, body).write({**FACTS, **facts})


def test_values_are_put_in_as_text_and_lines_that_have_nothing_to_say_are_left_out():
    letter = written(
        "Hello {{customer.name}}, <i>\n{{ note }}\nThe note: {{ note }}.\n\n\n{{ lead }}\n\n"
        "{{ document }}\n{{ pay_link }}",
        subject="For {{ customer.name }}",
    )
    assert letter.subject == "For <b>Hollis & Vance</b>"
    assert letter.text == (
        "Hello <b>Hollis & Vance</b>, <i>\n\n$5.00 is due.\n\n1 x Monitoring: $5.00\n"
        "Pay online: https://example.com/?a=1&b=2\n"
    )
    assert letter.html == (
        "<p>Hello &lt;b&gt;Hollis &amp; Vance&lt;/b&gt;, &lt;i&gt;</p>\n<p><strong>$5.00 is due.</strong></p>\n"
        '<table></table>\n<p><a href="https://example.com/?a=1&amp;b=2">Pay online</a></p>'
    )


def test_a_value_is_never_read_as_a_placeholder():
    letter = written("{{ customer.name }}", **{"customer.name": "{{ pay_link }} {% now %}"})
    assert letter.text == "{{ pay_link }} {% now %}\n"


def test_without_a_link_its_line_is_gone():
    letter = written("Hello.\nPay here: {{ pay_link }}\nBye.", pay_link=Link("Pay online", ""))
    assert letter.text == "Hello.\nBye.\n"
    assert letter.html == "<p>Hello.<br>Bye.</p>"


@pytest.mark.parametrize(
    ("words", "is_subject", "said"),
    [
        ("{{ customer.phone }}", False, "There is no {{ customer.phone }} in this letter."),
        ("{{ settings.SECRET_KEY }}", False, "A placeholder is a name"),
        ("{{ customer.name|safe }}", False, "A placeholder is a name"),
        ("{{ customer.name }", False, "A placeholder is a name"),
        ("{{ customer.__class__ }}", False, "There is no {{ customer.__class__ }}"),
        ("{{ document }}", True, "cannot stand in a subject"),
        ("{{ pay_link }}", True, "cannot stand in a subject"),
        ("two\nlines", True, "A subject is one line."),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_the_reason(words, is_subject, said):
    with pytest.raises(Unwordable, match=said.replace("{", r"\{").replace(".", r"\.")):
        check(INVOICE, words, is_subject=is_subject)


@pytest.mark.parametrize("letter", LETTERS.values(), ids=list(LETTERS))
def test_our_own_words_pass_the_same_check_and_can_be_written(letter):
    check(letter, letter.subject, is_subject=True)
    check(letter, letter.body)
    sample = ours(letter).write(letter.samples)
    assert "{{" not in sample.subject + sample.text + sample.html
    assert "Dana Whitfield" in sample.text


def test_the_mail_that_leaves_has_the_dealers_words_name_and_address_for_answers(shop, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    texts = f"{shop.root}/settings/mail-texts/"
    shop.client.post(texts + "sender/", {"name": "Northgate Billing", "reply_to": "billing@example.com"})
    answer = shop.client.post(
        texts + "invoice/", {"subject": "{{ amount }}, please", "body": "Dear {{ customer.name }}:\r\n\r\n{{ lead }}"}
    )
    assert answer.status_code == 302
    with shop.inside():
        invoice = make_invoice(shop.dana)
        queue_invoice(invoice, to="dana@example.com", at=NOW)
    assert letters.deliver_all(shop.company, now=clock.now) == 1
    (sent,) = mail.outbox
    assert sent.subject == "$43.35, please"
    assert sent.body == "Dear Dana Whitfield:\n\n$43.35 is due by Jan 16, 2026.\n"
    assert sent.from_email.startswith('"Northgate Billing" <') or sent.from_email.startswith("Northgate Billing <")
    assert sent.reply_to == ["billing@example.com"]
    assert b"Your own" in shop.client.get(texts).content
    shop.client.post(texts + "invoice/standard/")
    with shop.inside():
        assert wording(INVOICE) == ours(INVOICE)


def test_a_preview_shows_the_typed_words_and_saves_nothing(shop):
    url = f"{shop.root}/settings/mail-texts/receipt/"
    typed = {"subject": "Got {{ amount }}", "body": "Thanks, {{ customer.name }}.", "preview": "1"}
    page = shop.client.post(url, typed)
    assert page.status_code == 200
    said = page.content.decode()
    assert "Got $54.07" in said
    assert "Thanks, Dana Whitfield." in said
    assert "Thanks, {{ customer.name }}." in said
    with shop.inside():
        assert not MailText.objects.exists()


def test_an_unknown_placeholder_stands_beside_the_field_and_the_text_is_kept(shop):
    url = f"{shop.root}/settings/mail-texts/receipt/"
    page = shop.client.post(url, {"subject": "Got it", "body": "Call {{ customer.phone }} {# no #}"})
    assert page.status_code == 422
    said = page.content.decode()
    assert "There is no {{ customer.phone }} in this letter." in said
    assert "Call {{ customer.phone }} {# no #}" in said
    assert shop.client.get(f"{shop.root}/settings/mail-texts/love/").status_code == 404


def test_the_second_of_two_windows_is_told_what_the_first_one_wrote(shop):
    url = f"{shop.root}/settings/mail-texts/quote/"
    version = shop.client.get(url).context["version"].token
    first = {"subject": "First", "body": "First", "version": version}
    assert shop.client.post(url, first).status_code == 302
    second = shop.client.post(url, {**first, "subject": "Second"})
    assert second.status_code == 422
    assert "First" in second.content.decode()
    with shop.inside():
        assert MailText.objects.get().subject == "First"
    again = {"subject": "Second", "body": "First", "version": second.context["version"].token}
    assert shop.client.post(url, again).status_code == 302
    with shop.inside():
        assert MailText.objects.get().subject == "Second"


def test_a_neighbours_words_are_its_own(shop):
    shop.client.post(f"{shop.root}/settings/mail-texts/invoice/", {"subject": "Ours", "body": "Ours"})
    with inside(make_furnished_company()):
        assert wording(INVOICE) == ours(INVOICE)


@pytest.mark.parametrize("name", ["Evil\r\nBcc: a@example.com", "<a@example.com>"])
def test_a_sender_that_no_header_can_carry_is_refused(shop, name):
    page = shop.client.post(f"{shop.root}/settings/mail-texts/sender/", {"name": name, "reply_to": ""})
    assert page.status_code == 422
