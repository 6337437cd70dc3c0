"""F67: in a real browser, on a desk and on a phone: from the switch to a score on the customer, and the letter."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from alarmdesk.credit.testing import PASSWORD, code_of, make_letter, make_report
from alarmdesk.customers.testing import make_lead
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.house.looking import Eye

pytestmark = pytest.mark.browser


def test_f65_from_the_switch_to_a_bureau_that_answers(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        shop.company.bureaus.all().delete()
        shop.company.credit_settings.update(turned_on_at=None)
    shop.world.subscriber("transunion", "A0622555", PASSWORD)
    sign_in(page, shop.rosa.user, site)
    page.goto(f"{shop.root}/settings/credit/")
    axe(page)
    keep(page, "credit-off")
    page.get_by_role("button", name="Turn credit checks on").click()
    page.get_by_role("button", name="New Credit Bureau").click()
    page.get_by_role("link", name="TransUnion").click()
    page.get_by_label("Market", exact=True).fill("06")
    page.get_by_label("Submarket").fill("22")
    page.get_by_label("Industry").fill("A")
    page.get_by_label("Member").fill("555")
    page.get_by_label("Password").fill(PASSWORD)
    axe(page)
    keep(page, "credit-bureau-dialog")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("The connection works")).to_be_visible()
    axe(page)


def test_f63_f64_a_check_is_run_once_and_its_score_applied(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(f"{shop.root}/customers/{shop.dana.pk}/")
    page.get_by_role("link", name="Credit reports").click()
    page.get_by_role("link", name="Run Credit").click()
    page.get_by_label("Credit bureau").select_option(label="Transunion")
    expect(page.get_by_label("Previous street")).to_be_hidden()
    page.get_by_text("At this address for less than 6 months").click()
    page.get_by_label("Previous street").fill("7 Elm St")
    page.get_by_label("Street", exact=True).fill("712 Score St")
    page.get_by_label("Social Security number").fill("219-09-9996")
    page.get_by_label("Permissible purpose").select_option(label="They began a transaction with us")
    page.get_by_label("Who agreed").fill("Dana Whitfield")
    axe(page)
    keep(page, "credit-run-dialog")
    page.get_by_role("button", name="Run Credit").click()
    expect(page.get_by_text("Write where they lived before.").first).to_be_visible()
    expect(page.get_by_label("Social Security number")).to_have_value("")
    expect(page.get_by_label("Previous street")).to_have_value("7 Elm St")
    axe(page)
    keep(page, "credit-run-errors")
    page.get_by_text("At this address for less than 6 months").click()
    page.get_by_label("Previous street").fill("")
    page.get_by_label("They agreed to this").check()
    page.get_by_role("button", name="Run Credit").dblclick()
    expect(page.get_by_role("status").filter(has_text="Transunion says 712: grade B.")).to_be_visible()
    assert len(shop.world.inquiries(code_of(shop.transunion))) == 1
    axe(page)
    page.get_by_role("button", name="Apply to customer").click()
    expect(page.get_by_role("button", name="Unapply")).to_be_visible()
    page.goto(f"{shop.root}/customers/{shop.dana.pk}/")
    expect(page.get_by_text("712, grade B")).to_be_visible()


@pytest.mark.viewport(390, 844)
def test_f67_a_lead_is_checked_on_a_phone_by_keys_and_declined_with_a_letter(
    shop, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        lead = make_lead(first_name="Luis", last_name="Nofile")
    sign_in(page, shop.rosa.user, site)
    page.goto(f"{shop.root}/leads/{lead.pk}/credit/")
    page.get_by_role("link", name="Run Credit").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Permissible purpose").select_option(label="They began a transaction with us")
    page.get_by_label("Who agreed").fill("luis nofile")
    page.get_by_label("They agreed to this").focus()
    page.keyboard.press("Space")
    axe(page)
    keep(page, "credit-run-phone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="has found nobody")).to_be_visible()
    assert len(shop.world.inquiries(code_of(shop.equifax))) == 1  # the first of the bureaus by name
    page.get_by_role("link", name="Adverse action letter").click()
    expect(page.get_by_label("What you decided")).to_have_value("We cannot offer you monitoring on account.")
    axe(page)
    page.get_by_role("button", name="Make the letter").click()
    expect(page.get_by_role("row", name="We cannot offer you monitoring")).to_be_visible()
    axe(page)
    page.goto(f"{shop.root}/leads/{lead.pk}/credit/run/")
    page.get_by_label("Last name").fill("Strong")
    page.get_by_label("Permissible purpose").select_option(label="They began a transaction with us")
    page.get_by_label("Who agreed").fill("Luis Strong")
    page.get_by_label("They agreed to this").check()
    page.get_by_role("button", name="Run Credit").click()
    expect(page.get_by_role("alert").filter(has_text="Nobody was asked")).to_be_visible()
    expect(page.get_by_text("The name was changed to Luis Strong")).to_be_visible()
    axe(page)
    keep(page, "credit-guard-phone")
    assert len(shop.world.inquiries(code_of(shop.equifax))) == 1


def test_every_page_of_credit_is_fit_to_be_seen(shop, eye_of: Callable[[Client], "Eye"]) -> None:
    with shop.inside():
        good, bad = make_report(shop.dana, shop.equifax), make_report(shop.dana, shop.transunion, None)
        make_report(shop.dana, shop.transunion, 531, is_cosigner=True, first_name="Rita", last_name="Strong")
        make_letter(good)
    eye = eye_of(shop.client)
    for what, path in (
        ("credit reports", shop.tab),
        ("credit report", f"{shop.tab}{good.pk}/"),
        ("credit report, not found", f"{shop.tab}{bad.pk}/"),
        ("run credit", f"{shop.tab}run/"),
        ("credit bureaus", f"{shop.root}/settings/credit/"),
        ("inquiries", f"{shop.root}/settings/credit/inquiries/"),
        ("grades and guards", f"{shop.root}/settings/credit/rules/"),
    ):
        assert eye.open(path), path
        eye.judge(what)
