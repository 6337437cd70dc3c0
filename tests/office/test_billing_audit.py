"""What the billing audit finds, what it leaves alone, and how a finding is answered for."""

import csv
import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.entering import entered, entered_id, inside
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing import certificates
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import CustomerTax, ParkedAccount, StateExemption, TaxCertificate
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import (
    BY,
    line,
    make_billed_customer,
    make_furnished_company,
    make_invoice,
    make_item,
    make_recurring,
    make_state_tax,
)
from alarmdesk.lib import clock
from alarmdesk.lib.findings import Stake
from alarmdesk.office import billing_audit
from alarmdesk.office.billing_audit import BY_CODE, KINDS
from alarmdesk.office.testing import signed_in
from alarmdesk.payments.models import AutoPay, BillingMethod

TODAY = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 1, 1, 18, tzinfo=dt.UTC)
MMR = Decimal("39.95")


@pytest.fixture
def shop():
    """Northgate Security on January 1, 2026. Oklahoma has a rate; one customer is billed as it should be."""
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
        make_recurring(make_billed_customer(mmr=MMR))
    rosa = make_staff(company, billing_admin.view, billing_admin.modify)
    with clock.hold(NOW):
        yield SimpleNamespace(company=company, client=signed_in(rosa), root=f"/{company.slug}/reports/billing-audit/")


def person(**fields) -> Customer:
    return make_billed_customer(mmr=MMR, **fields)


def found(today=TODAY, **wanted):
    return [(one.kind.code, one.customer_id, one.monthly) for one in billing_audit.findings(today=today, **wanted)]


def cancelled(customer: Customer, on: dt.date = TODAY) -> Customer:
    customer.status, customer.cancelled_on = "cancelled", on
    customer.save()
    return customer


def certificate(customer: Customer, until: str, **fields) -> TaxCertificate:
    fields = {"number": "R-1", "valid_from": dt.date(2020, 1, 1), **fields}
    made = TaxCertificate(
        customer=customer, valid_until=dt.date.fromisoformat(until), entered_at=OPENED, entered_by=BY, **fields
    )
    certificates.save(made)
    return made


def drawn(customer: Customer, **method) -> BillingMethod:
    """A recurring invoice of the customer on Auto Pay with a card."""
    method = {"kind": "card", "vault_id": "v", "brand": "Visa", "last_four": "1111", "created_at": OPENED, **method}
    card = BillingMethod.objects.create(customer=customer, created_by=BY, **method)
    AutoPay.objects.create(
        recurring_invoice=make_recurring(customer), billing_method=card, enrolled_at=OPENED, enrolled_by=BY
    )
    return card


def test_who_is_billed_as_it_should_be_is_no_finding(shop):
    with inside(shop.company):
        assert found() == []
        assert all(
            tally.open == tally.dismissed == tally.monthly == 0 for tally in billing_audit.audit(today=TODAY).tallies
        )


def test_active_with_an_mmr_and_never_billed(shop):
    with inside(shop.company):
        somebody = person(customer_since=dt.date(2025, 3, 1))
        person(status="pending")
        person(status="suspended")
        person(stage="lead")
        make_billed_customer()  # without MMR
        (one,) = billing_audit.findings(today=TODAY)
        assert (one.kind.code, one.customer_id, one.monthly) == ("never_billed", somebody.pk, MMR)
        assert (one.since, one.what) == (dt.date(2025, 3, 1), "Its MMR is on no recurring invoice")


def test_what_has_ended_or_made_all_its_invoices_without_a_successor(shop):
    with inside(shop.company):
        ended, succeeded, spent = person(), person(), make_billed_customer()
        end(make_recurring(ended), on=TODAY, reason="Price", by=BY)
        end(make_recurring(succeeded), on=TODAY, reason="Price", by=BY)
        make_recurring(succeeded)
        last = make_recurring(spent, unit="year", lines=[line("120")])
        last.next_on, last.times, last.next_seq = None, 1, 1
        last.save()
        assert found() == [("ended", ended.pk, MMR), ("ended", spent.pk, Decimal("10.00"))]


def test_parked_until_it_is_released(shop):
    with inside(shop.company):
        parked = [
            ParkedAccount.objects.create(
                customer=one.customer, recurring_invoice=one, reason="No term", parked_at=OPENED, released_at=released
            )
            for one, released in ((make_recurring(person()), None), (make_recurring(person()), OPENED))
        ]
        assert found() == [("parked", parked[0].customer_id, MMR)]


