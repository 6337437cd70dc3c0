"""What is remembered of a customer, and who does something about it (F24)?"""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import mail

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.customers import ticketing
from alarmdesk.customers.models import Note, Ticket, TicketFilter
from alarmdesk.customers.permissions import customers, history, leads, notes, tickets
from alarmdesk.customers.testing import make_customer, make_lead, make_note, make_ticket
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.office.testing import make_open_company, office_of, owner_of, signed_in
from alarmdesk.office.ticketing.letters import deliver_all

NOON = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def shop():
    company = make_open_company()
    rosa = owner_of(company)
    sam = make_staff(company, customers.view, tickets.view, tickets.modify, notes.view, name="Sam Okoro")
    with inside(company):
        dana = make_customer()
    with clock.hold(NOON):
        yield SimpleNamespace(
            company=company, rosa=rosa, sam=sam, dana=dana, client=signed_in(rosa), root=f"/{company.slug}",
            tab=f"/{company.slug}/customers/{dana.pk}/notes/",
        )  # fmt: skip


def told(shop) -> list[tuple[str, str]]:
    with inside(shop.company):
        return list(Message.objects.filter(kind="ticket").order_by("pk").values_list("to", "subject"))


def test_f24_a_note_is_kept_and_becomes_a_ticket_of_a_colleague_who_hears_of_it(shop, monkeypatch):
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    answer = shop.client.post(f"{shop.tab}new/", {"text": "  Beeps at night.\nSee https://example.com/beep \n"})
    assert answer.status_code == 302
    with inside(shop.company):
        note = Note.objects.get()
        assert note.text == "Beeps at night.\nSee https://example.com/beep"
        assert note.written_by == str(shop.rosa.user)
    sent = {"assignee": shop.sam.user_id, "due_on": "2026-11-20", "priority": "1"}
    answer = shop.client.post(f"{shop.root}/notes/{note.pk}/ticket/", sent, follow=True)
    assert "Ticket 1 is opened. Sam Okoro is told by mail." in text_of(answer)
    shown = answer.content.decode()
    assert '<a href="https://example.com/beep" rel="nofollow">' in shown
    for word in ("Ticket 1", "High priority", "Overdue", "Sam Okoro · due Nov 20, 2026"):
        assert word in text_of(answer), word
    assert told(shop) == [(shop.sam.user.email, "Ticket 1: Beeps at night.")]
    assert deliver_all(shop.company, now=clock.now) == 1
    (letter,) = mail.outbox
    assert letter.to == [shop.sam.user.email]
    assert f"{shop.root}/tickets/" in letter.body
    assert "Dana Whitfield (C-10001): due Nov 20, 2026, High priority" in letter.body
    again = shop.client.post(f"{shop.root}/notes/{note.pk}/ticket/", sent)
    assert again.status_code == 422, "a note is one ticket"


def test_f24_who_takes_a_ticket_themselves_gets_no_mail(shop):
    sent = {"text": "Call back", "is_ticket": "on", "assignee": shop.rosa.user_id, "priority": "2"}
    assert shop.client.post(f"{shop.tab}new/", sent).status_code == 302
    with inside(shop.company):
        assert Ticket.objects.get().assignee == shop.rosa.user
    assert told(shop) == []
    assert "Call back" in text_of(shop.client.get(f"{shop.root}/tickets/mine/"))
    assert "Call back" not in text_of(signed_in(shop.sam).get(f"{shop.root}/tickets/mine/"))


@pytest.mark.parametrize("text", ["", " \n ", "x" * 8001])
def test_a_note_without_words_or_with_too_many_is_not_kept_and_what_was_typed_stays(shop, text):
    answer = shop.client.post(f"{shop.tab}new/", {"text": text, "is_ticket": "on", "priority": "1"})
    assert answer.status_code == 422
    with inside(shop.company):
        assert (Note.objects.count(), Ticket.objects.count()) == (0, 0)
    if text.strip():
        assert text in answer.content.decode()


def test_what_somebody_writes_is_text_and_only_real_links_can_be_clicked(shop):
    evil = '<script>alert(1)</script> javascript:alert(2) "onmouseover="x http://a.example/"onclick="y'
    with inside(shop.company):
        ticket = make_ticket(shop.dana, evil)
        ticketing.comment(ticket, evil, at=NOON, by="Rosa")
    for path in (shop.tab, f"{shop.root}/tickets/{ticket.pk}/"):
        seen = shop.client.get(path).content.decode()
        assert "<script>alert" not in seen
        assert 'href="javascript' not in seen
        assert not re.search(r"<a [^>]*\son(click|mouseover)=", seen)


