"""How is an issued document corrected, and what says so afterwards (F42)?"""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from alarmdesk.invoicing.actions import price_for, void
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.correcting import AlreadyReplaced, follow
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Succession
from alarmdesk.invoicing.testing import line, make_invoice, make_recurring, net
from alarmdesk.payments.autopay import owing_now
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway, PlannedAllocation
from alarmdesk.payments.testing import make_cash_payment
from tests.invoicing.test_exemptions import make_certificate
from tests.invoicing_pages.conftest import NOW
from tests.invoicing_pages.test_writing import text_of, typed

NIGHT = NOW.date() + dt.timedelta(days=1)
LABOR = (5, "Labor, corrected", "2", "10", "")


def correct(shop, document):
    """Begin a correction: the address of its draft."""
    asked = shop.client.get(f"{shop.root}/invoices/{document.pk}/correct/")
    assert asked.status_code == 200
    answer = shop.client.post(f"{shop.root}/invoices/{document.pk}/correct/")
    assert "/drafts/" in answer["Location"]
    return answer["Location"]


def words_of(shop, document):
    pdf = shop.client.get(f"{shop.root}/invoices/{document.pk}/pdf/").content
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_a_correction_voids_the_old_invoice_and_both_name_each_other(shop):
    with shop.inside():
        old = make_invoice(shop.dana, lines=[line("49.95", description="Wrong"), line("5")], po_number="PO-7")
    url = correct(shop, old)
    page = shop.client.get(url)
    assert "This corrects Invoice 1 , which is void when you save it." in text_of(page)
    assert 'value="Wrong"' in page.content.decode()
    assert 'value="PO-7"' in page.content.decode()
    with shop.inside():
        assert shop.company.invoices.get().voided_at is None, "nothing changes until it is saved"
    no_reason = shop.client.post(url, typed(shop, LABOR, draft_version="1"))
    assert no_reason.status_code == 422
    assert "This field is required." in text_of(no_reason)
    data = typed(shop, LABOR, draft_version=version_in(no_reason), reason="Wrong price")
    assert shop.client.post(url, data).status_code == 302
    with shop.inside():
        old, new = shop.company.invoices.order_by("pk")
        assert (old.void_reason, old.voided_by) == ("Wrong price", "Rosa Calderon")
        assert (old.replaced_by, new.replaces, new.voided_at) == (new, old, None)
        assert list(differences()) == []
    assert "Void since Nov 21, 2026, 11:00 AM" in text_of(shop.client.get(f"{shop.root}/invoices/{old.pk}/"))
    assert "Invoice 2 has taken its place." in text_of(shop.client.get(f"{shop.root}/invoices/{old.pk}/"))
    assert "Replaces Invoice 1" in text_of(shop.client.get(f"{shop.root}/invoices/{new.pk}/"))
    assert "VOID" in words_of(shop, old).upper()
    assert "Invoice 2 has taken its place." in words_of(shop, old)
    assert "Invoice 1" in words_of(shop, new)


def version_in(answer):
    from tests.invoicing_pages.test_drafts import version_of

    return version_of(answer)


def test_one_correction_is_begun_however_many_begin_it(shop):
    with shop.inside():
        old = make_invoice(shop.dana)
    first = correct(shop, old)
    again = shop.client.post(f"{shop.root}/invoices/{old.pk}/correct/")
    assert again["Location"] == first
    assert "is writing what will take its place" in text_of(shop.client.get(f"{shop.root}/invoices/{old.pk}/"))


def test_with_payments_on_it_the_ways_out_are_named(shop):
    with shop.inside():
        old = make_invoice(shop.dana, lines=[line("40", tax_rate=None)])
    url = correct(shop, old)
    with shop.inside():
        from alarmdesk.payments.models import Allocation

        payment = make_cash_payment(shop.dana, "25.00")
        Allocation.objects.create(payment=payment, invoice=old, amount="25.00", at=NOW, by="Rosa")
    asked = shop.client.get(f"{shop.root}/invoices/{old.pk}/correct/")
    assert asked["Location"] == url, "it was begun before"
    refused = shop.client.post(url, typed(shop, LABOR, draft_version="1", reason="Wrong"))
    assert refused.status_code == 422
    assert "$25.00 is paid on Invoice 1. Take the payments off it first." in text_of(refused)
    assert f"/invoices/{old.pk}/payments/" in refused.content.decode()
    shop.client.post(url + "delete/")
    asked = shop.client.get(f"{shop.root}/invoices/{old.pk}/correct/")
    assert "Invoice 1 cannot be corrected" in text_of(asked)
    assert "Manage Payments Write a credit" in text_of(asked)
    assert f"?copy={old.pk}&amp;type=credit" in asked.content.decode()
    with shop.inside():
        assert shop.company.invoices.count() == 1
        assert list(differences()) == []