@pytest.mark.parametrize(
    ("mmr", "billed", "every", "unit", "code", "monthly"),
    [
        ("49.95", "39.95", 1, "month", "billed_less", "10.00"),
        ("30.00", "39.95", 1, "month", "billed_more", "9.95"),
        ("39.95", "119.85", 3, "month", None, None),
        ("40.00", "119.85", 3, "month", "billed_less", "0.05"),
        ("100.00", "1200.00", 1, "year", None, None),
        ("30.42", "7.00", 1, "week", None, None),  # 7 × 365 / 84
        ("30.42", "1.00", 1, "day", None, None),
        ("0.00", "39.95", 1, "month", "billed_more", "39.95"),
    ],
)
def test_the_mmr_is_held_against_what_is_billed_in_a_month(shop, mmr, billed, every, unit, code, monthly):
    with inside(shop.company):
        somebody = make_billed_customer(mmr=Decimal(mmr))
        extra = line("12", item=make_item())  # no monitoring: it does not count
        make_recurring(somebody, lines=[line(billed), extra], every=every, unit=unit)
        assert found() == ([(code, somebody.pk, Decimal(monthly))] if code else [])


def test_monitoring_billed_twice_unless_both_add_up_to_the_mmr(shop):
    with inside(shop.company):
        twice, both = person(), make_billed_customer(mmr=Decimal("79.90"))
        for customer in (twice, both):
            make_recurring(customer)
            make_recurring(customer)
        assert found() == [("duplicate", twice.pk, MMR)]


def test_cancelled_and_not_ended(shop):
    with inside(shop.company):
        left = cancelled(person(), dt.date(2025, 12, 1))
        make_recurring(left)
        ended = person()
        end(make_recurring(ended), on=TODAY, reason="Leaves", by=BY)
        cancelled(ended)
        assert found() == [("cancelled_running", left.pk, MMR)]


def test_billed_on_or_after_the_day_of_leaving(shop):
    with inside(shop.company):
        late, early, void_one = person(), person(), person()
        for customer in (late, early, void_one):
            make_recurring(customer, anchor_on=dt.date(2026, 1, 2))
    tomorrow = dt.date(2026, 1, 2)
    generate_due(shop.company, today=tomorrow, at=clock.noon(tomorrow, shop.company.zone))
    with inside(shop.company):
        for customer, on in ((late, tomorrow), (early, dt.date(2026, 1, 3)), (void_one, tomorrow)):
            cancelled(customer, on)
            customer.recurring_invoices.update(next_on=None)
        void(void_one.invoices.get(), reason="Left", at=NOW, by=BY)
        make_invoice(late)  # by hand, and wanted
        (one,) = billing_audit.findings(today=tomorrow)
        assert (one.kind.code, one.customer_id) == ("cancelled_billed", late.pk)
        assert one.what == "1 invoice dated from Jan 2, 2026 on, $43.25 in all"


def test_a_state_without_a_rate_while_taxable_items_are_sold_there(shop):
    with inside(shop.company):
        never = make_item(taxable="never")
        labor, always = make_item(item_class="labor"), make_item(item_class="labor", taxable="always")
        StateExemption.objects.create(state="TX", item_class="labor")
        own, exempt, shown = (make_billed_customer(state="TX") for _ in range(3))
        CustomerTax.objects.create(customer=own, rate=Decimal(5))
        CustomerTax.objects.create(customer=exempt, rate=Decimal(0))
        certificate(shown, "2030-12-31", states=["TX"])
        for customer in (own, exempt, shown):
            make_recurring(customer, lines=[line("10", item=make_item())])
        make_recurring(
            make_billed_customer(state="TX"),
            lines=[line("1", item=never), line("2", item=labor), line("4", item=make_item(), tax_rate=Decimal(0))],
        )
        assert found() == []
        for price in ("8", "16"):
            make_recurring(make_billed_customer(state="TX"), lines=[line(price, item=always)], every=2)
        (one,) = billing_audit.findings(today=TODAY)
        assert (one.kind.code, one.customer_id, one.about, one.monthly) == ("no_rate", None, "TX", Decimal("12.00"))
        assert one.what == "Taxable items are sold in TX to 2 customers, but no rate is known"
        assert one.fix_url == f"/{shop.company.slug}/settings/taxes/new/?state=TX"
        make_state_tax("TX", "0", dt.date(2026, 1, 31))  # from the day of the next invoices on
        assert found() == []


