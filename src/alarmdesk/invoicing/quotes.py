"""How is a quote answered, and how does it become an invoice (D7, F31, F35)?

A quote is answered once, by whom it was sent to, while it is in force and valid. It becomes one invoice, ever, by
staff's hand and with the term that they choose; PostgreSQL keeps both (one answer, one successor).
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Company
from alarmdesk.customers import actions as customers
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.correcting import AlreadyReplaced, follow
from alarmdesk.invoicing.documents import facts, with_document
from alarmdesk.invoicing.models import Invoice, Offer, QuoteAnswer, Term
from alarmdesk.lib.furniture import day, money
from alarmdesk.messaging.outbox import queue

ANSWER_KIND = "quote_answer"
"""The kind of message that tells the office of an answer; `about_id` is the answer's id."""


class NotAnswerable(ValueError):
    """The quote cannot be accepted or declined any more; the sentence says why."""


class Answered(NotAnswerable):
    """It was accepted or declined before."""


class Expired(NotAnswerable):
    """Its last day is over."""


class NotSigned(NotAnswerable):
    """Neither a drawn nor a typed signature came with it."""


class NotConvertible(ValueError):
    """The quote cannot become an invoice; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """From where somebody answered."""

    ip: str | None
    user_agent: str


def offer_of(quote: Invoice) -> Offer | None:
    """Until when the quote is good; None for one that was made before quotes had an end."""
    return next(iter(quote.offers.all()), None)


def answer_of(quote: Invoice) -> QuoteAnswer | None:
    """How the customer answered, if they did."""
    return next(iter(quote.answers.all()), None)


def is_expired(quote: Invoice, today: dt.date) -> bool:
    """Its last day is over and nobody has accepted it."""
    offer = offer_of(quote)
    return offer is not None and offer.valid_until < today


def agreement(quote: Invoice, company: Company) -> str:
    """What is agreed to by signing, word for word; it is kept with the signature."""
    total = money(quote.total, company.currency)
    return (
        f"I accept quote {quote.number} of {company.name} of {day(quote.sale_on)} for {total}, as it is shown here, and"
        " ask for the work and services on it. I agree to sign it electronically."
    )


def check_answerable(quote: Invoice, today: dt.date) -> None:
    """Raises NotAnswerable."""
    if (answer := answer_of(quote)) is not None:
        raise Answered(f"{quote} was {answer.verdict} on {day(entered().local_date(answer.at))}.")
    if (successor := quote.replaced_by) is not None:
        is_quote = successor.type == Invoice.Type.QUOTE
        raise NotAnswerable(f"{quote} was replaced by {successor}." if is_quote else f"{quote} is {successor} now.")
    if quote.voided_at is not None:
        raise NotAnswerable(f"{quote} was taken back.")
    if is_expired(quote, today):
        raise Expired(f"{quote} was valid through {day(quote.offers.get().valid_until)}.")


def accept(
    quote: Invoice, *, name: str, signature: str, typed_signature: str, reader: Reader, today: dt.date, at: dt.datetime
) -> QuoteAnswer:
    """Write that the customer has signed: a path (signing.clean_path) or a typed name. The office is told.

    Raises NotAnswerable, NotSigned.
    """
    if not name.strip() or not (signature or typed_signature.strip()):
        raise NotSigned("Write your name, and sign.")
    held = _held(quote)
    return _answer(
        held, reader, today=today, at=at, verdict=QuoteAnswer.Verdict.ACCEPTED, name=name.strip(), signature=signature,
        typed_signature="" if signature else typed_signature.strip(), agreed_text=agreement(held, entered()),
    )  # fmt: skip


def decline(quote: Invoice, *, name: str, reason: str, reader: Reader, today: dt.date, at: dt.datetime) -> QuoteAnswer:
    """Write that the customer does not want it, and why. The office is told. Raises NotAnswerable."""
    verdict = QuoteAnswer.Verdict.DECLINED
    return _answer(_held(quote), reader, today=today, at=at, verdict=verdict, name=name.strip(), reason=reason.strip())


def digest_of(document: Any) -> str:
    """The SHA-256 of a document's words and figures, whatever the order of their names."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def convert_quote(quote: Invoice, *, term: Term, sale_on: dt.date, at: dt.datetime, by: str) -> Invoice:
    """Make the quote's invoice, of `sale_on` and with the chosen term; taxes are those of that date.

    Raises NotConvertible, AlreadyReplaced, and what `issue` raises.
    """
    with transaction.atomic():
        held = _held(quote)
        check_convertible(held)
        invoice = issue(
            customer=held.customer, type=Invoice.Type.INVOICE, sale_on=sale_on, term=term, lines=copied_lines(held),
            po_number=held.po_number, note=held.note, at=at, by=by,
        )  # fmt: skip
        follow(held, invoice, at=at, by=by)
    return invoice


