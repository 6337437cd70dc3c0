"""Does the office reach a customer by mail, in its own words, once (F25)?"""

from types import SimpleNamespace
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer
from alarmdesk.lib import clock
from alarmdesk.messaging.models import MailText, Message
from alarmdesk.messaging.permissions import messages
from alarmdesk.office import writing
from alarmdesk.office.testing import make_open_company, owner_of, signed_in


@pytest.fixture
def desk() -> Any:
    company = make_open_company()
    with inside(company):
        dana = make_customer(email="dana@example.com")
    rosa = owner_of(company)
    return SimpleNamespace(
        company=company, dana=dana, rosa=rosa, client=signed_in(rosa),
        list=f"/{company.slug}/customers/{dana.pk}/messages/", url=f"/{company.slug}/customers/{dana.pk}/messages/new/",
    )  # fmt: skip


def typed(desk: Any, **other: Any) -> dict[str, Any]:
    form = desk.client.get(desk.url).context["form"]
    return {**form.initial, **other}


def test_a_mail_begins_with_the_companys_words_and_leaves_with_what_was_typed(desk: Any, world: Any) -> None:
    with inside(desk.company):
        MailText.objects.create(letter="personal", subject="About your system", body="Dear {{ customer.name }},\n")
    said = typed(desk)
    assert (said["to"], said["subject"]) == ("dana@example.com", "About your system")
    assert said["text"].startswith(f"Dear {desk.dana.name},")
    said |= {"to": "dana.work@example.com", "text": "Dear Dana,\r\n\r\nthe keypad is in.\r\n\r\nRosa"}
    assert desk.client.post(desk.url, said).status_code == 302
    assert writing.deliver_all(desk.company, now=clock.now) == 1
    (mail,) = world.mail(to="dana.work@example.com")
    assert (mail["subject"], "the keypad is in." in mail["text"]) == ("About your system", True)
    with inside(desk.company):
        kept = Message.objects.get()
        assert (kept.by, kept.state) == (str(desk.rosa.user), Message.State.SENT)
        desk.dana.refresh_from_db()
        assert desk.dana.email == "dana@example.com"
    shown = desk.client.get(f"{desk.list}{kept.pk}/").content.decode()
    assert "the keypad is in." in shown


def test_two_presses_are_one_mail(desk: Any) -> None:
    said = typed(desk, text="Once.")
    for _ in range(2):
        assert desk.client.post(desk.url, said).status_code == 302
    with inside(desk.company):
        assert Message.objects.count() == 1


def test_other_words_from_the_same_form_are_not_lost(desk: Any) -> None:
    """Somebody went back, mended an amount and sent again."""
    said = typed(desk, text="It is $500.")
    desk.client.post(desk.url, said)
    again = desk.client.post(desk.url, said | {"text": "It is $50."})
    assert again.status_code == 422
    assert "in other words" in again.content.decode()
    assert "It is $50." in again.content.decode()
    anew = {**again.context["form"].data, "text": "It is $50."}
    assert desk.client.post(desk.url, anew).status_code == 302
    with inside(desk.company):
        assert list(Message.objects.order_by("pk").values_list("text", flat=True)) == ["It is $500.", "It is $50."]


@pytest.mark.parametrize("bad", [{"to": "nobody"}, {"text": "  \n "}, {"subject": "x" * 201}, {"token": "-1"}])
def test_what_cannot_be_sent_is_said_beside_its_field_and_kept(desk: Any, bad: dict[str, str]) -> None:
    answer = desk.client.post(desk.url, typed(desk, text="Words.") | bad)
    (field,) = bad
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    with inside(desk.company):
        assert not Message.objects.exists()


def test_who_may_only_read_has_no_button_and_no_way(desk: Any) -> None:
    sam = signed_in(make_staff(desk.company, customers.view, messages.view))
    assert b"Write a mail" not in sam.get(desk.list).content
    assert sam.get(desk.url).status_code == 403


def test_what_the_house_wrote_is_not_shown_word_for_word(desk: Any) -> None:
    """An invitation holds a link that signs its reader in."""
    with inside(desk.company):
        sent = Message.objects.create(
            customer=desk.dana, kind="invitation", to="dana@example.com", text="https://example.com/secret",
            queued_at=clock.now(), due_at=clock.now(),
        )  # fmt: skip
    assert b"example.com/secret" not in desk.client.get(f"{desk.list}{sent.pk}/").content
