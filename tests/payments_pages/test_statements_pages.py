"""Aging and statements as the office sees them: what stands there, what is refused, and how little is asked for it."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Run
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import line, make_billed_customer, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statement_runs import work
from tests.payments_pages.shop import Shop, make_shop, signed_in


def owing(shop: Shop, price: str, **facts: Any) -> Any:
    with inside(shop.company):
        customer = make_billed_customer(state="", **facts)
        make_invoice(customer, lines=[line(price)])
    return customer


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_aging_has_a_row_for_each_who_owes(shop: Shop, rosa: Client) -> None:
    owing(shop, "500.00", first_name="Zoe", last_name="Abel")
    page = rosa.get(shop.url("reports/aging/")).content.decode()
    assert page.index("Zoe Abel") < page.index(shop.nora.name)
    assert "$539.95" in page
    by_name = rosa.get(shop.url("reports/aging/?sort=name&over=40")).content.decode()
    assert "Zoe Abel" in by_name
    assert shop.nora.name not in by_name.partition("<main")[2]
    assert "Nobody owes" not in by_name
    assert rosa.get(shop.url("reports/aging/?on=2019-01-01&over=x&days=-4&show=q&sort=z")).status_code == 200


def test_the_csv_is_exactly_what_is_shown(shop: Shop, rosa: Client) -> None:
    owing(shop, "500.00", first_name="=Zoe", last_name="Abel")
    rows = rows_of(rosa.get(shop.url("reports/aging.csv?sort=-total")))
    assert [(row["customer"], row["total"]) for row in rows] == [
        ("'=Zoe Abel", "500.00"), (shop.nora.name, "39.95"),
    ]  # fmt: skip
    assert [row["customer"] for row in rows_of(rosa.get(shop.url("reports/aging.csv?over=100")))] == ["'=Zoe Abel"]
    assert rows_of(rosa.get(shop.url("reports/aging.csv?q=nobodyatall"))) == []


def test_sixty_customers_take_as_many_queries_as_two(shop: Shop, rosa: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            rosa.get(shop.url("reports/aging/"))
        return len(seen)

    owing(shop, "1.00")
    few = asked()
    for _ in range(60):
        owing(shop, "2.00")
    assert asked() == few


def form_of(kind: str = "open_item", **more: str) -> dict[str, str]:
    return {
        "token": f"t-{kind}", "kind": kind, "starts_on": "2026-01-01", "ends_on": "2026-01-31",
        "includes_credits": "on", **more,
    }  # fmt: skip


def test_a_statement_is_previewed_made_printed_and_mailed(shop: Shop, rosa: Client) -> None:
    new = shop.of_nora("statements/new/")
    preview = rosa.post(new, form_of(preview="1")).content.decode()
    assert "Invoice 1" in preview
    with inside(shop.company):
        assert not Statement.objects.exists()
    answer: Any = rosa.post(new, form_of())
    rosa.post(new, form_of())
    with inside(shop.company):
        made = Statement.objects.get()
    assert answer.url == shop.url(f"statements/{made.pk}/")
    for path in (f"statements/{made.pk}/", f"customers/{shop.nora.pk}/statements/", "reports/statements/"):
        assert "$39.95" in rosa.get(shop.url(path)).content.decode(), path
    pdf = rosa.get(shop.url(f"statements/{made.pk}/pdf/?download=1"))
    assert (pdf.content[:5], f"statement-{made.number}.pdf" in pdf["Content-Disposition"]) == (b"%PDF-", True)
    rosa.post(shop.url(f"statements/{made.pk}/email/"), {"to": "nora@example.com"})
    with inside(shop.company):
        assert Message.objects.filter(kind="statement", about_id=made.pk).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ends_on": "2025-12-31"}, "ends before it begins"),
        ({"ends_on": "2199-01-01"}, "days to come"),
        ({"starts_on": "1900-01-01"}, "from the year 2000 on"),
        ({"starts_on": "soon"}, "Enter a valid date"),
        ({"kind": "other"}, "not one of the available choices"),
    ],
)
def test_a_period_that_cannot_be_is_refused(shop: Shop, rosa: Client, change: dict[str, str], says: str) -> None:
    answer = rosa.post(shop.of_nora("statements/new/"), form_of(**change))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with inside(shop.company):
        assert not Statement.objects.exists()


def test_statements_for_all_are_counted_first_and_made_once(shop: Shop, rosa: Client) -> None:
    owing(shop, "500.00")
    owing(shop, "600.00", email="")
    with clock.hold(clock.now()):
        today = shop.company.local_date(clock.now())
        new = shop.url("reports/statements/make/")
        assert "3 statements over $1,139.95 in all." in rosa.get(new).content.decode()
        sent = {**form_of(), "ends_on": today.isoformat(), "over": "100", "mails": "on"}
        assert "2 statements over $1,100.00" in rosa.post(new, sent).content.decode()
        assert "1 statement over $500.00" in rosa.post(new, {**sent, "mailable": "on"}).content.decode()
        assert "Nobody owes that much" in rosa.post(new, {**sent, "over": "9999"}).content.decode()
        first: Any = rosa.post(new, {**sent, "make": "1"})
        again: Any = rosa.post(new, {**sent, "make": "1"})
        assert first.url == again.url
        page = first.url
        assert "Waiting for a worker" in rosa.get(page).content.decode()
        with inside(shop.company):
            run = Run.objects.get(kind="statements")
        assert work(shop.company, run.pk, now=clock.now, actor=SYSTEM) == 2
        told = rosa.get(page).content.decode()
        assert re.search(r">2</strong>\s+statements", told)
        assert "1 go out by e-mail" in told
        assert rosa.get(page + "progress/").status_code == 286
        assert rosa.get(page + "pdf/?part=1").content[:5] == b"%PDF-"
        assert [rosa.get(page + f"pdf/?part={part}").status_code for part in (0, 2)] == [404, 404]


def test_who_may_what(shop: Shop, world: Any) -> None:
    viewer = signed_in(make_staff(shop.company, invoices.view))
    assert viewer.get(shop.url("reports/aging/")).status_code == 200
    assert viewer.post(shop.of_nora("statements/new/"), form_of()).status_code == 403
    assert viewer.get(shop.url("reports/statements/make/")).status_code == 403
    nobody = signed_in(make_staff(shop.company))
    assert [nobody.get(shop.url(path)).status_code for path in ("reports/aging/", "reports/aging.csv")] == [403, 403]
    rival = make_shop(world)
    theirs = signed_in(rival.rosa)
    assert theirs.get(rival.url(f"customers/{shop.nora.pk}/statements/")).status_code == 404
    page = theirs.get(rival.url("reports/aging/")).content.decode()
    assert f"/customers/{shop.nora.pk}/" not in page