def check_convertible(quote: Invoice) -> None:
    """Raises NotConvertible, AlreadyReplaced."""
    if quote.type != Invoice.Type.QUOTE:
        raise NotConvertible(f"{quote} is no quote.")
    if quote.customer.is_lead:
        raise NotConvertible(f"{quote.customer.name} is still a lead. Make a customer of the lead, with this quote.")
    if (successor := quote.replaced_by) is not None:
        raise AlreadyReplaced(f"{successor} has taken the place of {quote} already.")
    if quote.voided_at is not None:
        raise NotConvertible(f"{quote} is void.")
    answer = answer_of(quote)
    if answer is not None and not answer.is_accepted:
        raise NotConvertible(f"{quote} was declined. Duplicate it to offer something else.")


def convert_lead(
    lead: Customer,
    *,
    status: Customer.Status,
    quote: Invoice | None,
    term: Term | None,
    sale_on: dt.date,
    at: dt.datetime,
    by: str,
) -> Invoice | None:
    """The lead bought: it is a customer, and the chosen quote its invoice, both or neither (D7, F31).

    Raises AlreadyACustomer, NotConvertible, and what `convert_quote` raises.
    """
    with transaction.atomic():
        customers.convert_lead(lead, at=at, by=by, status=status)
        if quote is None:
            return None
        if term is None:
            raise NotConvertible("Choose the term of the invoice.")
        return convert_quote(quote, term=term, sale_on=sale_on, at=at, by=by)


def open_quotes(customer: Customer) -> list[Invoice]:
    """The quotes that can become an invoice, signed ones first, then the newest."""
    rows = customer.invoices.filter(type=Invoice.Type.QUOTE, voided_at=None, successions=None)
    listed = rows.exclude(answers__verdict=QuoteAnswer.Verdict.DECLINED).prefetch_related("offers", "answers")
    return sorted(listed, key=lambda quote: (not quote.answers.all(), -quote.number))


def _held(quote: Invoice) -> Invoice:
    """The quote, locked: whoever signs, replaces, voids or converts it at the same time waits."""
    held = entered().invoices.select_for_update(of=("self",)).select_related("customer")
    row: Invoice = held.get(pk=quote.pk)
    return row


def _answer(held: Invoice, reader: Reader, *, today: dt.date, at: dt.datetime, **said: Any) -> QuoteAnswer:
    check_answerable(held, today)
    document = facts(with_document(entered().invoices.all()).get(pk=held.pk), entered())
    answer: QuoteAnswer = QuoteAnswer.objects.create(
        customer=held.customer, quote=held, document=document, digest=digest_of(document), ip=reader.ip,
        user_agent=reader.user_agent[:300], at=at, **said,
    )  # fmt: skip
    if to := _told_to(held):
        queue(kind=ANSWER_KIND, about_id=answer.pk, to=to, customer=held.customer, at=at)
    return answer


def _told_to(quote: Invoice) -> str:
    """Who hears of the answer: whoever wrote the quote, while they work here, else the company's own address."""
    offer, company = offer_of(quote), entered()
    if offer and offer.author and company.staff.filter(user=offer.author, left_at=None).exists():
        return str(offer.author.email)
    return company.email
