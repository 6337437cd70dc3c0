"""The office records a payment: cash in the drawer, a card now, a card on a day, a credit; and says what it pays."""

import datetime as dt
import re
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_invoice
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.payments.models import BillingMethod, Gateway, Payment
from alarmdesk.payments.permissions import payments, processing
from alarmdesk.payments.testing import make_card_token, make_method, merchant_of
from simulators.nmi.rules import card_answering
from tests.payments_pages.shop import Shop, make_shop, signed_in

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture
def visa(shop: Shop) -> BillingMethod:
    with inside(shop.company):
        return make_method(shop.nora)


@pytest.fixture
def second(shop: Shop) -> Invoice:
    """A younger invoice of Nora's of $50.00."""
    with inside(shop.company):
        return make_invoice(shop.nora, lines=[line("50.00")])


def token(office: Client, shop: Shop) -> str:
    found = TOKEN.search(office.get(shop.of_nora("payments/take/")).content.decode())
    assert found
    return found[1]


def send(office: Client, shop: Shop, **fields: Any) -> Any:
    beginning = {"spread": "oldest", "transaction_type": "sale", "received_on": "2026-03-01"}
    sent = {"token": fields.pop("token", None) or token(office, shop), **beginning, **fields}
    return office.post(shop.of_nora("payments/take/"), sent)


def only(shop: Shop) -> Payment:
    with inside(shop.company):
        return shop.company.payments.select_related("billing_method").get()


def due(shop: Shop, invoice: Invoice) -> Decimal:
    with inside(shop.company):
        return Invoice.objects.get(pk=invoice.pk).due


def count(shop: Shop) -> int:
    with inside(shop.company):
        return shop.company.payments.count()


def moved(shop: Shop, world: Any) -> list[tuple[str, str]]:
    return [(one["type"], one["amount"]) for one in world.statement(merchant_of(shop.company))["transactions"]]


def test_cash_pays_the_oldest_first_and_the_rest_is_credit(shop: Shop, rosa: Client, second: Invoice) -> None:
    owed = due(shop, shop.invoice)
    answer = send(rosa, shop, method="cash", amount="60.00", received_on="2026-03-01", reference="17", note="By hand")
    payment = only(shop)
    assert answer.url == shop.url(f"payments/{payment.pk}/")
    assert (payment.status, payment.method, payment.reference, payment.note) == ("complete", "cash", "17", "By hand")
    assert due(shop, shop.invoice) == 0
    assert due(shop, second) == Decimal("50.00") - (Decimal("60.00") - owed)
    send(rosa, shop, method="check", amount="100")
    tab = rosa.get(shop.of_nora("payments/")).content.decode()
    assert f"${Decimal('160.00') - owed - Decimal('50.00')}" in tab
    assert "pays no invoice yet" in tab