def test_no_address_to_tax_by(shop):
    with inside(shop.company):
        nowhere = make_billed_customer(state="")
        make_recurring(nowhere, lines=[line("25", item=make_item())])
        make_recurring(make_billed_customer(state=""), lines=[line("25", item=make_item(taxable="never"))])
        assert found() == [("no_state", nowhere.pk, Decimal("25.00"))]


def test_auto_pay_that_cannot_charge(shop):
    with inside(shop.company):
        bad = [person() for _ in range(5)]
        drawn(bad[0], blocked_at=OPENED, blocked_reason="R02")
        drawn(bad[1], refused_at=OPENED, refused_code="204")
        drawn(bad[2], expires_on=TODAY - dt.timedelta(days=1))
        gone = drawn(bad[3])
        gone.auto_pays.update(ended_at=OPENED, ended_by=BY)
        gone.removed_at = OPENED
        gone.save()
        drawn(bad[4], kind="manual", vault_id="", removed_at=OPENED)
        drawn(person(), expires_on=TODAY)  # good on its last day
        stopped = drawn(person())
        stopped.auto_pays.update(ended_at=OPENED, ended_by=BY)  # the customer pays otherwise
        cancelled_one = person()
        drawn(cancelled_one, blocked_at=OPENED)
        cancelled_one.recurring_invoices.update(next_on=None)
        cancelled(cancelled_one)
        assert sorted(found()) == [("cannot_pay", one.pk, MMR) for one in bad]
        whats = {one.customer_id: one.what.partition(": ")[2] for one in billing_audit.findings(today=TODAY)}
        assert [whats[one.pk] for one in bad] == [
            "Visa ending 1111 is blocked",
            "Visa ending 1111 was declined for good",
            "Visa ending 1111 has expired on Dec 31, 2025",
            "Visa ending 1111 was removed",
            "manual billing was removed",
        ]


def test_to_be_mailed_without_an_address(shop):
    with inside(shop.company):
        silent, paper = person(email=""), person(email="")
        make_recurring(paper)
        recurring = make_recurring(silent)
        recurring.email_on_generation = True  # the address was taken away later
        recurring.save()
        make_recurring(person(), email_on_generation=True)
        assert found() == [("no_email", silent.pk, None)]


def test_a_certificate_that_has_expired_or_is_about_to(shop):
    with inside(shop.company):
        over, soon, later, renewed, left = (person() for _ in range(5))
        for customer in (over, soon, later, renewed, left):
            make_recurring(customer)
        certificate(over, "2025-12-31")
        certificate(soon, "2026-01-01")
        certificate(later, "2026-03-03")
        certificate(renewed, "2025-12-31", states=["OK"])
        certificate(renewed, "2027-12-31", number="R-2")
        certificate(left, "2025-12-31")
        left.recurring_invoices.update(next_on=None)
        cancelled(left)
        assert sorted(found()) == [("certificate_expired", over.pk, None), ("certificate_expiring", soon.pk, None)]
        assert certificates.to_renew(renewed, TODAY) == []


# --- sums, by a reckoning of their own

NOT_BILLED = """
select count(*), sum(mmr) from customers_customer c where company_id = %s and stage = 'customer' and status = 'active'
and mmr > 0 and id not in (select customer_id from invoicing_recurringinvoice where company_id = %s)
"""


def test_the_sums_at_the_top_are_those_of_the_rows_and_of_postgresql(shop):
    with inside(shop.company):
        for cents in range(70):
            make_billed_customer(mmr=Decimal("30.00") + Decimal(cents) / 100)
        counted = billing_audit.audit(today=TODAY).tallies
        with connection.cursor() as cursor:
            cursor.execute(NOT_BILLED, [entered_id(), entered_id()])
            count, total = cursor.fetchone()
        assert (count, total) == (70, Decimal("2124.15"))
        assert [(one.kind.code, one.open, one.monthly) for one in counted if one.open] == [
            ("never_billed", count, total)
        ]
        assert billing_audit.at_stake(counted)[Stake.UNBILLED] == total
        assert sum(one.monthly for one in billing_audit.findings(today=TODAY)) == total
    page = shop.client.get(shop.root)
    assert "$2,124.15" in page.content.decode()
    assert page.content.decode().count("Its MMR is on no recurring invoice") == 50
    rest = shop.client.get(f"{shop.root}?page=2&kind=never_billed")
    assert rest.content.decode().count("Its MMR is on no recurring invoice") == 20
    rows = list(csv.DictReader(io.StringIO(shop.client.get(f"{shop.root}findings.csv").content.decode("utf-8-sig"))))
    assert (len(rows), sum(Decimal(row["monthly"]) for row in rows)) == (70, total)


