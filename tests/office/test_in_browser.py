"""Do the office's pages work in a browser: palette, dialogs, live progress, both themes, a phone?"""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from tests.house.looking import BRIEFLY

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Run
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.office.testing import make_open_company, office_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company():
    made = make_open_company()
    with inside(made):
        make_invoice(make_customer(last_name="Calderon", first_name="Ana"))
    return made


@pytest.fixture
def office(company, site: str, new_page: Callable):
    """Opens pages in which the owner has signed in."""
    cookie = office_of(company).cookies["sessionid"].value

    def open_page(**options):
        page = new_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        return page

    return open_page


def test_ctrl_k_finds_a_customer_and_enter_opens_it(company, office):
    page = office()
    page.goto(f"/{company.slug}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("cald")
    page.get_by_role("option", name=re.compile("Ana Calderon")).wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("Ana Calderon")).wait_for()
    assert re.search(r"/customers/\d+/$", page.url)


def test_an_invitation_opens_as_a_dialog_and_says_what_is_wrong_beside_the_field(company, office):
    page = office()
    page.goto(f"/{company.slug}/settings/users/")
    page.get_by_role("link", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Luis Ferrer")
    dialog.get_by_label("E-mail").fill("not an address")
    dialog.get_by_role("button", name="Invite").click()
    dialog.get_by_text("Enter a valid email address.").wait_for()
    assert dialog.get_by_label("Name").input_value() == "Luis Ferrer"


def test_a_running_night_moves_by_itself_and_shows_its_result_when_it_is_over(company, office):
    with inside(company):
        night = Run.objects.create(
            kind="night",
            on=dt.date(2026, 3, 9),
            state="running",
            stage="Charging",
            done=1,
            total=4,
            created_at=OPENED,
            started_at=OPENED,
            started_by="AlarmDesk",
        )
    page = office()
    page.goto(f"/{company.slug}/runs/{night.pk}/")
    page.get_by_text("25%").wait_for()
    with inside(company):
        Run.objects.filter(pk=night.pk).update(done=3)
    page.get_by_text("75%").wait_for()
    with inside(company):
        Run.objects.filter(pk=night.pk).update(
            state="finished", counts={"invoices": 1204, "invoiced": "48123.45"}, finished_at=OPENED
        )
    page.get_by_text("$48,123.45").wait_for()
    page.get_by_role("button", name="Run again").wait_for()


def test_older_changes_come_without_leaving_the_page(company, office):
    with inside(company):
        customer = make_customer()
        for number in range(60):
            Customer.objects.filter(pk=customer.pk).update(note=f"note {number}")
    page = office()
    page.goto(f"/{company.slug}/customers/{customer.pk}/history/")
    timeline = page.get_by_label("History", exact=True).locator(".timeline > li")
    assert timeline.count() == 51  # fifty changes and the link
    page.get_by_role("link", name="Older changes").click()
    page.get_by_role("link", name="Older changes").wait_for(state="detached")
    assert timeline.count() == 63  # sixty notes, the account, its address and its phone


def test_the_pages_of_a_company_that_has_just_opened_are_accessible_and_fit(company, eye_of):
    """How they are with much on them, and the settings, `tests/browser` looks at."""
    with inside(company):
        customer = Customer.objects.filter(company=company).first()
        group = company.groups.get(name="Office")
    eye = eye_of(office_of(company))
    account = f"customers/{customer.pk}/"
    for path in (
        "",
        "search/?q=cald",
        account,
        f"{account}history/",
        f"{account}messages/",
        "runs/",
        "runs/new/",
        f"settings/groups/{group.pk}/",
    ):
        assert eye.open(f"/{company.slug}/{path}"), path
        eye.judge(f"office-{path.replace('/', '-')}", BRIEFLY)
