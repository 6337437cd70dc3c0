"""In a real browser: the board by mouse and by keys alone, and a day on the road on a phone (F32)."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from alarmdesk.customers.testing import make_customer
from alarmdesk.office.testing import signed_in
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.permissions import OWN
from alarmdesk.scheduling.queries import crew_of
from alarmdesk.scheduling.technicians import take_off
from alarmdesk.scheduling.testing import local, make_appointment, make_technician
from tests.payments_pages.signing_in import keep, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.house.looking import Eye

pytestmark = pytest.mark.browser
MONDAY = "2026-11-23"


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock stands at 11:30 on Monday: it lives in a thread of its own."""
    monkeypatch.setenv("ALARMDESK_NOW", f"{MONDAY}T17:30:00+00:00")


@pytest.fixture
def day(shop: Any) -> Appointment:
    """A Monday with something of everything; Dana's appointment with Luis at nine is answered."""
    with shop.inside():
        people = [
            make_customer(first_name=first, last_name=last) for first, last in (("Nora", "Harlan"), ("Theo", "Sato"))
        ]
        shop.luis.trade, shop.priya.trade = "Install", "Service"
        for one in (shop.luis, shop.priya):
            one.save()
        off = make_technician("Sam Okoro", colour="amber", trade="Inspection")
        take_off(
            off, first_on=local(f"{MONDAY} 09:00").date(), last_on=local(f"{MONDAY} 09:00").date(), reason="Vacation"
        )
        mine = make_appointment(shop.dana, shop.luis, at=f"{MONDAY} 09:00")
        make_appointment(people[0], shop.priya, at=f"{MONDAY} 13:00", kind="install", work="New takeover, 14 zones")
        make_appointment(people[1], shop.luis, at=f"{MONDAY} 14:00", kind="removal", work="Take the panel down")
        make_appointment(people[1], work="Battery is low", kind="service", minutes=60)
        return mine


def board(shop: Any) -> str:
    return f"{shop.root}/schedule/?on={MONDAY}"


def where(shop: Any, appointment: Appointment) -> tuple[str, str, int]:
    """Who comes, when and for how long, as the database has it."""
    with shop.inside():
        appointment.refresh_from_db()
        starts = appointment.starts_at.astimezone(shop.company.zone) if appointment.starts_at else None
        return ", ".join(map(str, crew_of(appointment))), f"{starts:%H:%M}" if starts else "", appointment.minutes


def quarter(page: "Page") -> float:
    """How wide a quarter of an hour is, in px."""
    box = page.locator(".board-row .track").first.bounding_box()
    assert box
    return float(box["width"]) / 48


def middle(part: "Locator") -> tuple[float, float]:
    box = part.bounding_box()
    assert box
    return box["x"] + min(20, box["width"] / 2), box["y"] + box["height"] / 2


def test_the_pages_of_the_schedule_look_as_they_should(shop, day, eye_of: Callable[..., "Eye"]) -> None:
    eye = eye_of(shop.client)
    for path in (
        f"schedule/?on={MONDAY}", f"schedule/week/?on={MONDAY}", f"schedule/month/?on={MONDAY}",
        f"schedule/appointments/{day.pk}/", f"schedule/appointments/{day.pk}/edit/", "settings/technicians/",
        f"settings/technicians/{shop.luis.pk}/", f"settings/technicians/{shop.luis.pk}/calendar/",
        f"customers/{shop.dana.pk}/appointments/", "schedule/new/?q=dana", f"schedule/appointments/{day.pk}/cancel/",
    ):  # fmt: skip
        assert eye.open(f"{shop.root}/{path}")
        eye.judge(re.sub(r"\W+", "-", re.sub(r"\d+", "n", path)).strip("-"))
    road = eye_of(signed_in(shop.luis.staff.user))
    with shop.inside():
        shop.luis.staff.group.grants.create(resource=OWN.resource, verb=OWN.verb)
    assert road.open(f"{shop.root}/schedule/mine/")
    road.judge("mine")
    assert road.open(f"{shop.root}/schedule/mine/{day.pk}/done/")
    road.judge("done")


def test_a_bar_is_dragged_to_another_technician_and_undo_moves_it_back(
    shop, day, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    bar, priya = page.locator(f"#bar-{day.pk}"), page.get_by_role("region", name="Priya Nair")
    x, y = middle(bar)
    row = priya.bounding_box()
    assert row
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + quarter(page) * 12, row["y"] + 30, steps=6)  # noon: an hour into Nora's
    expect(page.locator(".bar.clash")).to_have_count(2)
    keep(page, "drag-clash")
    page.mouse.move(x + quarter(page) * 4, row["y"] + 30, steps=3)
    expect(page.locator(".bar.clash")).to_have_count(0)
    page.mouse.up()
    expect(page.get_by_text("Moved to Priya Nair, 10:00 AM")).to_be_visible()
    expect(priya.get_by_role("link", name="Dana Whitfield")).to_be_visible()
    assert where(shop, day) == ("Priya Nair", "10:00", 120)
    axe(page)
    keep(page, "drag-moved")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Moved back to Nov 23, 2026, 9:00 AM.")).to_be_visible()
    assert where(shop, day) == ("Luis Ferrer", "09:00", 120)


