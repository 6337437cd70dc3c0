"""Who is called and who is sent when the alarm goes off (F28)?"""

import datetime as dt
import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.customers import contacts as verbs
from alarmdesk.customers.agencies import AgencyInUse, AgencyTaken, delete_agency, pick_agency, serving
from alarmdesk.customers.contacts import ContactFacts, PhoneFacts
from alarmdesk.customers.models import Contact
from alarmdesk.customers.permissions import contacts, customers, history, leads
from alarmdesk.customers.testing import HOME, make_agency, make_contact, make_customer, make_lead
from alarmdesk.office.history import tell

NOON = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def names(customer) -> list[str]:
    return [row.name for row in verbs.call_list(customer)]


def typed(**fields):
    return {
        "name": "Mae Whitfield",
        "language": "en",
        "phones": "1",
        "phone-0-number": "",
        "phone-0-kind": "mobile",
        **fields,
    }


def test_f28_any_number_of_contacts_each_with_phones_rights_and_roles_the_new_ones_last(office):
    with inside(office.company):
        dana = make_customer()
    path = f"customers/{dana.pk}/contacts/"
    first = typed(may_cancel="on", is_key_holder="on", language="es", email="mae@example.com", relation="Mother")
    numbers = {
        "phones": "2",
        "phone-0-number": "918 555 0142",
        "phone-1-number": "918-555-0143",
        "phone-1-kind": "work",
    }
    assert office.post(f"{path}new/", first | numbers).status_code == 302
    for n in range(2, 26):
        assert office.post(f"{path}new/", typed(name=f"Neighbor {n}")).status_code == 302
    with inside(office.company):
        rows = list(verbs.call_list(dana))
        assert [row.position for row in rows] == list(range(1, 26))
        assert rows[-1].name == "Neighbor 25"
        mae = rows[0]
        assert [(phone.number, phone.kind) for phone in mae.phones.all()] == [
            ("+19185550142", "mobile"),
            ("+19185550143", "work"),
        ]
        assert (mae.rights, mae.is_key_holder, mae.is_duress) == (["Cancel"], True, False)
    shown = text_of(office.get(path))
    assert "Mae Whitfield Mother" in shown
    assert "(918) 555-0143 Work" in shown
    assert "Spanish" in shown
    assert "Contacts 25" in shown, "the tab counts them"


def test_what_is_wrong_stands_beside_its_box_and_what_was_typed_stays(office):
    with inside(office.company):
        dana = make_customer()
    wrong = {"name": "", "phone-0-number": "12", "email": "mae", "code": "maple"}
    answer = office.post(f"customers/{dana.pk}/contacts/new/", typed(**wrong))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "“12” has the wrong number of digits" in shown or "“12” is not a phone number" in shown
    assert 'value="mae"' in shown
    with inside(office.company):
        assert not dana.contacts.exists()


def test_another_number_is_asked_for_without_javascript_and_keeps_what_was_typed(office):
    with inside(office.company):
        dana = make_customer()
    sent = typed(add_phone="1", may_test="on", **{"phone-0-number": "918 555 0142"})
    answer = office.post(f"customers/{dana.pk}/contacts/new/", sent)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="phone-1-number"' in shown
    assert 'value="918 555 0142"' in shown
    assert re.search(r'name="may_test"[^>]*checked', shown)


def test_the_order_changes_by_arrows_and_every_place_is_taken_once(office):
    with inside(office.company):
        dana = make_customer()
        rows = [make_contact(dana, name) for name in ("Ann", "Bob", "Cy", "Di")]
    assert office.post(f"contacts/{rows[3].pk}/move/", {"place": "1"}).status_code == 302
    with inside(office.company):
        assert names(dana) == ["Di", "Ann", "Bob", "Cy"]
        assert verbs.move_contact(rows[3], 99) == 4
        assert verbs.move_contact(rows[1], 0) == 1
        assert names(dana) == ["Bob", "Ann", "Cy", "Di"]
        verbs.remove_contact(rows[0])
        assert [(row.name, row.position) for row in verbs.call_list(dana)] == [("Bob", 1), ("Cy", 2), ("Di", 3)]
    answer = office.post(f"contacts/{rows[3].pk}/move/", {"place": "no"})
    assert answer.status_code == 302, "nonsense moves nobody"
    with pytest.raises(IntegrityError), inside(office.company):  # at the commit
        Contact.objects.filter(pk=rows[3].pk).update(position=1)


