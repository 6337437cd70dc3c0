"""What do the letters about payments say? Receipts, the news that a charge failed and what happens next, the last
notice, that a payment came back, and that a card expires.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.utils.html import format_html, format_html_join

from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.paying import balance_link, invoice_link
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging import catalogue
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, as_queued, deliver
from alarmdesk.messaging.texts import Block, Letter, Link, Value, facts_of, wording
from alarmdesk.payments import expiring, receipts
from alarmdesk.payments.declines import is_trouble
from alarmdesk.payments.models import AutoPay, Payment
from alarmdesk.payments.nacha import FOR_PAYER
from alarmdesk.payments.next_steps import Next, NextStep, next_steps
from alarmdesk.payments.promises import standing_promise
from alarmdesk.payments.statement_mail import KIND as STATEMENT
from alarmdesk.payments.statement_mail import compose_statement

Now = Callable[[], dt.datetime]
FAILED = "Your payment of {amount} did not go through"
DUE_AGAIN = "What it had paid is due again."
NOT_ON_ACCOUNT = "It is not on your account any more."
SUBJECTS = {
    Next.HARD: "Another card or account is needed: your payment of {amount} was refused",
    Next.OVER: "Last notice: your payment of {amount} did not go through",
}


def receipt(message: Message) -> Words | Unwritable:
    """The receipt of one payment: what was paid, with what, for which invoices; or what was sent to the customer."""
    payment = _payment(message)
    if payment is None:
        return Unwritable("The payment is no longer there.")
    if payment.voided_at is not None:
        return Unwritable("The payment was voided before its receipt left.")
    # what was meant to be paid; money that came by hand has no plan, and is applied at once
    paid = [plan.invoice for plan in payment.plans.all()] or [
        allocation.invoice for allocation in payment.allocations.filter(reverses=None, reversals=None)
    ]
    letter = catalogue.RECEIPT if payment.kind == Payment.Kind.SALE else catalogue.MONEY_BACK
    words = _words(letter, _values(payment, list(dict.fromkeys(paid)), "total"))
    shown = receipts.with_receipt(Payment.objects.filter(pk=payment.pk)).first()
    if shown is None:
        return words
    paper = (receipts.file_name(shown), receipts.pdf(shown, entered()), "application/pdf")
    return replace(words, attachments=(paper,))


def payment_failed(message: Message) -> Words | Unwritable:
    """The news that Auto Pay could not draw an amount (F51): the gateway's reason, what happens next, where to pay. The
    last one says that it is the last.
    """
    payment = _payment(message)
    if payment is None:
        return Unwritable("The payment is no longer there.")
    if is_trouble(payment.attempts.order_by("pk").values_list("code", flat=True).last() or ""):
        return Unwritable("The gateway or its processor was in trouble, not the customer's card.")
    today = entered().local_date(message.queued_at)
    owed = [plan.invoice for plan in payment.plans.all() if plan.invoice.due > 0 and plan.invoice.voided_at is None]
    if not owed:
        return Unwritable("What it was to pay is paid meanwhile, or void.")
    if standing_promise(payment.customer, today=today):
        return Unwritable("The customer has promised to pay: no reminder is written.")
    is_reminder = not payment.customer.no_reminders
    if not is_reminder and not _wants_news(payment):
        return Unwritable("The customer wants no payment reminders.")
    steps = list(next_steps(owed, today=today).values())
    ahead = list(dict.fromkeys(step.for_customer for step in steps))
    link = _pay_link(payment, owed, today) if is_reminder else ""
    values = {
        **_values(payment, owed, "due"),
        "headline": _subject(steps).format(amount=money(payment.amount, entered().currency)),
        "reason": payment.failure or "The payment was refused.",
        "next": _lines(ahead),
        "pay_link": Link("Pay now", link),
        "portal": _portal(_account_words(is_reminder=is_reminder, has_link=bool(link))),
    }
    return _words(catalogue.PAYMENT_FAILED, values)


def payment_returned(message: Message) -> Words | Unwritable:
    """The news that a bank sent a payment back: why, what is due again, what happens next, where to pay. A notice and
    no reminder: it also goes to who wants none of those.
    """
    payment = _payment(message)
    if payment is None:
        return Unwritable("The payment is no longer there.")
    had_paid = list(dict.fromkeys(row.invoice for row in payment.allocations.all()))
    owed = [invoice for invoice in had_paid if invoice.due > 0 and invoice.voided_at is None]
    if had_paid and not owed:
        return Unwritable("What it had paid is paid meanwhile, or void.")
    today = entered().local_date(message.queued_at)
    steps = next_steps(owed, today=today)
    ahead = [steps[invoice.pk].for_customer if invoice.pk in steps else DUE_AGAIN for invoice in owed]
    link = _pay_link(payment, owed, today) if owed else ""
    values = {
        **_values(payment, owed, "due"),
        "reason": FOR_PAYER.get(payment.return_code) or payment.failure,
        "next": _lines(list(dict.fromkeys(ahead)) or [NOT_ON_ACCOUNT]),
        "pay_link": Link("Pay now", link),
        "portal": _portal(_account_words(is_reminder=True, has_link=bool(link))),
    }
    return _words(catalogue.PAYMENT_RETURNED, values)


ABOUT_PAYMENTS = {"receipt": receipt, "payment_failed": payment_failed, "payment_returned": payment_returned}
LETTERS = {**ABOUT_PAYMENTS, expiring.KIND: as_queued, STATEMENT: compose_statement}


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the letters of this room that are due. Answers how many left."""
    return sum(deliver(company, kind, compose, now=now, actor=actor) for kind, compose in LETTERS.items())


