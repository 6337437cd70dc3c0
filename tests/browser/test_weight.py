"""How much does a page cost: bytes over the wire, and questions to the database however many rows it shows?"""

import gzip
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.testing import TODAY, make_invoice, make_recurring
from alarmdesk.messaging.models import Message
from alarmdesk.office.testing import make_open_company, office_of, owner_of, signed_in
from alarmdesk.payments.testing import make_cash_payment
from alarmdesk.portal.testing import make_holder
from tests.architecture.shop import Shop
from tests.payments_pages.signing_in import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

# look.md: a page is at most this heavy when it is the first one, and when its files are in the browser's cache
COLD, WARM = 80_000, 15_000
PACKED = (".woff2", ".png", ".jpg")  # whitenoise leaves them as they are


def sent(answer: "Response") -> int:
    """Bytes of the body as they travel: a page as it came, a static file as the demo's storage packs it."""
    if "/static/" not in answer.url:
        return answer.request.sizes()["responseBodySize"]
    body = answer.body()
    return len(body) if answer.url.partition("?")[0].endswith(PACKED) else len(gzip.compress(body, 9))


@pytest.mark.browser
def test_the_customers_page_is_light(shop: Shop, site: str, new_page: Callable[..., "Page"]) -> None:
    page = new_page()
    sign_in(page, owner_of(shop.company).user, site)
    answers: list[Response] = []

    def keep(answer: "Response") -> None:  # playwright wants to write on what it calls: a bound method will not do
        answers.append(answer)

    page.on("response", keep)
    page.goto(f"/{shop.company.slug}/customers/{shop['customer'].pk}/", wait_until="networkidle")
    page.wait_for_function("document.fonts.status === 'loaded'")
    weights = {answer.url.rpartition("/")[2] or "the page": sent(answer) for answer in answers}
    assert "app.css" in weights
    assert any(name.endswith(".woff2") for name in weights)
    assert sum(weights.values()) <= COLD, weights
    # static files are named by their content and kept for ever: only the page itself comes again
    assert weights["the page"] <= WARM, weights


# --- questions

LISTS = (
    "office:home", "customers:list", "customers:leads", "invoicing:list", "invoicing:recurring_list", "payments:list",
    "office:runs", "office:users", "exports:list", "imports:list",
)  # fmt: skip
TABS = ("invoicing:of_customer", "invoicing:recurring_of_customer", "payments:of_customer", "payments:methods")
OF_ONE = ("office:customer", "office:history", "office:messages")
PORTAL = ("portal:home", "portal:paid", "portal:receipts", "portal:methods")
# the dearest page that there is, with what sessions and the front door ask
MOST = 47


def fill(company: Company, rows: int) -> Any:
    """A company with so many rows of everything; one customer has as many of their own."""
    with inside(company):
        customer = make_customer()
        for number in range(rows):
            other = make_customer()
            make_lead()
            for one in (customer, other):
                make_invoice(one)
                make_recurring(one)
                make_cash_payment(one, "1.00")
            Message.objects.create(customer=customer, kind="note", to="a@example.com", queued_at=OPENED, due_at=OPENED)
            Run.objects.create(
                kind="night", on=TODAY.replace(month=1 + number // 25, day=1 + number % 25), created_at=OPENED,
                started_by="AlarmDesk", state="finished",
            )  # fmt: skip
        holder = make_holder(customer)
    return customer, holder


@pytest.fixture(scope="module")
def small_and_large() -> list[tuple[Client, Client, dict[str, Any], int]]:
    made = []
    for rows in (1, 50):
        company = make_open_company()
        customer, holder = fill(company, rows)
        made.append((office_of(company), signed_in(holder.user), {"company": company.slug}, customer.pk))
    return made


def questions(client: Client, path: str) -> int:
    client.get(path)  # what is asked once per process is not the page's
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200, path
    # a list of several pages also asks of how many rows
    return len(captured) - (b'class="pager"' in answer.content)


@pytest.mark.parametrize("name", [*LISTS, *TABS, *OF_ONE, *PORTAL])
def test_a_page_asks_as_much_for_fifty_rows_as_for_one(name: str, small_and_large: Any) -> None:
    asked = []
    for office, portal, words, pk in small_and_large:
        keywords = {**words, **({"customer": pk} if name in TABS else {"pk": pk} if name in OF_ONE else {})}
        asked.append(questions(portal if name in PORTAL else office, reverse(name, kwargs=keywords)))
    assert asked[1] <= asked[0], f"{name} asks {asked[0]} questions for one row and {asked[1]} for fifty"
    assert asked[1] <= MOST, f"{name} asks {asked[1]} questions"
