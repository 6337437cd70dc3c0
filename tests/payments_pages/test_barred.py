"""What must not be charged is offered with the reason and refused; payments and cards are told of where one looks."""

from typing import Any

from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.permissions import Grant
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.lib import clock
from alarmdesk.payments.models import BillingMethod, MethodUpdate, Payment
from alarmdesk.payments.permissions import payments, processing
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment, merchant_of
from tests.payments_pages.shop import Shop, signed_in


def test_a_method_that_was_refused_for_good_is_marked_and_refused_beside_its_box(
    shop: Shop, rosa: Client, world: Any
) -> None:
    with inside(shop.company):
        dead, good = make_method(shop.nora), make_method(shop.nora)
        BillingMethod.objects.filter(pk=dead.pk).update(refused_at=OPENED, refused_code="252")
    page = rosa.get(shop.of_nora("payments/take/")).content.decode()
    assert "Visa ending 1111, default, refused for good" in page
    assert f'value="on-file-{good.pk}" selected' in page
    token = page.split('name="token" value="')[1].split('"')[0]
    sent = {"token": token, "method": f"on-file-{dead.pk}", "amount": "5.00", "process_now": "on", "spread": "oldest",
            "transaction_type": "sale"}  # fmt: skip
    answer = rosa.post(shop.of_nora("payments/take/"), sent)
    assert answer.status_code == 422
    assert "its bank allows no other try. Use another card or account." in answer.content.decode()
    paying = shop.of_nora(f"payments/pay/?invoice={shop.invoice.pk}")
    assert "Visa ending 1111, default, refused for good" in rosa.get(paying).content.decode()
    answer = rosa.post(paying, {"amount": str(shop.invoice.total), "method": dead.pk, "receipt_to": ""})
    assert answer.status_code == 422
    assert "its bank allows no other try" in answer.content.decode()
    assert world.statement(merchant_of(shop.company))["transactions"] == []


def test_take_payment_is_offered_to_exactly_those_whom_its_page_admits(shop: Shop) -> None:
    def offered(*grants: Grant) -> tuple[bool, int]:
        client = signed_in(make_staff(shop.company, *grants))
        head = client.get(shop.of_nora()).content.decode()
        return "Take payment" in head, client.get(shop.of_nora("payments/take/")).status_code

    assert offered(customers.view, payments.create) == (True, 200)
    assert offered(customers.view, processing.create) == (True, 200)
    assert offered(customers.view, payments.view) == (False, 403)


def test_a_transaction_id_leads_to_its_payment(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        method = make_method(shop.nora)
    payment = make_payment(shop.company, method, shop.invoice)
    number = world.statement(merchant_of(shop.company))["transactions"][0]["transaction_id"]
    assert shop.url(f"payments/{payment.pk}/") in rosa.get(shop.url("search/"), {"q": number}).content.decode()
    listed = rosa.get(shop.url("payments/"), {"q": number}).content.decode()
    assert shop.url(f"payments/{payment.pk}/") in listed
    stranger = signed_in(make_staff(shop.company, customers.view))
    assert shop.url(f"payments/{payment.pk}/") not in stranger.get(shop.url("search/"), {"q": number}).content.decode()


def test_what_the_card_networks_said_and_disputes_are_told_where_somebody_looks(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        method = make_method(shop.nora, contact_at=clock.now())
        MethodUpdate.objects.create(
            billing_method=method, kind="NED", before="Visa ending 1111, 10/30", after="Visa ending 1111, 11/33",
            at=clock.now(),
        )  # fmt: skip
        make_cash_payment(shop.nora, "25.00", disputed_by="t1", dispute_won_at=clock.now())
        make_cash_payment(shop.nora, "30.00", disputed_by="t2", status=Payment.Status.DISPUTED, returned_at=clock.now())
    page = rosa.get(shop.of_nora("billing/")).content.decode()
    assert "New expiration date: Visa ending 1111, 10/30 is Visa ending 1111, 11/33 now" in page
    assert "is asked about the card" in rosa.get(shop.of_nora()).content.decode()
    home = rosa.get(shop.url("")).content.decode()
    for says in ("its bank asks that the cardholder is asked", "$25.00 of Payment", "is back: the dispute was won",
                 "was charged back"):  # fmt: skip
        assert says in home


def test_the_office_sets_the_wish_for_no_reminders(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.of_nora("edit/")).content.decode()
    assert 'name="no_reminders"' in page
    with inside(shop.company):
        customer = Customer.objects.get(pk=shop.nora.pk)
    sent = {"kind": customer.kind, "last_name": customer.last_name, "first_name": customer.first_name,
            "account_number": customer.account_number, "status": customer.status, "phones": "0", "billing_same": "on",
            "email": customer.email, "no_reminders": "on"}  # fmt: skip
    assert rosa.post(shop.of_nora("edit/"), sent).status_code == 302
    with inside(shop.company):
        assert Customer.objects.get(pk=shop.nora.pk).no_reminders
