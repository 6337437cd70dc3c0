"""Is every page guarded, and is every neighbour a stranger? All addresses are walked, none is listed by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from alarmdesk.company.entering import inside
from alarmdesk.company.front_door import is_admitted
from alarmdesk.company.marks import Mark
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_customer
from alarmdesk.office.permissions import RESOURCES, all_grants
from alarmdesk.office.testing import office_of, owner_of, signed_in
from alarmdesk.portal.testing import make_holder
from tests.architecture.shop import Shop

SOURCE = Path(__file__).parents[2] / "src" / "alarmdesk"
GUARDED_BY_THEMSELVES = 404, 405
# which row of the shop an address with a `pk` is about; every such address must be here
NOUNS = {
    "customers:edit": "customer",
    "customers:edit_lead": "lead",
    "customers:contact": "contact",
    "customers:contact_move": "contact",
    "customers:contact_passcode": "contact",
    "customers:contact_remove": "contact",
    "customers:agency_permit": "customeragency",
    "customers:agency_drop": "customeragency",
    "customers:agency": "agency",
    "customers:lead_stage": "leadstage",
    "customers:lead_stage_move": "leadstage",
    "customers:lead_stage_delete": "leadstage",
    "customers:file": "customerfile",
    "customers:file_content": "customerfile",
    "customers:file_download": "customerfile",
    "customers:file_remove": "customerfile",
    "customers:file_back": "customerfile",
    "customers:tag": "tag",
    "customers:tag_delete": "tag",
    "customers:tag_merge": "tag",
    "customers:tag_off": "tag",
    "customers:agency_delete": "agency",
    "invoicing:invoice": "invoice",
    "invoicing:pdf": "invoice",
    "invoicing:preview": "invoice",
    "invoicing:printout": "printout",
    "invoicing:print_progress": "printout",
    "invoicing:print_cancel": "printout",
    "invoicing:printout_file": "printout",
    "invoicing:void": "invoice",
    "invoicing:email": "invoice",
    "invoicing:correct": "invoice",
    "invoicing:convert": "quote",
    "invoicing:convert_lead": "lead",
    "invoicing:draft": "draft",
    "invoicing:draft_delete": "draft",
    "invoicing:recurring": "recurringinvoice",
    "invoicing:recurring_end": "recurringinvoice",
    "invoicing:recurring_delete": "recurringinvoice",
    "invoicing:item": "billableitem",
    "invoicing:item_delete": "billableitem",
    "invoicing:term": "term",
    "invoicing:term_delete": "term",
    "invoicing:tax": "statetax",
    "invoicing:tax_delete": "statetax",
    "invoicing:release": "parkedaccount",
    "invoicing:rates_undo": "rateimport",
    "invoicing:certificate": "taxcertificate",
    "invoicing:certificate_withdraw": "taxcertificate",
    "equipment:piece": "piece",
    "equipment:remove": "piece",
    "equipment:put_back": "piece",
    "equipment:item": "equipment",
    "equipment:item_delete": "equipment",
    "equipment:package": "package",
    "equipment:package_delete": "package",
    "monitoring:system": "system",
    "monitoring:disconnect": "system",
    "monitoring:place": "system",
    "monitoring:end_test": "test",
    "monitoring:zone": "zone",
    "monitoring:zone_delete": "zone",
    "monitoring:station": "monitoringcompany",
    "monitoring:station_delete": "monitoringcompany",
    "monitoring:block": "accountblock",
    "monitoring:block_delete": "accountblock",
    "credit:customer_report": "creditreport",
    "credit:customer_apply": "creditreport",
    "credit:customer_take_off": "creditreport",
    "credit:customer_decline": "creditreport",
    "credit:customer_pdf": "adverseletter",
    "credit:customer_mail": "adverseletter",
    "credit:lead_report": "leadreport",
    "credit:lead_apply": "leadreport",
    "credit:lead_take_off": "leadreport",
    "credit:lead_decline": "leadreport",
    "credit:lead_pdf": "leadletter",
    "credit:lead_mail": "leadletter",
    "credit:bureau": "bureau",
    "credit:bureau_delete": "bureau",
    "credit:bureau_test": "bureau",
    "scheduling:job": "appointment",
    "scheduling:set_out": "appointment",
    "scheduling:arrive": "appointment",
    "scheduling:finish": "appointment",
    "scheduling:take_back": "appointment",
    "scheduling:appointment": "appointment",
    "scheduling:edit": "appointment",
    "scheduling:move": "appointment",
    "scheduling:move_back": "appointment",
    "scheduling:put_back": "appointment",
    "scheduling:cancel": "appointment",
    "scheduling:technician": "technician",
    "scheduling:day_off_new": "technician",
    "scheduling:day_off_delete": "dayoff",
    "scheduling:calendar": "technician",
    "scheduling:calendar_revoke": "technician",
    "invoicing:run_again": "parkedaccount",
    "payments:recurring_change": "recurringinvoice",
    "payments:recurring_undo": "recurringinvoice",
    "payments:increase": "rateincrease",
    "payments:increase_edit": "rateincrease",
    "payments:increase_apply": "rateincrease",
    "payments:increase_undo": "rateincrease",
    "payments:increase_go_on": "rateincrease",
    "payments:increase_delete": "rateincrease",
    "payments:increase_progress": "rateincrease",
    "payments:payment": "payment",
    "payments:difference_close": "discrepancy",
    "payments:receipt": "payment",
    "payments:apply": "payment",
    "payments:apply_sums": "payment",
    "payments:refund": "payment",
    "payments:refund_says": "payment",
    "payments:refund_cancel": "payment",
    "payments:mistake": "payment",
    "payments:process_now": "payment",
    "payments:change_day": "payment",
    "payments:cancel_scheduled": "payment",
    "payments:decide": "attempt",
    "payments:method_default": "billingmethod",
    "payments:method_remove": "billingmethod",
    "payments:method_unblock": "billingmethod",
    "payments:auto_pay": "recurringinvoice",
    "payments:auto_pay_end": "recurringinvoice",
    "payments:credit_apply": "credit",
    "payments:credit_apply_sums": "credit",
    "payments:credit_oldest": "credit",
    "payments:statement": "statement",
    "payments:statement_pdf": "statement",
    "payments:statement_email": "statement",
    "payments:statement_run": "statementrun",
    "payments:statement_run_progress": "statementrun",
    "payments:statement_run_pdf": "statementrun",
    "portal:statement_pdf": "statement",
    "portal:access_end": "accountholder",
    "portal:link_of_invoice": "invoice",
    "portal:link_of_invoice_withdraw": "invoice",
    "portal:link_of_quote": "quote",
    "portal:link_of_quote_withdraw": "quote",
    "portal:receipt": "payment",
    "portal:receipt_pdf": "payment",
    "portal:pdf": "invoice",
    "portal:method_default": "billingmethod",
    "portal:method_remove": "billingmethod",
    "portal:auto_pay_end": "autopay",
    "tickets:note": "note",
    "tickets:note_remove": "note",
    "tickets:note_ticket": "note",
    "tickets:ticket": "ticket",
    "tickets:change": "ticket",
    "tickets:comment": "ticket",
    "tickets:wait": "ticket",
    "tickets:close": "ticket",
    "tickets:reopen": "ticket",
    "tickets:filter_delete": "ticketfilter",
    "office:write": "customer",
    "office:message": "customer",
    "office:customer": "customer",
    "office:cancel": "customer",
    "office:reinstate": "customer",
    "office:finding_lift": "findingdismissal",
    "office:history": "customer",
    "office:history_csv": "customer",
    "office:messages": "customer",
    "office:run": "run",
    "office:run_progress": "run",
    "office:user": "staff",
    "office:invite_again": "staff",
    "office:let_go": "staff",
    "office:bring_back": "staff",
    "office:group": "group",
    "office:dissolve": "group",
}
# rooms whose addresses are all about one noun
BY_ROOM = {"imports": "import"}
# their keywords name a row by themselves
BY_KEYWORD = {
    "customer": "customer",
    "lead": "lead",
    "message": "message",
    "other": "lead",
    "invoice": "invoice",
    "recurring": "recurringinvoice",
}

# what stands for a keyword that is a word
WORDS = {"letter": "invoice"}


@dataclass(frozen=True)
class Door:
    """One address: its name, its route, the view behind it."""

    name: str
    route: str
    view: Any

    @property
    def mark(self) -> Mark:
        mark: Mark = self.view.mark
        return mark

    @property
    def keywords(self) -> list[tuple[str, str]]:
        return re.findall(r"<(?:(\w+):)?(\w+)>", self.route)

    @property
    def in_a_company(self) -> bool:
        return any(name == "company" for _, name in self.keywords)

    @property
    def rows(self) -> dict[str, str]:
        """Which row of a shop each numeric keyword of the address names."""
        named = {}
        for kind, name in self.keywords:
            if kind == "int":
                noun = BY_KEYWORD.get(name) or NOUNS.get(self.name) or BY_ROOM.get(self.name.partition(":")[0])
                assert noun, f"{self.name} is about a row: say in NOUNS which"
                named[name] = noun
        return named

    def path(self, slug: str, shop: Shop) -> str:
        """The address of the shop's row below a company's slug."""
        filled = self.route
        for kind, name in self.keywords:
            value = (
                slug
                if name == "company"
                else shop[self.rows[name]].pk
                if kind == "int"
                else WORDS.get(name, "customers")
            )
            filled = re.sub(rf"<(?:\w+:)?{name}>", str(value), filled)
        return "/" + filled


def doors(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[Door]:
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from doors(entry, route, f"{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield Door(f"{space}{entry.name}", route, entry.callback)


OURS = [door for door in doors() if hasattr(door.view, "mark")]
STAFF = [door for door in OURS if door.mark.who == "staff"]
WITH_ROWS = [door for door in STAFF if any(kind == "int" for kind, _ in door.keywords)]
HOLDERS = [door for door in OURS if door.mark.who == "account_holder"]
BY_NAME = {"ids": lambda door: door.name}


def test_every_view_carries_a_mark_or_guards_itself():
    unmarked = [f"{door.name} ({door.view.__module__})" for door in doors() if not is_admitted(door.view)]
    assert unmarked == []
    assert len(STAFF) > 20


def test_every_page_of_a_company_is_for_its_staff_or_its_account_holders():
    odd = [door.name for door in OURS if door.in_a_company and door.mark.who not in {"staff", "account_holder"}]
    assert [name for name in odd if not name.startswith("portal:")] == []


def test_every_page_with_a_row_is_known_by_its_noun(shop: Shop):
    for door in WITH_ROWS:
        assert door.path(shop.company.slug, shop)


def test_every_mark_takes_a_grant_that_a_room_declares():
    assert {door.mark.may for door in STAFF if door.mark.may} <= all_grants()


def test_every_rooms_resources_stand_in_the_one_list():
    declared = []
    for path in sorted(SOURCE.glob("*/permissions.py")):
        room = __import__(f"alarmdesk.{path.parent.name}.permissions", fromlist=["RESOURCES"])
        declared += list(room.RESOURCES)
    assert {one.code for one in RESOURCES} == {one.code for one in declared}
    assert len({one.code for one in RESOURCES}) == len(RESOURCES)


@pytest.mark.parametrize("door", STAFF + HOLDERS, **BY_NAME)
def test_a_stranger_is_sent_to_sign_in(door: Door, shop: Shop):
    for ask in (Client().get, Client().post):
        answer = ask(door.path(shop.company.slug, shop))
        assert answer.status_code in {302, 405}, door.name
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/login/")


@pytest.fixture(scope="module")
def browsers(shop: Shop, rival: Shop) -> dict[str, Client]:
    """Who knocks: the shop's owner, the rival's, and somebody of the shop whose group may do nothing."""
    return {
        "owner": office_of(shop.company),
        "rival": office_of(rival.company),
        "nobody": signed_in(make_staff(shop.company)),
    }


@pytest.mark.parametrize("door", WITH_ROWS, **BY_NAME)
def test_a_rivals_administrator_finds_no_row_of_the_shop(door: Door, shop: Shop, rival: Shop, browsers):
    for slug in (shop.company.slug, rival.company.slug):
        path = door.path(slug, shop)
        got, posted = browsers["rival"].get(path).status_code, browsers["rival"].post(path).status_code
        assert got in GUARDED_BY_THEMSELVES, f"GET {path}: {got}"
        assert posted in GUARDED_BY_THEMSELVES, f"POST {path}: {posted}"
        assert 404 in {got, posted}, path


@pytest.mark.parametrize("door", WITH_ROWS, **BY_NAME)
def test_the_owner_does_find_the_row(door: Door, shop: Shop, browsers):
    """Else the test above would be empty."""
    answer = browsers["owner"].get(door.path(shop.company.slug, shop))
    assert answer.status_code != 404, door.path(shop.company.slug, shop)
    assert answer.status_code < 500


@pytest.mark.parametrize("door", [door for door in STAFF if door not in WITH_ROWS], **BY_NAME)
def test_the_owner_may_open_every_page_and_a_rival_none(door: Door, shop: Shop, browsers):
    path = door.path(shop.company.slug, shop)
    assert browsers["owner"].get(path).status_code in {200, 302, 405, 400}, path
    assert browsers["rival"].get(path).status_code in GUARDED_BY_THEMSELVES, path
    assert browsers["rival"].post(path).status_code in GUARDED_BY_THEMSELVES, path


@pytest.mark.parametrize("door", [door for door in STAFF if door.mark.may], **BY_NAME)
def test_staff_without_the_grant_are_refused(door: Door, shop: Shop, browsers):
    path = door.path(shop.company.slug, shop)
    got, posted = browsers["nobody"].get(path).status_code, browsers["nobody"].post(path).status_code
    assert {got, posted} <= {403, 405}, f"{path}: {got}, {posted}"
    assert 403 in {got, posted}


@pytest.fixture(scope="module")
def holders(shop: Shop, rival: Shop) -> dict[str, Client]:
    """Who knocks at the portal: the holder of the shop's account, of another account there, and of one elsewhere."""
    browsers = {"holder": signed_in(shop["accountholder"].user)}
    for name, company in (("other", shop.company), ("elsewhere", rival.company)):
        with inside(company):
            browsers[name] = signed_in(make_holder(make_customer()).user)
    return browsers


