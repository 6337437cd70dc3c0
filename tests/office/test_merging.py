"""Two records of one customer become one: does everything follow, and does nothing else ever change hands?"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import Model, UniqueConstraint
from tests.architecture.shop import DAY, Shop, full_shop

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run, TrailEntry
from alarmdesk.company.testing import OPENED
from alarmdesk.company.walls import Link
from alarmdesk.credit.actions import apply_score
from alarmdesk.credit.testing import make_report
from alarmdesk.customers import merging, search
from alarmdesk.customers.actions import AddressData, PhoneData, change_customer
from alarmdesk.customers.agencies import pick_agency
from alarmdesk.customers.contacts import call_list
from alarmdesk.customers.models import (
    Address,
    Customer,
    Opportunity,
    Phone,
    SearchEntry,
    Tagging,
)
from alarmdesk.customers.permissions import duplicates
from alarmdesk.customers.pipeline import begin
from alarmdesk.customers.testing import make_contact, make_customer, make_lead, make_note, make_tagging
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.models import CustomerTax, Invoice, Printout
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.monitoring.testing import make_system
from alarmdesk.office.activity import trail_of
from alarmdesk.office.history import tell
from alarmdesk.office.merging import colliding, moving
from alarmdesk.office.merging.moving import Changed, links
from alarmdesk.office.merging.refusing import CannotMerge
from alarmdesk.office.testing import make_merge as merge
from alarmdesk.office.testing import make_open_company
from alarmdesk.payments.models import Attempt, BillingMethod, Promise
from alarmdesk.payments.statements import Period, make_statements
from alarmdesk.portal.models import AccountHolder
from alarmdesk.portal.testing import make_holder

# the record's own face: customers/merging.py says what becomes of these
FACE = {Address, Phone, SearchEntry}
MERGE = duplicates.may("merge")


@pytest.fixture
def shop() -> Shop:
    """A company with a row of everything, most of it hanging on one customer; no run is under way."""
    shop = full_shop()
    with inside(shop.company):
        Run.objects.update(state=Run.State.FINISHED)
        Printout.objects.update(customer=shop["customer"])
        begin([shop["customer"].pk], expected=[Decimal("39.95")], at=OPENED)
    return shop


@pytest.fixture
def company() -> Company:
    return make_open_company()


def links_of_all_rooms() -> Iterator[tuple[type[Model], str]]:
    """Found by looking at every model of the house, not by asking what the merge asks."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, Link) and field.remote_field.model is Customer:
                yield model, field.name


# --- everything moves


def test_every_table_with_a_link_to_a_customer_is_moved_or_is_the_records_own_face():
    walked = {(each.model, each.link) for each in links()}
    there = set(links_of_all_rooms())
    assert there - walked == {(model, "customer") for model in FACE}
    assert walked <= there


def test_every_row_of_every_room_moves_and_the_record_is_gone(shop: Shop):
    with inside(shop.company):
        gone, kept = shop["customer"], make_customer(account_number="KEPT", phones=(PhoneData("918 555 0111"),))
        had: dict[tuple[type[Model], str], set[int]] = {}
        for model, link in links_of_all_rooms():
            had[model, link] = set(model._default_manager.filter(**{link: gone}).values_list("pk", flat=True))
        assert [model.__name__ for (model, _), ids in had.items() if not ids] == [], "the shop lacks these"
        told, books = moving.hanging_on(gone), {str(each) for each in differences()}
        made = merge(kept, gone)
        assert {str(each) for each in differences()} <= books
        for (model, link), ids in had.items():
            rows = model._default_manager
            assert not rows.filter(**{link: gone.pk}).exists(), model.__name__
            if model not in FACE:
                assert ids <= set(rows.filter(**{link: kept.pk}).values_list("pk", flat=True)), model.__name__
        assert not Customer.objects.filter(pk=gone.pk).exists()
        assert made.moved == told
        assert told["invoices"] == len(had[Invoice, "customer"])
        assert list(search.differences()) == []


def test_what_moved_is_still_what_it_was(shop: Shop):
    with inside(shop.company):
        gone, kept = shop["customer"], make_customer(account_number="KEPT", first_name="Dora")
        face = ("pk", "bill_to", "total", "paid")
        before = list(Invoice.objects.filter(customer=gone).order_by("pk").values_list(*face))
        merge(kept, gone)
        assert list(Invoice.objects.filter(customer=kept).order_by("pk").values_list(*face)) == before
        assert before[0][1]["name"] == "Dana Whitfield"


# --- and nothing changes hands in any other way


@pytest.mark.parametrize("noun", ["invoice", "creditreport", "statement", "quoteanswer"])
def test_a_row_that_never_changes_gets_another_customer_by_a_merge_alone(shop: Shop, noun: str):
    with inside(shop.company):
        other, row = make_customer(account_number="OTHER"), shop[noun]
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(customer=other)
        # a merge of two others opens no door
        third = make_customer(account_number="THIRD")
        merge(other, third)
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(customer=other)
        assert type(row).objects.get(pk=row.pk).customer_id == row.customer_id