def _lines(sentences: list[str]) -> Block:
    return Block("\n".join(sentences), format_html_join("\n", "<p>{}</p>", ((words,) for words in sentences)))


def _wants_news(payment: Payment) -> bool:
    """Was the news of attempts asked for with Auto Pay (F51)? That is no reminder."""
    news = AutoPay.objects.filter(email_on_attempt=True, ended_at=None)
    return news.filter(recurring_invoice__invoices__plans__payment=payment).exists()


def _account_words(*, is_reminder: bool, has_link: bool) -> str:
    """What the link to the account says: who wants no reminders is asked for nothing."""
    if not is_reminder:
        return "You asked to be told of each attempt. Your account"
    return "Change how you pay" if has_link else "Pay now or change your billing method"


def _subject(steps: list[NextStep]) -> str:
    kinds = {step.kind for step in steps}
    return SUBJECTS.get(kinds.pop(), FAILED) if len(kinds) == 1 else FAILED


def _pay_link(payment: Payment, owed: list[Invoice], today: dt.date) -> str:
    """Where it can be paid without signing in; "" where the company takes no payments online."""
    if len(owed) == 1:
        return invoice_link(owed[0], today=today)
    return balance_link(payment.customer, today=today)


def _payment(message: Message) -> Payment | None:
    about = Payment.objects.select_related("customer", "billing_method")
    return about.prefetch_related("plans__invoice", "allocations__invoice").filter(pk=message.about_id or 0).first()


def _values(payment: Payment, invoices: list[Invoice], figure: str) -> dict[str, Value]:
    """What the placeholders say that letters about a payment have in common; `figure` of each invoice is told."""
    company = entered()
    method = str(payment.billing_method) if payment.billing_method else payment.get_method_display()
    told = [
        f"{invoice}: {money(getattr(invoice, figure), company.currency)}{_when(invoice, figure)}"
        for invoice in invoices
    ]
    rows = format_html_join("", "<tr><td>{}</td></tr>", ((line,) for line in told))
    return {
        **facts_of(company, payment.customer.name),
        "number": str(payment.number),
        "amount": money(abs(payment.amount), company.currency),
        "date": day(payment.received_on),
        "method": method,
        "invoices": Block("\n".join(f"  {line}" for line in told), format_html("<table>{}</table>", rows)),
        "portal": _portal("See your invoices and payments"),
    }


def _when(invoice: Invoice, figure: str) -> str:
    if figure == "due":
        return f" is due since {day(invoice.due_on)}"
    return f", sale date {day(invoice.sale_on)}"


def _portal(words: str) -> Link:
    return Link(words, f"{settings.SITE_URL}/{entered().slug}/portal/")


def _words(letter: Letter, values: dict[str, Value]) -> Words:
    written = wording(letter).write(values)
    return Words(subject=written.subject, text=written.text, html=written.html)