def test_while_a_charge_is_under_way_nothing_is_corrected(shop):
    with shop.inside():
        from alarmdesk.payments.models import Payment

        old = make_invoice(shop.dana)
        payment = Payment.objects.create(
            customer=shop.dana, number=1, kind="sale", method="card", status="unknown", amount="43.35",
            received_on=NOW.date(), created_at=NOW, created_by="Rosa",
        )  # fmt: skip
        PlannedAllocation.objects.create(payment=payment, invoice=old, amount="43.35", is_live=True)
    url = correct(shop, old)
    refused = shop.client.post(url, typed(shop, LABOR, draft_version="1", reason="Wrong"))
    assert "A payment of invoice 1 is under way." in text_of(refused)
    with shop.inside():
        assert shop.company.invoices.get().voided_at is None
        assert list(differences()) == []


def test_while_a_payment_is_scheduled_its_day_is_told(shop):
    with shop.inside():
        from alarmdesk.payments.models import Payment

        old = make_invoice(shop.dana)
        payment = Payment.objects.create(
            customer=shop.dana, number=7, kind="sale", method="card", status="scheduled", amount="43.35",
            received_on=NOW.date(), post_on=dt.date(2026, 12, 5), created_at=NOW, created_by="Rosa",
        )  # fmt: skip
        PlannedAllocation.objects.create(payment=payment, invoice=old, amount="43.35", is_live=True)
    refused = shop.client.post(correct(shop, old), typed(shop, LABOR, draft_version="1", reason="Wrong"))
    assert "A payment of invoice 1 is scheduled: payment 7 posts on Dec 5, 2026. Cancel it first." in text_of(refused)


def test_the_correction_of_a_recurring_invoice_is_of_that_one_and_auto_pay_pays_it(shop):
    with shop.inside():
        recurring = make_recurring(shop.dana, anchor_on=NIGHT, today=NOW.date(), term=net(0), lines=[line("40")])
        gateway = Gateway.objects.create(credentials={"security_key": "none"})
        card = BillingMethod.objects.create(
            customer=shop.dana, gateway=gateway, kind="card", vault_id="v-1", created_at=NOW, created_by="Rosa"
        )
        AutoPay.objects.create(recurring_invoice=recurring, billing_method=card, enrolled_at=NOW, enrolled_by="Rosa")
    generate_due(shop.company, today=NIGHT, at=NOW)
    with shop.inside():
        old = shop.company.invoices.get()
    fields = {"draft_version": "1", "reason": "Wrong words", "term": old.term_id}
    assert shop.client.post(correct(shop, old), typed(shop, LABOR, **fields)).status_code == 302
    with shop.inside():
        new = old.replaced_by
        assert new.recurring_invoice == recurring
        assert owing_now(today=NIGHT) == [(shop.dana.pk, new.pk, recurring.pk)]
        assert list(differences()) == []
    assert generate_due(shop.company, today=NIGHT, at=NOW).invoices == 0, "the period is billed once"


def test_a_rate_that_was_typed_is_copied_and_the_rules_say_the_others_again(shop):
    with shop.inside():
        quote = make_invoice(
            shop.dana, type="quote", lines=[line("100"), line("100", tax_rate=Decimal(3)), line("100")]
        )
        assert quote.total == Decimal("320.04")
        make_certificate(shop.dana)
        copied = copied_lines(quote)
        assert [each.tax_rate for each in copied] == [None, Decimal(3), None]
        assert price_for(shop.dana, copied, NOW.date())[1].total == Decimal("303.00"), "she is exempt since"


def test_a_document_has_one_successor_ever(shop):
    with shop.inside():
        old, new, other = (make_invoice(shop.dana) for _ in range(3))
        follow(old, new, at=NOW, by="Rosa")
        with pytest.raises(AlreadyReplaced):
            follow(old, other, at=NOW, by="Rosa")
        with pytest.raises(IntegrityError), transaction.atomic():
            Succession.objects.create(predecessor=other, successor=new, at=NOW, by="Rosa")


def test_a_retired_item_may_stay_on_what_is_corrected(shop):
    with shop.inside():
        labor = shop.company.billable_items.get(number=5)
        old = make_invoice(shop.dana, lines=[line("10", item=labor)])
        labor.is_active = False
        labor.save()
    url = correct(shop, old)
    answer = shop.client.post(url, typed(shop, LABOR, draft_version="1", reason="Two hours"))
    assert answer.status_code == 302
    with shop.inside():
        assert str(shop.company.invoices.latest("pk").total) == "21.70"


def test_what_is_void_is_duplicated_instead(shop):
    with shop.inside():
        old = make_invoice(shop.dana)
        void(old, reason="Twice", at=NOW, by="Rosa")
    asked = shop.client.get(f"{shop.root}/invoices/{old.pk}/correct/")
    assert "Invoice 1 was voided before." in text_of(asked)
    assert "Duplicate" in text_of(asked)