@pytest.mark.parametrize("noun", ["statement", "quoteanswer"])
def test_what_was_a_ledger_is_one_still(shop: Shop, noun: str):
    row = shop[noun]
    with inside(shop.company):
        for change in ({"company": shop.company.pk + 1}, {"id": row.pk + 1}):
            with pytest.raises(DatabaseError), transaction.atomic():
                type(row).objects.filter(pk=row.pk).update(**change)
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete("default")


# --- where both have what there is once


def test_every_unique_key_with_a_customer_in_it_has_a_rule():
    keys = {
        constraint.name
        for model, link in links_of_all_rooms()
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint) and link in constraint.fields
    }
    assert keys == set(colliding.RULES)
    assert {clash.constraint.name for clash in colliding.clashes()} == keys


@pytest.fixture
def twins(shop: Shop) -> tuple[Customer, Customer]:
    """Two customers who both have one of everything that a customer has once; the second is the shop's."""
    with inside(shop.company):
        gone, kept = shop["customer"], make_customer(account_number="KEPT")
        make_tagging(kept, shop["tag"].name)
        make_tagging(kept, "Only here")
        pick_agency(customer=kept, agency=shop["agency"], at=OPENED, by="Rosa")
        make_contact(kept, "Ann Vance")
        make_contact(gone, "Bob Sato")
        CustomerTax.objects.create(customer=kept, rate=Decimal("7.25"))
        begin([kept.pk], expected=[Decimal("55.00")], at=OPENED)
        method = BillingMethod.objects.get(customer=gone, is_default=True)
        method.pk, method.customer = None, kept
        method.save(force_insert=True)
        Promise.objects.create(customer=kept, until=DAY, made_at=OPENED, made_by="Rosa")
        holder = AccountHolder.objects.get(customer=gone)
        make_holder(kept, holder.user, email=holder.email)
        period, run = Period("open_item", DAY.replace(day=1), DAY), shop["statementrun"]
        make_statements([kept], period, today=DAY, at=OPENED, run=run)
        for one in (gone, kept):
            apply_score(make_report(one, shop["bureau"]), at=OPENED)
    return kept, gone


def test_what_both_have_once_is_had_once(shop: Shop, twins: tuple[Customer, Customer]):
    kept, gone = twins
    with inside(shop.company):
        methods = {one.pk: one.is_default for one in kept.billing_methods.all()}
        said = moving.notes(kept, gone)
        merge(kept, gone)
        assert len(said) == 8, said
        assert sorted(row.tag.name for row in Tagging.objects.filter(customer=kept)) == ["Only here", "VIP"]
        assert kept.agencies.count() == 1
        assert [row.rate for row in CustomerTax.objects.filter(customer=kept)] == [Decimal("7.2500")]
        assert [row.expected_mmr for row in Opportunity.objects.filter(customer=kept)] == [Decimal("55.00")]
        now = {one.pk: one.is_default for one in kept.billing_methods.all()}
        assert [pk for pk, is_default in now.items() if is_default] == [pk for pk, was in methods.items() if was]
        assert [row.until for row in kept.promises.filter(ended_at=None)] == [DAY]
        assert kept.promises.count() == 2
        assert kept.account_holders.filter(ended_at=None).count() == 1
        assert kept.credit_reports.exclude(applied_at=None).count() == 1


def test_contacts_of_the_other_are_called_after_those_of_the_kept(shop: Shop, twins: tuple[Customer, Customer]):
    kept, gone = twins
    with inside(shop.company):
        merge(kept, gone)
        assert [one.name for one in call_list(kept)] == ["Ann Vance", "Mae Whitfield", "Bob Sato"]


def test_statements_of_one_run_say_for_which_record_they_were_made(shop: Shop, twins: tuple[Customer, Customer]):
    kept, gone = twins
    with inside(shop.company):
        merge(kept, gone)
        made = sorted(kept.statements.values_list("moved_from", flat=True), key=lambda pk: pk or 0)
        assert made == [None, gone.pk]
        last = make_customer(account_number="LAST")
        merge(last, kept)
        assert sorted(last.statements.values_list("moved_from", flat=True)) == sorted([kept.pk, gone.pk])


# --- the record's own face