@pytest.mark.parametrize("door", HOLDERS, **BY_NAME)
def test_the_portal_is_shut_for_staff_and_for_holders_elsewhere(door: Door, shop: Shop, holders, browsers):
    path = door.path(shop.company.slug, shop)
    for browser in (holders["elsewhere"], browsers["owner"], browsers["rival"]):
        assert browser.get(path).status_code in GUARDED_BY_THEMSELVES, path
        assert browser.post(path).status_code in GUARDED_BY_THEMSELVES, path


@pytest.mark.parametrize("door", [door for door in HOLDERS if "<int:" in door.route], **BY_NAME)
def test_a_holder_finds_the_rows_of_their_own_account_alone(door: Door, shop: Shop, holders):
    path = door.path(shop.company.slug, shop)
    assert holders["holder"].get(path).status_code not in {404, 500}, path
    got, posted = holders["other"].get(path).status_code, holders["other"].post(path).status_code
    assert {got, posted} <= {404, 405}, f"{path}: {got}, {posted}"
    assert 404 in {got, posted}


def test_who_was_let_go_is_a_stranger_in_the_company(shop: Shop):
    place = make_staff(shop.company, administrator=True)
    browser = signed_in(place)
    path = f"/{shop.company.slug}/"
    assert browser.get(path).status_code == 200
    with inside(shop.company):
        place.left_at = owner_of(shop.company).joined_at
        place.save(update_fields=["left_at"])
    assert browser.get(path).status_code == 404