def test_two_who_add_at_the_same_time_get_two_places(office):
    with inside(office.company):
        dana = make_customer()
    told: list[str] = []

    def add(name: str) -> None:
        try:
            with inside(office.company):
                make_contact(dana, name)
        except Exception as error:  # noqa: BLE001  the thread's own error must reach the test
            told.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(f"Neighbor {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == []
    with inside(office.company):
        assert sorted(row.position for row in dana.contacts.all()) == [1, 2, 3, 4, 5, 6]


def test_a_passcode_is_ciphertext_at_rest_and_masked_and_shown_with_a_grant_and_a_trace(office):
    with inside(office.company):
        dana = make_customer()
        mae = make_contact(dana, passcode="maple 42")
    with inside(office.company), connection.cursor() as cursor:
        cursor.execute("select passcode from customers_contact where id = %s", [mae.pk])
        assert "maple" not in cursor.fetchone()[0]
        cursor.execute("select count(*) from company_trailentry where new::text like '%%maple%%'")
        assert cursor.fetchone()[0] == 0
    seen = office.get(f"customers/{dana.pk}/contacts/").content.decode()
    assert "••••" in seen
    assert "maple" not in seen
    assert "maple" not in office.get(f"contacts/{mae.pk}/").content.decode(), "the form does not show it either"
    path = f"contacts/{mae.pk}/passcode/"
    assert "maple" not in office.get(path).content.decode(), "asking is not seeing"
    shown = office.post(path)
    assert "maple 42" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    with inside(office.company):
        mae.refresh_from_db()
        assert mae.passcode_shown_by == str(office.staff.user)
        (entry,) = TrailEntry.objects.filter(table="customers_contact", row_id=mae.pk, verb="update")
        (told,) = tell([entry])
        assert told.who == str(office.staff.user)
        assert {change.label for change in told.changes} == {"Passcode shown", "Passcode shown to"}
    other = office.colleague(contacts.view, contacts.modify, customers.view)
    assert other.post(path).status_code == 403
    assert f"{path}" not in other.get(f"customers/{dana.pk}/contacts/").content.decode()


def test_history_tells_that_a_passcode_became_another_and_neither_of_them(office):
    with inside(office.company):
        dana = make_customer()
        mae = make_contact(dana, passcode="maple")
        verbs.change_contact(mae, ContactFacts("Mae Whitfield"), phones=[PhoneFacts("9185550199")], passcode="birch")
    shown = text_of(office.get(f"customers/{dana.pk}/history/?what=customers_contact"))
    assert "Contact changed: Mae Whitfield" in shown
    assert "Passcode •••• → became •••• (another)" in shown
    assert "v1:" not in shown


def test_a_contact_that_is_saved_as_it_was_leaves_no_trace(office):
    with inside(office.company):
        dana = make_customer()
        mae = make_contact(dana, passcode="maple")
        before = TrailEntry.objects.filter(customer_id=dana.pk).count()
        same = [PhoneFacts("(918) 555-0199")]
        verbs.change_contact(mae, ContactFacts("Mae Whitfield"), phones=same, passcode="maple")
        verbs.change_contact(mae, ContactFacts("Mae Whitfield"), phones=same)
        assert TrailEntry.objects.filter(customer_id=dana.pk).count() == before
        assert verbs.show_passcode(mae, at=NOON, by="Rosa") == "maple"


def test_a_duress_code_is_needed_and_is_nobody_elses(office):
    with inside(office.company):
        dana = make_customer()
        make_contact(dana, "Ann", passcode="Maple")
        with pytest.raises(verbs.NoPasscode):
            make_contact(dana, "DISPATCH IMMEDIATELY", is_duress=True)
        with pytest.raises(verbs.PasscodeTaken):
            make_contact(dana, "DISPATCH IMMEDIATELY", is_duress=True, passcode="maple")
        make_contact(dana, "DISPATCH IMMEDIATELY", is_duress=True, passcode="thistle")
        make_contact(dana, "Bob", passcode="maple")
        with pytest.raises(verbs.PasscodeTaken):
            make_contact(dana, "Cy", passcode=" THISTLE ")
        with pytest.raises(IntegrityError), transaction.atomic():
            Contact.objects.filter(name="DISPATCH IMMEDIATELY").update(passcode={})
    answer = office.post(f"customers/{dana.pk}/contacts/new/", typed(name="Di", is_duress="on"))
    assert answer.status_code == 422
    assert "A duress contact needs a passcode" in answer.content.decode()


def test_who_may_see_leads_only_sees_the_call_list_of_a_lead_only(office):
    with inside(office.company):
        dana, lead = make_customer(), make_lead()
        mae = make_contact(dana)
    seller = office.colleague(contacts.view, contacts.modify, leads.view)
    assert seller.get(f"customers/{lead.pk}/contacts/").status_code == 200
    assert seller.get(f"customers/{dana.pk}/contacts/").status_code == 403
    assert seller.post(f"contacts/{mae.pk}/move/", {"place": "1"}).status_code == 403


def test_history_of_contacts_is_hidden_from_who_may_not_see_contacts(office):
    with inside(office.company):
        dana = make_customer()
        make_contact(dana)
    path = f"customers/{dana.pk}/history/"
    assert "Mae Whitfield" not in text_of(office.colleague(history.view, customers.view).get(path))
    assert "Mae Whitfield" in text_of(office.colleague(history.view, customers.view, contacts.view).get(path))


def test_f28_agencies_are_found_by_the_zip_of_the_service_address_and_picked_with_one_click(office):
    with inside(office.company):
        dana = make_customer(addresses=[HOME])
        make_agency("Bixby Fire", ("74008",), kind="fire")
        police, area = make_agency(), make_agency("EMSA", ("741",), kind="medical", phone="+19185550911")
        assert [agency.name for agency in serving(dana)] == ["EMSA", "Tulsa Police"]
    path = f"customers/{dana.pk}/contacts/"
    shown = text_of(office.get(path))
    assert "For ZIP code 74104" in shown
    assert "Bixby Fire" not in shown
    for agency in (police, area):
        assert office.post(f"customers/{dana.pk}/agencies/add/", {"agency": agency.pk}).status_code == 302
    shown = text_of(office.get(path))
    assert "For ZIP code" not in shown, "all of them are picked"
    again = office.post(f"customers/{dana.pk}/agencies/add/", {"agency": police.pk})
    assert again.status_code == 422
    with inside(office.company):
        row = dana.agencies.get(agency=police)
    permit = {"permit_number": "AL-7781", "permit_expires_on": "2020-01-31"}
    assert office.post(f"customers/agencies/{row.pk}/permit/", permit).status_code == 302
    shown = text_of(office.get(path))
    assert "AL-7781" in shown
    assert "Expired Jan 31, 2020" in shown


def test_the_directory_has_each_name_once_and_keeps_who_is_sent_somewhere(office):
    with inside(office.company):
        dana = make_customer()
        police = make_agency()
        with pytest.raises(AgencyTaken):
            make_agency("TULSA POLICE")
        make_agency("Tulsa Police", kind="fire")
        pick_agency(customer=dana, agency=police, at=NOON, by="Rosa")
        with pytest.raises(AgencyInUse):
            delete_agency(police)
    wrong = {"kind": "police", "name": "Bixby Police", "phone": "(918) 555-0101", "zips": "74008 7410"}
    answer = office.post("settings/agencies/new/", wrong)
    assert answer.status_code == 422
    assert "“7410” is not a ZIP code" in answer.content.decode()
    assert office.post("settings/agencies/new/", wrong | {"zips": "74008, 741\n74008"}).status_code == 302
    with inside(office.company):
        assert office.company.agencies.get(name="Bixby Police").zip_codes == ["74008", "741"]
    assert "Bixby Police" in text_of(office.get("settings/agencies/?q=74008"))
    assert "Bixby Police" not in text_of(office.get("settings/agencies/?q=73301"))


def test_a_lead_without_an_address_is_offered_no_agency(office):
    with inside(office.company):
        lead = make_lead(addresses=())
        make_agency()
    assert "Add a service address with its ZIP code" in text_of(office.get(f"customers/{lead.pk}/contacts/"))


def test_a_hundred_contacts_take_as_many_questions_as_ten(office, equally_many_questions):
    with inside(office.company):
        few, many = make_customer(), make_customer()
        for customer, count in ((few, 10), (many, 100)):
            for n in range(count):
                make_contact(customer, f"Neighbor {n}")
    equally_many_questions(office, f"customers/{few.pk}/contacts/", f"customers/{many.pk}/contacts/")