def test_the_fields_that_were_chosen_stay_and_both_phones(company: Company):
    with inside(company):
        kept = make_customer(account_number="A-1", email="", mmr=Decimal("39.95"))
        away = AddressData("1 Elm Ave", "Tulsa", "OK", "74105")
        gone = make_customer(
            account_number="A-2", last_name="Whitfield-Ochoa", email="dana@new.example", addresses=(away,),
            phones=(PhoneData("918 555 0142"), PhoneData("918 555 0177")), no_reminders=True,
        )  # fmt: skip
        offered = {one.code: one.prefers_gone for one in merging.choices(kept, gone)}
        assert offered == {
            "name": False, "account_number": False, "email": True, "service": False, "mmr": False, "no_reminders": True,
        }  # fmt: skip
        merge(kept, gone, "name", "email", "service", "account_number")
        kept.refresh_from_db()
        assert (kept.name, kept.account_number, kept.email) == ("Dana Whitfield-Ochoa", "A-2", "dana@new.example")
        assert (kept.mmr, kept.no_reminders) == (Decimal("39.95"), False)
        assert kept.service_address is not None
        assert kept.service_address.one_line == away.street + ", Tulsa, OK 74105"
        assert sorted(str(phone) for phone in kept.phones.all()) == ["(918) 555-0142", "(918) 555-0177"]
        assert search.find("ochoa") == [kept.pk]


def test_a_merge_tells_its_story_on_the_kept_record_and_keeps_that_of_the_other(company: Company):
    with inside(company, actor=Actor("staff", "Rosa Calderon")):
        kept, gone = make_customer(account_number="A-1"), make_customer(account_number="A-2", first_name="Dora")
        make_note(gone)
        merge(kept, gone)
        told = [one.what for one in tell(trail_of(company, kept))]
        assert "Merged record Dora Whitfield, A-2 added" in told
        assert "Account removed" in told
        assert TrailEntry.objects.filter(customer_id=gone.pk, verb="delete", table="customers_customer").count() == 1


def test_who_was_merged_twice_leads_to_the_last(company: Company):
    with inside(company):
        first, second, third = (make_customer(account_number=f"A-{nth}") for nth in (1, 2, 3))
        merge(second, first)
        merge(third, second)
        assert merging.kept_of(first.pk) == third
        assert merging.kept_of(second.pk) == third


# --- refusals


def test_a_customer_is_not_merged_into_a_lead_but_a_lead_into_a_customer(company: Company):
    with inside(company):
        dana, lead = make_customer(), make_lead()
        make_invoice(lead, type="quote")
        with pytest.raises(CannotMerge, match=r"quotes only \(D7\)"):
            merge(lead, dana)
        merge(dana, lead)
        assert [document.type for document in dana.invoices.all()] == ["quote"]


def test_two_systems_are_for_a_person_to_settle(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        make_system(dana)
        make_system(dora)
        with pytest.raises(CannotMerge, match="Disconnect one of the two first"):
            merge(dana, dora)
        assert Customer.objects.filter(pk=dora.pk).exists()


def test_a_duress_code_stays_one_persons_alone(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        make_contact(dana, "Ann Vance", passcode="maple", is_duress=True)
        bob = make_contact(dora, "Bob Sato", passcode="Maple")
        with pytest.raises(CannotMerge, match="Change one of them first"):
            merge(dana, dora)
        bob.delete()
        make_contact(dora, "Cy Harlan", passcode="elm", is_duress=True)
        merge(dana, dora)
        assert [one.name for one in call_list(dana)] == ["Ann Vance", "Cy Harlan"]


@pytest.mark.parametrize("state", ["created", "sent", "unknown", "held"])
def test_nobody_is_merged_while_the_gateway_has_not_answered(shop: Shop, state: str):
    with inside(shop.company):
        kept = make_customer(account_number="KEPT")
        Attempt.objects.filter(payment=shop["payment"]).update(state=state)
        with pytest.raises(CannotMerge, match="A payment of Dana Whitfield is under way"):
            merge(kept, shop["customer"])
        Attempt.objects.filter(payment=shop["payment"]).update(state="declined")
        merge(kept, shop["customer"])


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_nobody_is_merged_while_a_run_goes_round(company: Company, kind: str):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        run = Run.objects.create(kind=kind, on=DAY, created_at=OPENED, started_by="Rosa", state="running")
        with pytest.raises(CannotMerge, match="Wait until it has ended"):
            merge(dana, dora)
        run.state = "finished"
        run.save()
        merge(dana, dora)


def test_who_was_changed_since_they_were_compared_is_looked_at_again(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer(first_name="Dora")
        shown_as = merging.shown_as(dana, dora)
        change_customer(dana, email="new@example.com")
        told = {"kept_id": dana.pk, "gone_id": dora.pk, "of_gone": frozenset({"email"}), "at": OPENED, "by": "Rosa"}
        with pytest.raises(Changed):
            moving.merge(shown_as=shown_as, **told)
        assert Customer.objects.count() == 2
        moving.merge(shown_as=merging.shown_as(dana, dora), **told)


def test_undoing_an_import_leaves_what_was_merged_alone(shop: Shop):
    with inside(shop.company):
        kept, gone, made = make_customer(account_number="KEPT"), shop["customer"], shop["import"]
        Customer.objects.filter(pk=gone.pk).update(imported_by=made)
        gone.recurring_invoices.update(imported_by=made)
        merge(kept, gone)
        assert kept.recurring_invoices.exists()
        assert not kept.recurring_invoices.exclude(imported_by=None).exists()