def test_waiting_and_done_are_facts_with_day_and_author_and_can_be_taken_back(shop):
    with inside(shop.company):
        ticket = make_ticket(shop.dana, assignee=shop.sam.user)
    path = f"{shop.root}/tickets/{ticket.pk}"
    assert "waits" in text_of(shop.client.post(f"{path}/wait/", follow=True))
    with inside(shop.company):
        ticket.refresh_from_db()
        assert (ticket.state, ticket.waiting_at, ticket.waiting_by) == ("waiting", NOON, str(shop.rosa.user))
    assert "Ticket 1 is waiting already." in text_of(shop.client.post(f"{path}/wait/", follow=True))
    assert "is done" in text_of(shop.client.post(f"{path}/close/", follow=True))
    assert "Ticket 1 is done already." in text_of(shop.client.post(f"{path}/close/", follow=True))
    with inside(shop.company):
        ticket.refresh_from_db()
        assert (ticket.state, ticket.done_by, ticket.waiting_at) == ("done", str(shop.rosa.user), None)
    assert "is open again" in text_of(shop.client.post(f"{path}/reopen/", follow=True))
    assert shop.client.get(f"{path}/reopen/").status_code == 405
    shown = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/history/?what=customers_ticket"))
    assert "Ticket 1 changed" in shown
    assert "Done by" in shown


def test_colleagues_talk_on_a_ticket(shop):
    with inside(shop.company):
        ticket = make_ticket(shop.dana)
    sam = signed_in(shop.sam)
    assert sam.post(f"{shop.root}/tickets/{ticket.pk}/comment/", {"text": "Left a voice mail."}).status_code == 302
    assert sam.post(f"{shop.root}/tickets/{ticket.pk}/comment/", {"text": " "}).status_code == 422
    shown = text_of(shop.client.get(f"{shop.root}/tickets/{ticket.pk}/"))
    assert "Sam Okoro" in shown
    assert "Left a voice mail." in shown
    assert "1 comment" in text_of(shop.client.get(shop.tab))


def titles(client, path: str) -> list[str]:
    return re.findall(r'class="main"><a href="[^"]+">([^<]+)</a>', client.get(path).content.decode())


def test_the_queue_is_filtered_in_the_address_and_what_is_due_first_stands_first(shop):
    with inside(shop.company):
        due = {"Late": NOON.date() - dt.timedelta(1), "Soon": NOON.date(), "Later": NOON.date() + dt.timedelta(9)}
        made = {name: make_ticket(shop.dana, name, due_on=on) for name, on in due.items()}
        made["Whenever"] = make_ticket(shop.dana, "Whenever", priority=1, assignee=shop.sam.user)
        made["Gone"] = make_ticket(make_lead(), "Gone")
        ticketing.close_tickets([made["Gone"]], at=NOON, by="Rosa")
        ticketing.let_wait(made["Later"], at=NOON, by="Rosa")
    queue = f"{shop.root}/tickets/"
    assert titles(shop.client, queue) == ["Late", "Soon", "Later", "Whenever"]
    assert titles(shop.client, f"{queue}?show=overdue") == ["Late"]
    assert titles(shop.client, f"{queue}?state=waiting") == ["Later"]
    assert titles(shop.client, f"{queue}?state=done") == ["Gone"]
    assert titles(shop.client, f"{queue}?priority=1") == ["Whenever"]
    assert titles(shop.client, f"{queue}?assignee={shop.sam.user_id}") == ["Whenever"]
    assert titles(shop.client, f"{queue}?q=whit&show=nobody") == ["Late", "Soon", "Later"]
    assert titles(shop.client, f"{queue}?q=%23{made['Soon'].number}") == ["Soon"]
    assert titles(shop.client, f"{queue}?state=nonsense&priority=99&assignee=x") == titles(shop.client, queue)
    assert titles(signed_in(shop.sam), f"{queue}?state=all") == ["Late", "Soon", "Later", "Whenever"], "no leads"
    page = text_of(shop.client.get(queue))
    assert "My tickets 1" in text_of(signed_in(shop.sam).get(queue))
    assert "Ticket queue 3" in page, "what is for nobody is counted"


def test_many_are_given_and_closed_at_once_and_it_is_said_which_were_left(shop):
    with inside(shop.company):
        one, two, three = (make_ticket(shop.dana, name) for name in ("One", "Two", "Three"))
        ticketing.close_tickets([three], at=NOON, by="Rosa")
    ids = [one.pk, two.pk, three.pk]
    assert "3 tickets." in text_of(shop.client.get(f"{shop.root}/tickets/assign/", {"ids": ids}))
    sent = {"ids": ids, "assignee": shop.sam.user_id, "priority": "1"}
    shown = text_of(shop.client.post(f"{shop.root}/tickets/assign/", sent, follow=True))
    assert "2 tickets changed. Left as they were: Ticket 3 (done). Sam Okoro is told by mail." in shown
    assert told(shop) == [(shop.sam.user.email, "2 tickets for you")], "one mail for all of them"
    nothing = shop.client.post(f"{shop.root}/tickets/assign/", {"ids": ids})
    assert nothing.status_code == 422
    shown = text_of(shop.client.post(f"{shop.root}/tickets/close/", {"ids": ids}, follow=True))
    assert "2 tickets closed. Left as they were: Ticket 3 (done)." in shown


