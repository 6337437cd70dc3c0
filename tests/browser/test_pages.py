"""Is every page clean: on a desk and on a phone, light and dark, no violation, no complaint, nothing too wide?

All addresses are walked, none is listed by hand: a page that is added is looked at from its first day.
"""

import pytest
from django.urls import reverse

from alarmdesk.company.entering import inside
from alarmdesk.lib import clock
from alarmdesk.portal.actions import invite, link_token
from alarmdesk.portal.pay_links import link_for, receipt_token
from alarmdesk.portal.quote_links import link_for as quote_link
from tests.architecture.shop import Shop
from tests.architecture.test_doors import BY_NAME, HOLDERS, OURS, STAFF, Door
from tests.house.looking import DESK, PHONE, Eye, Look

pytestmark = pytest.mark.browser
# parts of a page, files and what asks for more than its address; everything else that answers a GET is a page
NOT_PAGES = {
    "monitoring:next_number",
    "invoicing:sheet", "invoicing:recurring_sheet", "invoicing:pdf", "portal:pdf", "portal:total", "exports:csv",
    "invoicing:rates_csv", "invoicing:tax_report_csv", "office:billing_audit_csv", "office:history_csv",
    "invoicing:print_progress", "invoicing:printout_file", "payments:receipt", "portal:receipt_pdf",
    "imports:progress", "imports:bad_rows", "office:run_progress", "company:brand_css",
    "credit:customer_pdf", "credit:lead_pdf",
    "portal:quote_accept", "portal:quote_pdf",
    "payments:aging_csv", "payments:statement_pdf", "payments:statement_run_pdf", "payments:statement_run_progress",
    "portal:statement_pdf",
    "payments:increase_progress",
    "customers:file_content", "customers:file_download",
}  # fmt: skip
NAMED = [door for door in STAFF if door.name not in NOT_PAGES]
OF_HOLDERS = [door for door in HOLDERS if door.name not in NOT_PAGES]
# what somebody without a sign-in reaches with a link alone
OF_GUESTS = [
    door
    for door in OURS
    if door.in_a_company and door.mark.who == "anyone" and "<int:" not in door.route and door.name not in NOT_PAGES
]
TOKENS = {
    "portal:invitation": lambda shop: link_token(
        invite(customer=shop["customer"], email="new@example.com", at=clock.now(), by="Rosa")
    ),
    "portal:pay": lambda shop: link_for(shop["invoice"], today=shop.company.local_date(clock.now())).split("/")[-2],
    "portal:quote": lambda shop: quote_link(shop["quote"], today=shop.company.local_date(clock.now())).split("/")[-2],
    "portal:guest": lambda shop: receipt_token(shop["payment"].pk, "x"),
}
SIGNED_OUT = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done")
OF_PERSON = ("account_email", "account_change_password", "mfa_index", "usersessions_list", "companies")


@pytest.mark.parametrize("door", NAMED, **BY_NAME)
def test_a_page_of_the_office_is_clean(door: Door, shop: Shop, owner: Eye) -> None:
    if owner.open(door.path(shop.company.slug, shop)):
        owner.judge(door.name)


@pytest.mark.parametrize("door", OF_HOLDERS, **BY_NAME)
def test_a_page_of_the_portal_is_clean(door: Door, shop: Shop, holder: Eye) -> None:
    if holder.open(door.path(shop.company.slug, shop)):
        holder.judge(door.name)


@pytest.mark.parametrize("door", OF_GUESTS, **BY_NAME)
def test_a_page_behind_a_link_is_clean(door: Door, shop: Shop, stranger: Eye) -> None:
    with inside(shop.company):
        token = TOKENS[door.name.partition("_")[0]](shop)
    assert stranger.open("/" + door.route.replace("<slug:company>", shop.company.slug).replace("<str:token>", token))
    stranger.judge(door.name)


@pytest.mark.parametrize("name", SIGNED_OUT)
def test_a_page_before_the_door_is_clean(name: str, stranger: Eye) -> None:
    stranger.open(reverse(name))
    stranger.judge(name)


@pytest.mark.parametrize("name", OF_PERSON)
def test_a_page_of_ones_own_sign_in_is_clean(name: str, owner: Eye) -> None:
    owner.open(reverse(name))
    owner.judge(name)


@pytest.mark.parametrize("tab", ["", "invoices/", "billing/", "invoices/new/"])
def test_a_name_that_is_too_long_breaks_nothing(tab: str, shop: Shop, owner: Eye) -> None:
    owner.open(f"/{shop.company.slug}/customers/{shop['long'].pk}/{tab}")
    owner.judge("a long name")


@pytest.mark.parametrize("name", ["office:home", "office:groups"])
@pytest.mark.parametrize("look", [(DESK, True), (PHONE, False)], ids=["dark", "phone"])
def test_the_frame_around_the_pages_of_the_office_is_clean(name: str, look: Look, shop: Shop, owner: Eye) -> None:
    owner.open(reverse(name, kwargs={"company": shop.company.slug}))
    owner.judge(name, [look])


@pytest.mark.parametrize("look", [(DESK, True), (PHONE, False)], ids=["dark", "phone"])
def test_the_frame_around_the_pages_of_the_portal_is_clean(look: Look, shop: Shop, holder: Eye) -> None:
    holder.open(reverse("portal:home", kwargs={"company": shop.company.slug}))
    holder.judge("portal:home", [look])


def test_a_page_that_is_not_there_is_clean(shop: Shop, owner: Eye) -> None:
    owner.open(f"/{shop.company.slug}/nothing/", status=404)
    owner.judge("404")
