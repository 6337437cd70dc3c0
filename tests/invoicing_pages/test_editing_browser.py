"""Is a document written with the keyboard alone, do two people hear of each other, is nothing lost by leaving?"""

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.testing import make_invoice
from tests.invoicing_pages.test_pressing import expect, office

__all__ = ["office"]  # a fixture
pytestmark = pytest.mark.browser


def picture(page, name):
    import os
    from pathlib import Path

    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


def test_an_invoice_is_written_with_the_keyboard_alone(office, axe):
    page = office()
    page.goto(office.path + "new/")
    press, said = page.keyboard.press, page.locator("#said")
    page.locator("#id_po_number").focus()
    page.keyboard.type("PO-7")
    press("Enter")
    expect(page.locator("#id_line-0-item")).to_be_focused()
    page.keyboard.type("Labor")
    expect(page.locator("#amount-0")).to_have_text("$85.00")
    press("Tab")
    expect(page.locator("#id_line-0-description")).to_be_focused()
    press("Enter")
    expect(page.locator("#id_line-0-quantity")).to_be_focused()
    page.keyboard.type("2")
    press("Enter")
    press("Enter")
    expect(page.locator("#id_line-0-tax_rate")).to_be_focused()
    press("Enter")
    expect(page.locator("#id_line-1-item")).to_be_focused()
    expect(said).to_have_text("Line 2 added. 2 lines.")
    press("Alt+Enter")
    expect(page.locator("#id_line-2-item")).to_be_focused()
    page.keyboard.type("Equip")
    press("Alt+Backspace")
    expect(said).to_have_text("Line removed. 2 lines.")
    expect(page.locator("#id_line-1-item")).to_be_focused()
    page.keyboard.type("Service Call")
    expect(page.locator("#totals")).to_contain_text("$287.57")
    axe(page)
    picture(page, "editor-desk")
    save_with_the_keyboard(page)
    with inside(office.company):
        invoice = office.company.invoices.get()
        assert (str(invoice.total), invoice.note, invoice.po_number) == ("287.57", "Thank you?", "PO-7")


def save_with_the_keyboard(page):
    press = page.keyboard.press
    press("Control+s")
    expect(page.locator("h1")).to_have_text("Draft of invoice")
    page.locator("#id_note").focus()
    page.keyboard.type("Thank you")
    press("Control+s")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    expect(page.locator("#draft-state input")).to_have_value("2")
    expect(page.locator("#id_note")).to_be_focused()
    press("?")
    expect(page.locator("#id_note")).to_have_value("Thank you?")
    press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Invoice 1 saved.")


def as_luis(office, site):
    """A phone in the dark on which Luis Ferrer has signed in."""
    from django.test import Client

    luis, page = Client(), office(width=390, height=844, dark=True)
    luis.force_login(make_staff(office.company, administrator=True, name="Luis Ferrer").user)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sessionid", "value": luis.cookies["sessionid"].value, "url": site}])
    return page


def test_two_people_write_one_draft_and_choose(office, axe, site):
    mine, theirs = office(), as_luis(office, site)
    mine.goto(office.path + "new/")
    mine.select_option("#id_line-0-item", label="Labor")
    expect(mine.locator("#amount-0")).to_have_text("$85.00")
    mine.get_by_role("button", name="Save & Stay").last.click()
    expect(mine.locator("h1")).to_have_text("Draft of invoice")
    theirs.goto(mine.url)
    theirs.fill("#id_line-0-quantity", "3")
    theirs.fill("#id_note", "From Luis")
    theirs.get_by_role("button", name="Save & Stay").last.click()
    expect(theirs.locator("#draft-state")).to_contain_text("by Luis Ferrer")
    mine.fill("#id_line-0-quantity", "2")
    mine.keyboard.press("Control+s")
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("Luis Ferrer saved this draft")
    expect(alert).to_be_focused()
    expect(mine.locator("#id_line-0-quantity")).to_have_value("2")
    axe(mine)
    picture(mine, "beside-desk")
    mine.get_by_role("button", name="Keep mine").click()
    expect(mine.locator("#toasts")).to_contain_text("Draft saved")
    expect(mine.locator("#id_line-0-quantity")).to_have_value("2")
    mine.get_by_role("link", name="Version 2").click()
    expect(mine.locator("#id_line-0-quantity")).to_have_value("3")
    expect(mine.locator("#id_note")).to_have_value("From Luis")
    axe(mine)
    theirs.fill("#id_note", "Luis again")
    theirs.get_by_role("button", name="Save & Stay").last.click()
    expect(theirs.get_by_role("alert")).to_contain_text("saved this draft")
    axe(theirs)
    assert theirs.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(theirs, "beside-phone-dark")
    theirs.get_by_role("link", name="Take what").click()
    expect(theirs.locator("#id_line-0-quantity")).to_have_value("2")
    with inside(office.company):
        draft = office.company.drafts.get()
        assert [row.content["head"]["note"] for row in draft.versions.all()] == ["", "From Luis", "", "", "Luis again"]


def test_leaving_with_unsaved_rows_is_asked_about(office):
    page = office()
    asked = []
    page.on("dialog", lambda box: (asked.append(box.type), box.dismiss()))
    page.goto(office.path + "new/")
    page.get_by_role("button", name="Add Monthly Monitoring Charge").click()
    expect(page.locator("#amount-0")).to_have_text("$49.95")
    page.get_by_role("link", name="Close").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.url.endswith("/new/")
    page.get_by_role("button", name="Save & Stay").last.click()
    expect(page.locator("h1")).to_have_text("Draft of invoice")
    page.fill("#id_note", "x")
    page.keyboard.press("Control+s")
    expect(page.locator("#draft-state input")).to_have_value("2")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/invoices/")
    assert asked == ["beforeunload"], "what is saved may be left"


def test_the_lines_go_along_to_a_recurring_invoice_from_the_dialog(office, axe):
    page = office()
    page.goto(office.path)
    page.locator(".empty").get_by_text("New invoice").click()
    page.get_by_role("button", name="Add Monthly Monitoring Charge").click()
    expect(page.locator("#amount-0")).to_have_text("$49.95")
    axe(page)
    picture(page, "editor-dialog")
    page.locator("#dialog").get_by_role("button", name="More").click()
    picture(page, "editor-dialog-more")
    page.get_by_role("button", name="Create Recurring Invoice").click()
    expect(page.get_by_role("heading", name="New recurring invoice")).to_be_visible()
    expect(page.locator("#amount-0")).to_have_text("$49.95")
    expect(page.locator("#schedule")).to_contain_text("$54.20 each")


def test_a_correction_is_begun_and_saved_on_a_phone(office, axe):
    with inside(office.company):
        invoice = make_invoice(office.customer)
    page = office(width=390, height=844)
    page.goto(f"/{office.company.slug}/invoices/{invoice.pk}/")
    picture(page, "invoice-phone")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Correct").click()
    axe(page)
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("h1")).to_have_text("Correct Invoice 1")
    axe(page)
    picture(page, "correct-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.fill("#id_line-0-unit_price", "19.95")
    page.fill("#id_reason", "Wrong price")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Invoice 2 saved.")
    page.goto(f"/{office.company.slug}/invoices/{invoice.pk}/")
    expect(page.locator(".alert")).to_contain_text("Wrong price. Invoice 2 has taken its place.")
    axe(page)