def test_seventy_findings_take_as_many_queries_as_one(shop):
    def asked():
        with CaptureQueriesContext(connection) as made:
            assert shop.client.get(shop.root).status_code == 200
        return len(made)

    with inside(shop.company):
        person()
    one = asked()
    with inside(shop.company):
        for _ in range(69):
            person()
    assert asked() == one


# --- answered for


def test_a_finding_is_dismissed_until_its_day_and_comes_back_when_the_facts_change(shop):
    with inside(shop.company):
        somebody = person()
        (one,) = billing_audit.findings(today=TODAY)
    url = f"{shop.root}dismiss/?kind=never_billed&about={somebody.pk}"
    said = {"reason": "Free until March", "until": "2026-02-28", "facts": one.facts}
    for wrong in ({"reason": " "}, {"until": "2025-12-31"}, {"until": "2028-02-01"}, {"facts": "1.00"}):
        answer = shop.client.post(url, {**said, **wrong})
        assert answer.status_code == 422
        assert ("Free until March" in answer.content.decode()) == ("reason" not in wrong)
    assert shop.client.post(url, said).status_code == 302
    page = shop.client.get(f"{shop.root}?show=dismissed").content.decode()
    assert "Free until March" in page
    assert "Feb 28, 2026" in page
    with inside(shop.company):
        assert found() == []
        assert found(is_dismissed=True) == [("never_billed", somebody.pk, MMR)]
        assert found(dt.date(2026, 2, 28)) == []
        assert found(dt.date(2026, 3, 1)) == [("never_billed", somebody.pk, MMR)]
        kept = entered().finding_dismissals.get()
        assert (kept.reason, kept.dismissed_at, kept.customer_id) == ("Free until March", NOW, somebody.pk)
        somebody.mmr = Decimal("49.95")
        somebody.save()
        assert found() == [("never_billed", somebody.pk, Decimal("49.95"))]
    # it is answered for anew, and then stands again
    assert shop.client.post(url, {**said, "facts": "49.95"}).status_code == 302
    with inside(shop.company):
        assert found() == []
        latest = entered().finding_dismissals.get(lifted_at=None)
    assert shop.client.post(f"{shop.root}dismissed/{latest.pk}/lift/").status_code == 302
    with inside(shop.company):
        assert len(found()) == 1


def test_what_was_mended_meanwhile_is_said_to_be_gone(shop):
    with inside(shop.company):
        somebody = person()
        make_recurring(somebody)
    answer = shop.client.get(f"{shop.root}dismiss/?kind=never_billed&about={somebody.pk}", follow=True)
    assert "That finding is gone" in answer.content.decode()
    assert shop.client.get(f"{shop.root}dismiss/?kind=nonsense", follow=True).status_code == 200


def test_who_may_only_look_cannot_dismiss(shop):
    with inside(shop.company):
        somebody = person()
    looker = signed_in(make_staff(shop.company, billing_admin.view))
    assert "Dismiss" not in looker.get(shop.root).content.decode()
    assert looker.post(f"{shop.root}dismiss/?kind=never_billed&about={somebody.pk}").status_code == 403


def test_a_customer_is_found_by_name_and_a_rivals_findings_are_not_ours(shop):
    rival = make_furnished_company()
    with inside(rival):
        person(last_name="Rivalson")
    with inside(shop.company):
        wanted = person(last_name="Okafor")
        person(last_name="Lindqvist")
    page = shop.client.get(f"{shop.root}?q=okaf").content.decode()
    assert "Okafor" in page
    assert "Lindqvist" not in page
    assert "Rivalson" not in shop.client.get(shop.root).content.decode()
    with inside(shop.company):
        assert found(customer_ids=[wanted.pk]) == [("never_billed", wanted.pk, MMR)]


def test_every_kind_has_a_code_of_its_own_that_fits():
    assert len(BY_CODE) == len(KINDS)
    assert all(len(kind.code) <= 30 and kind.fix and kind.says for kind in KINDS)