def test_all_that_match_are_those_of_the_queue_that_one_looks_at(shop):
    with inside(shop.company):
        for n in range(60):
            make_ticket(shop.dana, f"Keypad {n}", assignee=shop.rosa.user if n < 55 else None)
    page = shop.client.get(f"{shop.root}/tickets/mine/?q=keypad").content.decode()
    matching = re.search(r'name="matching" value="([^"]+)"', page)
    assert matching is not None
    sent = {"all": "1", "matching": matching[1].replace("&amp;", "&")}
    shown = text_of(shop.client.post(f"{shop.root}/tickets/mine/close/", sent, follow=True))
    assert "55 tickets closed." in shown


def test_filters_are_kept_for_oneself_or_for_the_team(shop):
    save = f"{shop.root}/tickets/filters/save/"
    asked = shop.client.get(f"{save}?state=waiting&priority=1&page=3&evil=1").content.decode()
    assert 'name="query" value="state=waiting&amp;priority=1"' in asked
    for name, team in (("Stuck", {}), ("Ours", {"is_team": "on"})):
        sent = {"name": name, "query": "state=waiting&evil=1", **team}
        assert shop.client.post(save, sent).status_code == 302
    again = shop.client.post(save, {"name": "ours", "query": "", "is_team": "on"})
    assert "There is a filter “ours” already." in again.content.decode()
    assert shop.client.post(save, {"name": "Ours", "query": ""}).status_code == 302, "one's own may be called that too"
    seen = shop.client.get(f"{shop.root}/tickets/?state=waiting").content.decode()
    assert re.search(r'href="\?state=waiting" aria-current="true">.*?Stuck', seen, re.DOTALL)
    sams = signed_in(shop.sam).get(f"{shop.root}/tickets/").content.decode()
    assert "Ours" in sams
    assert "Stuck" not in sams
    with inside(shop.company):
        mine = TicketFilter.objects.get(name="Stuck")
    assert signed_in(shop.sam).post(f"{shop.root}/tickets/filters/{mine.pk}/delete/").status_code == 404
    assert shop.client.post(f"{shop.root}/tickets/filters/{mine.pk}/delete/").status_code == 302


def test_a_note_is_changed_and_taken_away_and_history_keeps_it_but_a_ticket_stays(shop):
    with inside(shop.company):
        note, ticket = make_note(shop.dana, "Dog bites"), make_ticket(shop.dana)
    assert shop.client.post(f"{shop.root}/notes/{note.pk}/", {"text": "Dog is friendly"}).status_code == 302
    assert shop.client.post(f"{shop.root}/notes/{note.pk}/remove/").status_code == 302
    refused = shop.client.post(f"{shop.root}/notes/{ticket.note_id}/remove/")
    assert refused.status_code == 422
    assert "This note is a ticket. Close the ticket instead." in text_of(refused)
    shown = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/history/?what=customers_note"))
    assert "Dog bites → became Dog is friendly" in shown
    assert "Note removed" in shown


def test_who_may_not_see_tickets_sees_notes_without_them_and_no_trace_in_history(shop):
    with inside(shop.company):
        make_ticket(shop.dana, "Call back", assignee=shop.sam.user)
    nora = office_of(shop.company, customers.view, notes.view, history.view)
    shown = text_of(nora.get(shop.tab))
    assert "Call back" in shown
    assert "Ticket 1" not in shown
    assert "Ticket 1" not in text_of(nora.get(f"{shop.root}/customers/{shop.dana.pk}/history/"))
    assert nora.get(f"{shop.root}/tickets/").status_code == 403
    seller = office_of(shop.company, leads.view, notes.view, tickets.view)
    assert seller.get(shop.tab).status_code == 403


def test_thirty_notes_take_as_many_questions_as_ten_and_older_ones_follow(shop, questions):
    with inside(shop.company):
        theo = make_customer()
        for customer, count in ((shop.dana, 10), (theo, 40)):
            for n in range(count):
                make_ticket(customer, f"Note {n}", assignee=shop.sam.user)
    many = f"{shop.root}/customers/{theo.pk}/notes/"
    few, lots = questions(shop.client, shop.tab), questions(shop.client, many)
    assert lots <= few
    older = re.search(r'href="(\?before=\d+)"', shop.client.get(many).content.decode())
    assert older is not None
    assert "Note 9 " in text_of(shop.client.get(many + older[1]))