def test_a_bar_grows_at_its_edge_and_a_clash_comes_back_with_a_sentence(shop, day, page: "Page", site: str) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    edge = page.locator(f".bar:has(#bar-{day.pk}) .bar-edge")
    x, y = middle(edge)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + quarter(page) * 2, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("Moved to Luis Ferrer, 9:00 AM")).to_be_visible()
    assert where(shop, day) == ("Luis Ferrer", "09:00", 150)
    x, y = middle(page.locator(f"#bar-{day.pk}"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + quarter(page) * 16, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("Luis Ferrer is at Theo Sato on Nov 23, 2026 from 2:00 PM to 4:00 PM.")).to_be_visible()
    assert where(shop, day) == ("Luis Ferrer", "09:00", 150)
    expect(page.locator(".bar.held")).to_have_count(0)


def test_one_is_dragged_out_of_the_queue(shop, day, page: "Page", site: str) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    page.locator(".queued a").scroll_into_view_if_needed()
    x, y = middle(page.locator(".queued a"))
    row = page.get_by_role("region", name="Priya Nair").locator(".track").bounding_box()
    assert row
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(row["x"] + quarter(page) * 8 + 2, row["y"] + 30, steps=6)
    expect(page.locator(".bar.held")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_text("Moved to Priya Nair, 9:00 AM")).to_be_visible()
    expect(page.locator(".queued")).to_have_count(0)
    with shop.inside():
        waiting = Appointment.objects.get(work="Battery is low")
    assert where(shop, waiting) == ("Priya Nair", "09:00", 60)


def test_the_board_by_keys_alone(shop, day, page: "Page", site: str) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    bar, said = page.locator(f"#bar-{day.pk}"), page.locator("#board-said")
    for _ in range(60):
        page.keyboard.press("Tab")
        if bar.evaluate("it => it === document.activeElement"):
            break
    expect(bar).to_be_focused()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(said).to_contain_text("Priya Nair, 9:15 AM to 11:15 AM.")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Put back.")
    assert where(shop, day) == ("Luis Ferrer", "09:00", 120)
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved to Priya Nair, 9:15 AM")).to_be_visible()
    expect(bar).to_be_focused()
    assert where(shop, day) == ("Priya Nair", "09:15", 105)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/schedule/appointments/{day.pk}/$"))


def test_a_drop_outside_of_working_hours_asks_and_may_be_meant(
    shop, day, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    page.locator(f"#bar-{day.pk}").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#board-said")).to_contain_text("Outside of working hours.")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Luis Ferrer works from 8:00 AM to 5:00 PM on Mondays.")
    axe(page)
    keep(page, "outside-dialog")
    dialog.get_by_label("Book it all the same").check()
    dialog.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Scheduled for Nov 23, 2026, 7:45 AM to 9:45 AM.")).to_be_visible()
    assert where(shop, day) == ("Luis Ferrer", "07:45", 120)


def test_from_the_board_to_an_appointment_with_a_free_time(
    shop, day, page: "Page", site: str, axe: Callable[["Page"], None]
) -> None:
    from playwright.sync_api import expect

    sign_in(page, shop.rosa.user, site)
    page.goto(board(shop))
    page.get_by_role("link", name="New appointment").last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").press_sequentially("Nora")
    dialog.get_by_role("link", name="Nora Harlan").click()
    dialog.get_by_label("What is to be done").fill("Add a door contact")
    dialog.get_by_role("combobox", name="Technician").select_option(label="Luis Ferrer")
    dialog.get_by_role("button", name="Find free times").click()
    expect(dialog.get_by_role("button", name="Mon, Nov 23, 11:30 AM")).to_be_visible()
    axe(page)
    keep(page, "form-dialog")
    dialog.get_by_role("button", name="Mon, Nov 23, 12:30 PM").click()
    expect(dialog.get_by_label("Begins at")).to_have_value("12:30")
    dialog.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Scheduled for Nov 23, 2026, 12:30 PM to 1:30 PM.")).to_be_visible()


@pytest.mark.viewport(390, 844)
def test_a_day_on_the_road_on_a_phone(shop, page: "Page", site: str, axe: Callable[["Page"], None]) -> None:
    from playwright.sync_api import expect

    with shop.inside():
        theo = make_technician("Theo Sato", grants=(OWN,))
        mine = make_appointment(shop.dana, theo, at=f"{MONDAY} 13:00", note="Gate code 4411")
    sign_in(page, theo.staff.user, site)
    page.goto(f"{shop.root}/")
    page.get_by_role("navigation", name="Main, short").get_by_role("link", name="My day").click()
    expect(page.get_by_text("Gate code 4411")).to_be_visible()
    axe(page)
    keep(page, "mine-phone")
    page.get_by_role("button", name="On my way").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_role("button", name="On site").click()
    expect(page.get_by_role("button", name="On my way")).to_have_count(0)
    page.get_by_role("link", name="Done").click()
    page.get_by_label("What was done").fill("New keypad, tested with the station")
    axe(page)
    keep(page, "done-phone")
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(page.get_by_text("Done: Dana Whitfield.")).to_be_visible()
    with shop.inside():
        mine.refresh_from_db()
        assert (mine.done_by, mine.done_work) == ("Theo Sato", "New keypad, tested with the station")