def test_the_office_says_what_is_paid(shop: Shop, rosa: Client, second: Invoice) -> None:
    boxes = {f"pay-{second.pk}": "20", f"pay-{shop.invoice.pk}": ""}
    send(rosa, shop, method="other", amount="$1,025.00", spread="choose", **boxes)
    assert due(shop, second) == Decimal("30.00")
    assert due(shop, shop.invoice) == shop.invoice.total
    assert only(shop).amount == Decimal("1025.00")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"amount": "twelve"}, "Write an amount, such as 39.95."),
        ({"amount": "-5"}, "Write an amount above zero."),
        ({"amount": "0"}, "Write an amount above zero."),
        ({"amount": "1.005"}, "Write dollars and cents"),
        ({"amount": "NaN"}, "Write an amount, such as 39.95."),
        ({"amount": "1e15"}, "Write an amount, such as 39.95."),
        ({"amount": "1000000000000"}, "That is too much."),
        ({"amount": "5", "received_on": "2999-01-01"}, "Money that has not come yet"),
        ({"amount": "5", "received_on": ""}, "This field is required."),
        ({"amount": "5", "received_on": "yesterday"}, "Enter a valid date."),
        ({"amount": "5", "method": "on-file-999"}, "Select a valid choice"),
    ],
)
def test_nonsense_is_refused_beside_the_field_and_kept(
    shop: Shop, rosa: Client, typed: dict[str, str], says: str
) -> None:
    answer = send(rosa, shop, **{"method": "cash", "note": "what I typed", **typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "what I typed" in page
    assert f'value="{typed["amount"]}"' in page
    assert count(shop) == 0


def test_a_much_larger_amount_is_asked_about_once_and_what_was_typed_is_kept(
    shop: Shop, rosa: Client, second: Invoice
) -> None:
    assert "The amount is right" not in rosa.get(shop.of_nora("payments/take/")).content.decode()
    answer = send(rosa, shop, method="check", amount="8995.00", reference="1017", note="typed in haste")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "$8,995.00 is a lot: only $89.95 is owed. Tick this if it is right." in page
    assert all(f'value="{typed}"' in page for typed in ("8995.00", "1017", "typed in haste"))
    assert count(shop) == 0
    assert send(rosa, shop, method="check", amount="8995.00", sure="on").status_code == 302
    assert only(shop).amount == Decimal("8995.00")
    assert send(rosa, shop, method="check", amount="999.00").status_code == 302  # nothing is owed: an advance
    assert "nothing is owed" in send(rosa, shop, method="check", amount="1000.01").content.decode()


def test_cash_has_a_receipt_to_an_address_that_changes_nothing_else(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.of_nora("payments/take/")).content.decode()
    assert re.search(r'name="email_receipt"[^>]*checked', page)  # the company's switch, and an address on file
    typed = {"email_receipt": "on", "receipt_to": ""}
    refused = send(rosa, shop, method="cash", amount="5.00", **typed)
    assert 'id="id_receipt_to_error"' in refused.content.decode()
    send(rosa, shop, method="cash", amount="5.00", **{**typed, "receipt_to": "boss@example.com"})
    send(rosa, shop, method="cash", amount="6.00", receipt_to="boss@example.com")
    with inside(shop.company):
        assert list(Message.objects.filter(kind="receipt").values_list("to", flat=True)) == ["boss@example.com"]
        shop.nora.refresh_from_db()
    assert shop.nora.email == "nora@example.com"
    with inside(shop.company):
        Gateway.objects.update(emails_receipts=False)
    page = rosa.get(shop.of_nora("payments/take/")).content.decode()
    assert not re.search(r'name="email_receipt"[^>]*checked', page)


def test_a_mistake_is_taken_back_with_a_reason_and_told_on_the_page(shop: Shop, rosa: Client) -> None:
    owed = due(shop, shop.invoice)
    send(rosa, shop, method="cash", amount="60.00")
    payment = only(shop)
    url = shop.url(f"payments/{payment.pk}/")
    assert f"{url}mistake/" in rosa.get(url).content.decode()
    asked = rosa.get(f"{url}mistake/").content.decode()
    assert f"{payment}, $60.00 of cash, will be void." in asked
    assert f"Invoice {shop.invoice.number} is owed again: ${owed}." in asked
    assert rosa.post(f"{url}mistake/", {"reason": " "}).status_code == 422
    assert due(shop, shop.invoice) == 0
    assert rosa.post(f"{url}mistake/", {"reason": "It was Ann's"}).url == url
    assert due(shop, shop.invoice) == owed
    page = rosa.get(url).content.decode()
    assert ">Void</span>" in page
    assert "It was Ann&#x27;s" in page
    assert "/mistake/" not in page
    assert "/refund/" not in page
    assert "was taken back before" in rosa.post(f"{url}mistake/", {"reason": "Again"}).content.decode()
    assert ">Void</span>" in rosa.get(shop.of_nora("payments/")).content.decode()


def test_taking_back_takes_the_grant_to_delete_payments(shop: Shop, rosa: Client) -> None:
    send(rosa, shop, method="cash", amount="60.00")
    clerk = signed_in(make_staff(shop.company, payments.view, payments.create, payments.modify))
    url = shop.url(f"payments/{only(shop).pk}/")
    assert "/mistake/" not in clerk.get(url).content.decode()
    assert clerk.post(f"{url}mistake/", {"reason": "No"}).status_code == 403


def test_boxes_are_refused_beside_themselves(shop: Shop, rosa: Client, second: Invoice) -> None:
    boxes = {f"pay-{second.pk}": "50.01", f"pay-{shop.invoice.pk}": "abc"}
    page = send(rosa, shop, method="cash", amount="200", spread="choose", **boxes).content.decode()
    assert "Only $50.00 is due." in page
    assert "Write an amount, such as 39.95." in page
    assert 'value="abc"' in page
    boxes = {f"pay-{second.pk}": "50"}
    page = send(rosa, shop, method="cash", amount="10", spread="choose", **boxes).content.decode()
    assert "The invoices take $50.00, which is more than the amount." in page
    assert count(shop) == 0


def test_a_card_is_charged_now_with_an_own_amount(
    shop: Shop, rosa: Client, visa: BillingMethod, second: Invoice, world: Any
) -> None:
    typed = {"process_now": "on", "email_receipt": "on", "receipt_to": "boss@example.com"}
    answer = send(rosa, shop, method=f"on-file-{visa.pk}", amount="45.00", transaction_type="sale", **typed)
    payment = only(shop)
    assert answer.url == shop.url(f"payments/{payment.pk}/")
    assert "The gateway approved this payment." in rosa.get(answer.url).content.decode()
    assert moved(shop, world) == [("sale", "45.00")]
    assert due(shop, shop.invoice) == 0
    assert due(shop, second) == Decimal("50.00") - (Decimal("45.00") - shop.invoice.total)
    with inside(shop.company):
        assert list(Message.objects.filter(kind="receipt").values_list("to", flat=True)) == ["boss@example.com"]
        shop.nora.refresh_from_db()
    assert shop.nora.email == "nora@example.com"


def test_a_refusal_keeps_what_was_typed_and_another_try_is_taken(shop: Shop, rosa: Client, world: Any) -> None:
    with inside(shop.company):
        broke = make_method(shop.nora, make_card_token(world, shop.company, card_answering(202)))
    answer = send(rosa, shop, method=f"on-file-{broke.pk}", amount="12.34", process_now="on", note="promised")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Insufficient funds." in page
    assert 'value="12.34"' in page
    assert "promised" in page
    fresh = TOKEN.search(page)
    assert fresh
    assert send(rosa, shop, method="cash", amount="12.34", token=fresh[1]).status_code == 302


def test_the_same_post_twice_is_one_payment(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    sent = token(rosa, shop)
    answers = [send(rosa, shop, method="cash", amount="5.00", token=sent) for _ in range(2)]
    assert [one.url for one in answers] == [shop.url(f"payments/{only(shop).pk}/")] * 2
    sent = token(rosa, shop)
    for _ in range(2):
        send(rosa, shop, method=f"on-file-{visa.pk}", amount="5.00", process_now="on", token=sent)
    assert count(shop) == 2
    assert moved(shop, world) == [("sale", "5.00")]


def test_two_clicks_at_once_are_one_payment(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    world.fault("delay", seconds=1, path="transact", type="sale", times=2)
    sent, answers = token(rosa, shop), []

    def click() -> None:
        try:
            office = signed_in(shop.rosa)
            one = send(office, shop, method=f"on-file-{visa.pk}", amount="5.00", process_now="on", token=sent)
            answers.append(one.status_code)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    world.clear_faults()
    assert answers == [302, 302]
    assert moved(shop, world) == [("sale", "5.00")]
    assert count(shop) == 1


def test_a_payment_waits_for_its_day_and_can_be_moved_processed_or_cancelled(
    shop: Shop, rosa: Client, visa: BillingMethod, world: Any
) -> None:
    today = shop.company.local_date(clock.now())
    later, latest = (str(today + dt.timedelta(days=days)) for days in (10, 20))
    assert send(rosa, shop, method=f"on-file-{visa.pk}", amount="20.00").status_code == 422
    refused = send(rosa, shop, method=f"on-file-{visa.pk}", amount="20.00", post_on=str(today))
    assert "Choose a day after today." in refused.content.decode()
    assert send(rosa, shop, method=f"on-file-{visa.pk}", amount="20.00", post_on=later).status_code == 302
    payment = only(shop)
    assert (payment.status, str(payment.post_on)) == ("scheduled", later)
    assert moved(shop, world) == []
    url = shop.url(f"payments/{payment.pk}/")
    page = rosa.get(url).content.decode()
    assert "It will be charged on" in page
    assert "Process now" in page
    assert rosa.post(f"{url}day/", {"post_on": "2020-01-01"}).status_code == 422
    rosa.post(f"{url}day/", {"post_on": latest})
    assert str(only(shop).post_on) == latest
    rosa.post(f"{url}process/")
    assert only(shop).status == "pending"
    assert moved(shop, world) == [("sale", "20.00")]
    assert rosa.post(f"{url}cancel/").status_code == 422
    assert rosa.post(f"{url}day/", {"post_on": later}).status_code == 422


def test_a_scheduled_payment_is_cancelled(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    later = str(shop.company.local_date(clock.now()) + dt.timedelta(days=10))
    send(rosa, shop, method=f"on-file-{visa.pk}", amount="20.00", post_on=later)
    rosa.post(shop.url(f"payments/{only(shop).pk}/cancel/"))
    assert only(shop).status == "cancelled"
    assert moved(shop, world) == []


def test_a_credit_takes_its_grant(shop: Shop, rosa: Client, visa: BillingMethod, world: Any) -> None:
    assert 'value="credit"' in rosa.get(shop.of_nora("payments/take/")).content.decode()
    sent = {"method": f"on-file-{visa.pk}", "amount": "7.00", "transaction_type": "credit"}
    for again in ("", "7,00", "70"):
        refused = send(rosa, shop, **sent, again=again)
        assert refused.status_code == 422
        assert (
            "with a point" in refused.content.decode()
            if "," in again
            else "Type $7.00 here" in refused.content.decode()
        )
    assert moved(shop, world) == []
    assert send(rosa, shop, **sent, again="7").status_code == 302
    payment = only(shop)
    assert (payment.kind, payment.amount) == ("credit", Decimal("-7.00"))
    assert moved(shop, world) == [("credit", "7.00")]
    clerk = signed_in(make_staff(shop.company, payments.view, payments.create, processing.create))
    assert 'value="credit"' not in clerk.get(shop.of_nora("payments/take/")).content.decode()
    send(clerk, shop, **sent, process_now="on")
    assert moved(shop, world) == [("credit", "7.00"), ("sale", "7.00")]


def test_the_form_follows_what_the_group_may(shop: Shop, visa: BillingMethod) -> None:
    cashier = signed_in(make_staff(shop.company, payments.view, payments.create))
    page = cashier.get(shop.of_nora("payments/take/")).content.decode()
    assert "on-file-" not in page
    assert send(cashier, shop, method=f"on-file-{visa.pk}", amount="5", process_now="on").status_code == 422
    operator = signed_in(make_staff(shop.company, processing.create))
    page = operator.get(shop.of_nora("payments/take/")).content.decode()
    assert 'value="cash"' not in page
    assert f"on-file-{visa.pk}" in page
    viewer = signed_in(make_staff(shop.company, payments.view))
    assert viewer.get(shop.of_nora("payments/take/")).status_code == 403
    assert viewer.post(shop.of_nora("payments/take/"), {}).status_code == 403
    assert viewer.post(shop.of_nora("payments/take/sums/"), {}).status_code == 403


def test_a_receipt_is_offered_by_the_companys_rule(shop: Shop, rosa: Client, visa: BillingMethod) -> None:
    box = re.compile(r'<input type="checkbox" name="email_receipt"[^>]* checked')
    assert box.search(rosa.get(shop.of_nora("payments/take/")).content.decode())
    with inside(shop.company):
        Gateway.objects.update(emails_receipts=False)
    assert not box.search(rosa.get(shop.of_nora("payments/take/")).content.decode())


def test_an_invoice_begins_with_what_is_due_on_it(shop: Shop, rosa: Client, second: Invoice) -> None:
    page = rosa.get(shop.of_nora(f"payments/take/?invoice={second.pk}")).content.decode()
    assert re.search(r'name="amount" value="50.00"', page)
    assert re.search(rf'name="pay-{second.pk}" value="50.00"', page)
    assert not re.search(rf'name="pay-{shop.invoice.pk}" value="\d', page)


def test_the_sums_follow_the_typing(shop: Shop, rosa: Client, second: Invoice, visa: BillingMethod) -> None:
    url = shop.of_nora("payments/take/sums/")
    said = rosa.post(url, {"method": "cash", "amount": "100.00", "spread": "oldest"}).content.decode()
    assert "is put on record as received" in said
    left = Decimal("100.00") - shop.invoice.total - Decimal("50.00")
    assert f"${left}" in said
    typed = {"method": f"on-file-{visa.pk}", "amount": "40", "process_now": "on", "spread": "choose"}
    said = rosa.post(url, {**typed, f"pay-{second.pk}": "50"}).content.decode()
    assert "$40.00 is charged to Visa ending 1111 now, once." in said
    assert "Too much on invoices" in said
    assert "<input" not in said
    assert rosa.get(url).status_code == 405


def test_without_a_method_one_is_offered(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.of_nora("payments/take/")).content.decode()
    assert "There is no card or bank account on file" in page
    assert shop.of_nora("billing/new/") in page


def test_a_rivals_customer_pays_nothing_here(shop: Shop, world: Any) -> None:
    rival = make_shop(world)
    assert signed_in(rival.rosa).post(shop.of_nora("payments/take/"), {}).status_code == 404
    theirs = rival.url(f"customers/{shop.nora.pk}/payments/take/")
    assert signed_in(rival.rosa).post(theirs, {}).status_code == 404


def test_what_is_owed_no_more_is_not_charged_again_as_credit(
    shop: Shop, rosa: Client, visa: BillingMethod, world: Any
) -> None:
    """Two people press the button with one page before them: the second is shown what is owed now."""
    page = rosa.get(shop.of_nora("payments/take/")).content.decode()
    shown = re.search(r'name="owed" value="([^"]+)"', page)
    assert shown
    amount = str(due(shop, shop.invoice))
    told = {"method": f"on-file-{visa.pk}", "amount": amount, "process_now": "on", "owed": shown[1]}
    assert send(rosa, shop, **told).status_code == 302
    answer = send(rosa, shop, **told)
    assert answer.status_code == 422
    assert "What is owed has changed meanwhile" in answer.content.decode()
    assert moved(shop, world) == [("sale", amount)]
    assert send(rosa, shop, **{**told, "method": "check"}).status_code == 422
    assert count(shop) == 1
    again = re.search(r'name="owed" value="([^"]+)"', answer.content.decode())
    assert again
    assert send(rosa, shop, **{**told, "method": "check", "owed": again[1]}).status_code == 302  # knowingly, as credit
