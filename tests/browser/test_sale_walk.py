"""From a lead to a paid visit, with real buttons: lead, quote, credit check, customer with the quote as invoice, its
equipment, an appointment, the technician's day, the invoice for the work. On a desk, on a phone, and by keys alone.
"""

import datetime as dt
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error, Locator, expect

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.credit.models import Bureau
from alarmdesk.credit.testing import make_bureau, make_credit_settings
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.models import Piece
from alarmdesk.equipment.testing import make_equipment
from alarmdesk.invoicing.testing import make_furnished_company, make_item
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.permissions import OWN
from alarmdesk.scheduling.testing import make_technician
from tests.payments_pages.signing_in import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
MONDAY = "2026-11-23"
FAR = 150  # times that Tab is pressed at most
PATIENCE = 30_000  # ms


@pytest.fixture
def trade(world: Any, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A dealer on a Monday at 8:30: a catalogue, a bureau, somebody who goes out."""
    monkeypatch.setenv("ALARMDESK_NOW", f"{MONDAY}T14:30:00+00:00")
    world.clear_faults()
    company = make_furnished_company(time_zone="America/Chicago")
    rosa = make_staff(company, administrator=True, name="Rosa Calderon")
    with inside(company):
        motion = make_equipment("Motion detector", "45.00")
        make_item(code="Motion detector", default_price="45.00", item_class="product", equipment=motion)
        make_credit_settings()
        make_bureau(world, kind=Bureau.Kind.TRANSUNION, name="Transunion")
        luis = make_technician("Luis Ferrer", grants=(OWN,))
    return SimpleNamespace(company=company, rosa=rosa.user, luis=luis.staff.user)


def named(name: str) -> re.Pattern[str]:
    """A name as it is shown: with how many there are, or that one need not fill it in."""
    return re.compile(rf"^{re.escape(name)}(\s+(\d+|Optional))*$")


class Hands:
    """Somebody with a mouse, or with a finger."""

    def __init__(self, page: "Page", axe: Callable[["Page"], None]) -> None:
        self.page, self.axe = page, axe

    @property
    def here(self) -> Locator:
        """The dialog, where one is open, else the page itself."""
        return self.page.locator("dialog[open], body:not(:has(dialog[open])) main")

    def press(self, name: str, kind: str = "button", within: str = "") -> None:
        place = self.here.locator(within) if within else self.here
        found = place.get_by_role(kind, name=named(name))  # type: ignore[arg-type]
        found.locator("visible=true").first.click()

    def follow(self, name: str, within: str = "") -> None:
        self.press(name, "link", within)

    def act(self, name: str) -> None:
        """A verb of the customer's page; on a phone some are behind More actions."""
        link = self.page.locator("main header").get_by_role("link", name=name, exact=True)
        expect(link.first).to_be_attached()
        if not link.locator("visible=true").count():
            self.page.locator("main").get_by_role("button", name="More actions").click()
        link.locator("visible=true").first.click()

    def go_back_to(self, crumb: str) -> None:
        self.page.get_by_role("navigation", name="You are here").get_by_role("link", name=crumb).click()

    def field(self, label: str) -> Locator:
        return self.here.get_by_label(named(label)).first

    def fill(self, label: str, value: str) -> None:
        self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        self.field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        self.here.get_by_label(re.compile(f"^{re.escape(label)}")).first.check(force=True)

    def arrives(self, path: str) -> None:
        """What was sent was taken, and the next page is there."""
        expect(self.page).to_have_url(re.compile(path), timeout=PATIENCE)
        self.page.wait_for_load_state()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=PATIENCE)
        self.axe(self.page)


NAME = """() => { const at = document.activeElement;
  return (at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "").trim(); }"""


class Keys(Hands):
    """Somebody without a mouse: Tab, letters, arrows, Space and Enter."""

    def to(self, name: re.Pattern[str], css: str) -> None:
        for _ in range(FAR):
            try:
                if name.match(self.page.evaluate(NAME)) and self.page.locator(f":focus:is({css})").count():
                    return
            except Error:  # the page went away under the fingers
                self.page.wait_for_load_state()
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {name.pattern!r}")

    def press(self, name: str, kind: str = "button", within: str = "") -> None:
        tag = "a" if kind == "link" else "button:not([tabindex='-1'])"
        self.to(named(name), f":is(main, dialog) {within} {tag}")
        self.page.keyboard.press("Enter")

    def act(self, name: str) -> None:
        self.follow(name)

    def go_back_to(self, crumb: str) -> None:
        self.to(named(crumb), "nav[aria-label='You are here'] a")
        self.page.keyboard.press("Enter")

    def fill(self, label: str, value: str) -> None:
        self.to(named(label), "input, textarea")
        kind = self.page.locator(":focus").get_attribute("type")
        if kind == "date":
            value = f"{dt.date.fromisoformat(value):%m%d%Y}"
        elif kind == "time":
            value = f"{dt.time.fromisoformat(value):%I%M%p}"
        else:
            self.page.keyboard.press("Control+a")
        self.page.keyboard.type(value)

    def choose(self, label: str, option: str) -> None:
        self.to(named(label), "select")
        self.page.keyboard.type(option)

    def tick(self, label: str) -> None:
        found = self.here.get_by_label(re.compile(f"^{re.escape(label)}")).first
        if found.get_attribute("type") == "radio":
            self._arrow_to(found)
            return
        self.to(re.compile(re.escape(label)), "input")
        self.page.keyboard.press("Space")
        expect(found).to_be_checked()

    def _arrow_to(self, radio: Locator) -> None:
        name = radio.get_attribute("name")
        for _ in range(FAR):
            if self.page.locator(f":focus:is([name='{name}'])").count():
                break
            self.page.keyboard.press("Tab")
        for _ in range(10):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError("the arrows never come to it")


