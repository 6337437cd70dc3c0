"""In a real browser: the call list, tags, tickets and files of a customer."""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.contacts import call_list
from alarmdesk.customers.models import FileQuota
from alarmdesk.customers.testing import (
    make_agency,
    make_contact,
    make_customer,
    make_note,
    make_tagging,
    make_ticket,
)
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def order(office, customer) -> list[str]:
    with inside(office.company):
        return [contact.name for contact in call_list(customer)]


def test_a_call_list_is_put_into_order_by_the_mouse_and_by_keys(
    office, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(office.company):
        dana = make_customer()
        make_contact(dana, "Ann Vance", passcode="maple 42", is_key_holder=True, may_cancel=True, relation="Neighbor")
        make_contact(dana, "Bob Sato", language="es", is_verifier=True)
        make_contact(dana, "Cy Harlan", email="cy@example.com")
    sign_in(page, office.staff.user, site)
    page.goto(f"/{office.company.slug}/customers/{dana.pk}/contacts/")
    row = page.locator("#call-list > li[data-order]")
    row.nth(2).drag_to(row.nth(0), target_position={"x": 60, "y": 4})
    expect(row.nth(0)).to_contain_text("Cy Harlan")
    assert order(office, dana) == ["Cy Harlan", "Ann Vance", "Bob Sato"]
    page.get_by_role("button", name="Call Bob Sato earlier").focus()
    page.keyboard.press("Enter")
    expect(row.nth(1)).to_contain_text("Bob Sato")
    expect(page.get_by_role("button", name="Call Bob Sato earlier")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.nth(0)).to_contain_text("Bob Sato")
    assert order(office, dana) == ["Bob Sato", "Cy Harlan", "Ann Vance"]
    axe(page)
    keep(page, "contacts")


def test_a_passcode_is_shown_an_agency_picked_and_a_contact_added(
    office, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    with inside(office.company):
        dana = make_customer()
        make_contact(dana, "Ann Vance", passcode="maple 42")
        make_agency()
    sign_in(page, office.staff.user, site)
    page.goto(f"/{office.company.slug}/customers/{dana.pk}/contacts/")
    page.get_by_role("link", name="Show the passcode of Ann Vance").click()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("maple 42")).to_be_visible()
    axe(page)
    keep(page, "passcode")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("maple 42")).to_have_count(0)
    page.get_by_role("button", name="Add Tulsa Police").click()
    expect(page.get_by_text("Tulsa Police is sent to Dana Whitfield.")).to_be_visible()
    page.get_by_role("link", name="Add a contact").click()
    page.get_by_label("Name", exact=True).fill("Di Okafor")
    page.get_by_role("textbox", name="Phone").fill("9185550144")
    page.get_by_role("button", name="Add a phone").click()
    expect(page.get_by_role("textbox", name="Phone").nth(1)).to_be_focused()
    axe(page)
    keep(page, "contact-dialog")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Di Okafor is on the call list, number 2.")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_d11_a_tag_shows_at_once_and_many_are_tagged_from_the_list(
    office, new_page: Callable[..., "Page"], site: str, axe: Callable[["Page"], None], width: int
) -> None:
    from playwright.sync_api import expect

    with inside(office.company):
        dana, theo = make_customer(), make_customer(first_name="Theo", last_name="Sato")
        make_tagging(theo, "Storm 2026")
    page = new_page(width=width, height=900, dark=width == 390)
    sign_in(page, office.staff.user, site)
    page.goto(f"/{office.company.slug}/customers/{dana.pk}/")
    page.evaluate("window.stays = true")
    page.get_by_text("Add a tag").click()
    expect(page.locator("#tags-in-use option")).to_have_attribute("value", "Storm 2026")
    page.get_by_label("Tag", exact=True).fill("VIP")
    axe(page)
    keep(page, f"tag-{width}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Tags").get_by_text("VIP")).to_be_visible()
    expect(page.get_by_text("Add a tag")).to_be_focused()
    assert page.evaluate("window.stays"), "nothing was loaded again"
    axe(page)
    page.get_by_role("button", name="Take off the tag VIP").click()
    expect(page.get_by_role("list", name="Tags")).to_have_count(0)
    page.goto(f"/{office.company.slug}/customers/")
    page.get_by_role("button", name="Tags").click()
    page.get_by_label("Storm 2026").check()
    expect(page.get_by_role("row", name="Dana")).to_have_count(0)
    axe(page)
    keep(page, f"tag-filter-{width}")
    page.get_by_label("Storm 2026").uncheck()
    page.keyboard.press("Escape")
    for name in ("Dana Whitfield", "Theo Sato"):
        page.get_by_label(f"Tick {name}").check()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("dialog").get_by_role("combobox", name="Tag").fill("storm 2026")
    axe(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 customer tagged Storm 2026. 1 customer had it before.")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_note_becomes_a_ticket_is_talked_about_and_done(
    office, new_page: Callable[..., "Page"], site: str, axe: Callable[["Page"], None], width: int
) -> None:
    from playwright.sync_api import expect

    with inside(office.company):
        dana = make_customer()
        make_note(dana, "Dog in the yard, see https://example.com/dog")
        make_ticket(dana, "Keypad beeps", priority=1, due_on=OPENED.date())
    page = new_page(width=width, height=900, dark=width == 390)
    sign_in(page, office.staff.user, site)
    page.goto(f"/{office.company.slug}/customers/{dana.pk}/notes/")
    page.get_by_label("Note", exact=True).fill("Call back about the invoice")
    page.get_by_label("Make it a ticket").check(force=True)
    page.get_by_label("For", exact=False).first.select_option(label="Rosa Calderon")
    axe(page)
    keep(page, f"notes-{width}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ticket 2 is opened.")).to_be_visible()
    page.goto(f"/{office.company.slug}/tickets/mine/")
    page.get_by_role("link", name="Call back about the invoice").click()
    page.get_by_role("textbox", name="Comment").fill("Left a voice mail.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("region", name="Comments")).to_contain_text("Left a voice mail.")
    axe(page)
    keep(page, f"ticket-{width}")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.goto(f"/{office.company.slug}/tickets/")
    page.get_by_role("combobox", name="Priority").select_option(label="High")
    expect(page.get_by_role("row", name="Keypad beeps")).to_be_visible()
    page.get_by_role("button", name="Keep").click()
    page.get_by_label("Name").fill("Hot")
    axe(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Hot")).to_have_attribute("aria-current", "true")
    keep(page, f"queue-{width}")


@pytest.mark.parametrize("width", [1440, 390])
def test_files_are_dropped_shown_deleted_and_put_back(
    office, new_page: Callable[..., "Page"], site: str, axe: Callable[["Page"], None], width: int
) -> None:
    from playwright.sync_api import expect

    with inside(office.company):
        dana = make_customer()
        FileQuota.objects.create(most=300_000)
    page = new_page(width=width, height=900, dark=width == 390)
    sign_in(page, office.staff.user, site)
    page.goto(f"/{office.company.slug}/customers/{dana.pk}/files/")
    sent = [("panel.png", picture()), ("plan.pdf", blank_pdf()), ("clip.mov", b"x" * 400_000), ("notes.txt", b"hello")]
    page.get_by_label("Choose files").set_input_files(
        [{"name": name, "mimeType": "", "buffer": content} for name, content in sent]
    )
    expect(page.get_by_text("notes.txt is kept.")).to_be_visible()
    expect(page.get_by_text("There is room for")).to_be_visible()
    expect(page.get_by_role("row", name="panel.png")).to_contain_text("Picture")
    expect(page.get_by_role("link", name="Files 3")).to_be_visible()
    axe(page)
    keep(page, f"files-{width}")
    page.get_by_role("link", name="panel.png").click()
    shown = page.get_by_role("img", name="panel.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.naturalWidth") == 320
    axe(page)
    page.get_by_role("link", name="All files").click()
    page.get_by_role("link", name="plan.pdf").click()
    expect(page.locator("object.preview")).to_be_visible()
    keep(page, f"pdf-{width}")
    page.get_by_role("link", name="All files").click()
    page.get_by_role("row", name="notes.txt").get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row", name="notes.txt")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row", name="notes.txt")).to_be_visible()


def picture() -> bytes:
    from PIL import Image

    made = BytesIO()
    Image.new("RGB", (320, 200), "#2347c5").save(made, "png")
    return made.getvalue()


def blank_pdf() -> bytes:
    from pypdf import PdfWriter

    writer, made = PdfWriter(), BytesIO()
    writer.add_blank_page(300, 200)
    writer.write(made)
    return made.getvalue()
