"""In a real browser: the board of leads, whoever is there already, and two records that become one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.house.looking import Eye
from tests.payments_pages.signing_in import keep, sign_in

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers import pipeline
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer, make_lead, make_note, make_tagging
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.office.testing import make_open_company, office_of, owner_of

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_two_records_become_one_and_every_page_on_the_way_is_clean(eye_of: Callable[["Client"], Eye]) -> None:
    company = make_open_company()
    with inside(company):
        dana = make_customer(email="")
        dora = make_customer(first_name="Dora", last_name="Whitfield-Ochoa", account_number="C-77")
        make_invoice(dora)
        make_note(dora)
        for one in (dana, dora):
            make_tagging(one)
        make_lead(first_name="Theo")
    eye = eye_of(office_of(company))
    for by in ("phone", "email", "address"):
        assert eye.open(f"/{company.slug}/customers/duplicates/?by={by}")
        eye.judge(f"duplicates by {by}")
    eye.open(f"/{company.slug}/customers/{dana.pk}/merge/?q=whitfield")
    eye.judge("choose the other")
    eye.page.get_by_role("link", name="Dora Whitfield-Ochoa").first.click()
    eye.page.get_by_role("heading", name="Merge two records").wait_for()
    eye.judge("merge two records")
    eye.page.get_by_label("dana.whitfield@example.com").check()
    eye.page.get_by_role("button", name="Merge for good").press("Enter")
    eye.page.wait_for_url(f"**/customers/{dana.pk}/")
    with inside(company):
        dana.refresh_from_db()
        assert (dana.email, dana.notes.count()) == ("dana.whitfield@example.com", 1)
    assert not eye.open(f"/{company.slug}/customers/{dora.pk}/"), "it leads on"
    assert eye.page.url.endswith(f"/customers/{dana.pk}/")
    eye.open(f"/{company.slug}/customers/{dana.pk}/history/")
    assert eye.page.get_by_text("Merged record Dora Whitfield-Ochoa, C-77").first.is_visible()


def test_the_board_moves_a_lead_by_keys_alone_and_asks_why_one_is_lost(eye_of: Callable[["Client"], Eye]) -> None:
    company = make_open_company()
    with inside(company):
        lead = make_lead(first_name="Theo", last_name="Okafor")
        for nth, name in enumerate(("Contacted", "Quoted", "Quoted")):
            stage = next(one for one in pipeline.stages() if one.name == name)
            pipeline.move_lead(make_lead(first_name=f"Ann {nth}"), stage, at=OPENED)
    eye = eye_of(office_of(company))
    eye.open(f"/{company.slug}/leads/board/")
    eye.judge("board of leads")
    page = eye.page
    page.get_by_label("Stage of Theo Okafor").focus()
    page.keyboard.type("Quo")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Quoted").get_by_role("link", name="Theo Okafor").wait_for()
    page.get_by_label("Stage of Theo Okafor").select_option("Lost")
    page.get_by_role("button", name="Move Theo Okafor").click()
    page.get_by_label("Why was it lost?").fill("Moved away")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{lead.pk}/")
    assert page.get_by_text("Moved away", exact=True).is_visible()
    for path in (f"leads/{lead.pk}/selling/", "leads/", "settings/lead-stages/"):
        eye.open(f"/{company.slug}/{path}")
        eye.judge(path.replace("/", " "))


def test_whoever_is_typed_and_there_already_is_shown_before_the_form_is_sent(
    page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    company = make_open_company()
    with inside(company):
        dana = make_customer()
    sign_in(page, owner_of(company).user, site)
    page.goto(f"/{company.slug}/customers/")
    page.get_by_role("link", name="New customer").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Last name").fill("Witfield")
    dialog.get_by_label("Number").first.fill("918-555-0142")
    dialog.get_by_label("Street").first.fill("2210 East 15th Street")
    dialog.get_by_label("ZIP code").first.fill("74104")
    dialog.get_by_label("ZIP code").first.blur()
    shown = dialog.get_by_role("status").get_by_role("link", name=f"{dana.name}, {dana.account_number}")
    shown.wait_for()
    dialog.get_by_text("the phone and the address").wait_for()
    axe(page)
    keep(page, "looks the same")
    dialog.get_by_role("button", name="Save").last.click()
    page.wait_for_url("**/customers/*/")
    with inside(company):
        assert Customer.objects.filter(last_name="Witfield").exists()
