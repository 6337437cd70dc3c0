"""How does one document take the place of another (F42)? An issued document does not change: it is voided, with a
reason, and names its successor. An invoice corrects an invoice; a quote is the new version of a quote.
"""

import datetime as dt

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.actions import AlreadyVoid, ReasonMissing, SomethingPaid, void
from alarmdesk.invoicing.models import Invoice, QuoteAnswer, Succession


class NotCorrectable(ValueError):
    """The document cannot be replaced as it is; the sentence says why and what to do instead."""


class AlreadyReplaced(NotCorrectable):
    """Another document has taken its place."""


class AlreadyAnswered(NotCorrectable):
    """The customer has signed the quote: what was agreed to stays."""


def check_correctable(document: Invoice) -> None:
    """Raises NotCorrectable, AlreadyVoid, SomethingPaid. A charge that is under way is refused when it is voided."""
    if document.type == Invoice.Type.CREDIT:
        raise NotCorrectable("A credit is not corrected. Void it and write another.")
    if (successor := document.replaced_by) is not None:
        raise AlreadyReplaced(f"{successor} has taken the place of {document} already.")
    if document.voided_at is not None:
        raise AlreadyVoid(f"{document} was voided before.")
    if document.type == Invoice.Type.QUOTE and document.answers.filter(verdict=QuoteAnswer.Verdict.ACCEPTED).exists():
        raise AlreadyAnswered(f"{document} is signed. Duplicate it to offer something else.")
    if document.paid:
        raise SomethingPaid(f"${document.paid:,} is paid on {document}. Take the payments off it first.")


def supersede(old: Invoice, new: Invoice, *, reason: str, at: dt.datetime, by: str) -> None:
    """Let `new` take the place of `old`, which is void from now on.

    Raises ReasonMissing, NotCorrectable, and what `void` raises (SomethingPaid, ChargeUnderWay, AlreadyVoid).
    """
    if new.type != old.type:
        raise NotCorrectable(f"The {old.get_type_display().lower()} is corrected by another of its type.")
    if old.type == Invoice.Type.QUOTE:
        reason = reason.strip() or f"Replaced by {new}"
    if not reason.strip():
        raise ReasonMissing("Say why it is corrected.")
    held = entered().invoices.select_for_update().get(pk=old.pk)  # who answers the quote meanwhile waits for us
    check_correctable(held)
    void(held, reason=reason, at=at, by=by)
    follow(held, new, at=at, by=by)


def follow(old: Invoice, new: Invoice, *, at: dt.datetime, by: str) -> None:
    """Write that `new` has taken the place of `old`. Raises AlreadyReplaced: a document has one successor, ever."""
    try:
        with transaction.atomic():
            Succession.objects.create(predecessor=old, successor=new, at=at, by=by)
    except IntegrityError as second:
        raise AlreadyReplaced(f"Another document has taken the place of {old} already.") from second


def chain_of(document: Invoice) -> list[Invoice]:
    """The documents before and after this one, oldest first, with itself; alone where there are none."""
    before, after = [document], [document]
    while (earlier := before[0].replaces) is not None:
        before.insert(0, earlier)
    while (later := after[-1].replaced_by) is not None:
        after.append(later)
    return before + after[1:]