@pytest.mark.parametrize(
    ("hands", "width", "dark"),
    [(Hands, 1440, False), (Hands, 390, True), (Keys, 1440, True)],
    ids=["desk", "phone", "keys"],
)
def test_from_a_lead_to_the_invoice_for_the_work(
    trade: SimpleNamespace, new_page: Callable[..., "Page"], site: str, axe: Callable[["Page"], None],
    hands: type[Hands], width: int, dark: bool,
) -> None:  # fmt: skip
    page = new_page(width=width, height=900, dark=dark)
    sign_in(page, trade.rosa, site)
    person = hands(page, axe)
    page.goto(f"/{trade.company.slug}/leads/")
    take_a_lead(person)
    quote(person)
    check_credit(person)
    make_a_customer(person)
    take_the_equipment(person)
    schedule(person)
    go_there(hands(new_page(width=390, height=844, dark=dark), axe), trade, site)
    bill_the_work(person)
    with inside(trade.company):
        dana = Customer.objects.get()
        assert (dana.stage, dana.credit_reports.exclude(applied_at=None).get().score) == ("customer", 712)
        assert [str(each.total) for each in dana.invoices.filter(type="invoice", voided_at=None)] == ["90.00", "85.00"]
        assert Piece.objects.get().quantity == 2
        done = Appointment.objects.get()
        assert (done.done_by, done.done_work) == ("Luis Ferrer", "Two detectors, tested")


def take_a_lead(person: Hands) -> None:
    person.follow("New lead")
    for label, value in {
        "First name": "Dana", "Last name": "Whitfield", "E-mail": "dana@example.com", "Street": "712 Score St",
        "City": "Tulsa", "State": "OK", "ZIP code": "74104",
    }.items():  # fmt: skip
        person.fill(label, value)
    person.press("Save")
    person.sees("Dana Whitfield")


def quote(person: Hands) -> None:
    person.act("New quote")
    person.choose("Item, line 1", "Motion detector")
    expect(person.page.locator("#amount-0")).to_have_text("$45.00")
    person.fill("Quantity, line 1", "2")
    expect(person.page.locator("#totals")).to_contain_text("$90.00")
    person.press("Save")
    person.arrives("/invoices/$")
    person.sees("Quote 1")


def check_credit(person: Hands) -> None:
    person.follow("Credit reports")
    person.follow("Run Credit")
    person.choose("Permissible purpose", "They began a transaction with us")
    person.fill("Who agreed", "Dana Whitfield")
    person.tick("They agreed to this")
    person.press("Run Credit")
    person.sees("Transunion says 712: grade B.")
    person.press("Apply to lead")
    person.sees("Unapply")


def make_a_customer(person: Hands) -> None:
    person.go_back_to("Credit reports")
    person.act("Make a customer")
    person.tick("Quote 1 of")
    person.choose("Term of the invoice", "Net 15")
    person.press("Make a customer")
    person.sees("Customer since")


def take_the_equipment(person: Hands) -> None:
    person.follow("Equipment")
    person.follow("Add Invoiced Equipment")
    person.press("Add 1 line")
    person.sees("Motion detector")


def schedule(person: Hands) -> None:
    person.follow("Schedule")
    person.arrives("/appointments/$")
    person.follow("Schedule", within="section")
    person.fill("What is to be done", "Install two detectors")
    person.choose("Technician", "Luis Ferrer")
    person.fill("Day", MONDAY)
    person.fill("Begins at", "13:00")
    person.press("Save")
    person.sees("Scheduled for Nov 23, 2026, 1:00 PM to 2:00 PM.")


def go_there(person: Hands, trade: SimpleNamespace, site: str) -> None:
    sign_in(person.page, trade.luis, site)
    person.page.goto(f"/{trade.company.slug}/schedule/mine/")
    person.press("On my way")
    person.press("On site")
    person.follow("Done")
    person.fill("What was done", "Two detectors, tested")
    person.press("Done")
    person.sees("Done: Dana Whitfield.")


def bill_the_work(person: Hands) -> None:
    person.page.reload()
    person.follow("Bill the work")
    person.choose("Item, line 1", "Labor")
    expect(person.page.locator("#totals")).to_contain_text("$85.00")
    person.press("Save")
    person.arrives("/invoices/$")
    person.sees("$85.00")
