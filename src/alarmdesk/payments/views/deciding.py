"""Which payments has no gateway an answer for, and what does the office say became of them?"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments import deciding
from alarmdesk.payments.forms_gateway import ItWasCharged, ItWasNotMade
from alarmdesk.payments.janitor import NEVER_HEARD_AFTER
from alarmdesk.payments.models import Attempt
from alarmdesk.payments.permissions import gateways

MOST_SHOWN = 200
MADE = {
    Attempt.Verb.SALE: "It was charged",
    Attempt.Verb.CREDIT: "It was sent",
    Attempt.Verb.REFUND: "It was refunded",
    Attempt.Verb.VOID: "It was voided",
}
"""What a person says who has found the transaction."""


@staff(may=gateways.modify)
def unanswered(request: StaffRequest) -> HttpResponse:
    """All attempts that wait for an answer. After an hour a person may decide."""
    waiting = list(deciding.unanswered()[:MOST_SHOWN])
    ripe = clock.now() - NEVER_HEARD_AFTER
    rows = [(attempt, attempt.sent_at is not None and attempt.sent_at <= ripe) for attempt in waiting]
    return show(request, "payments/unanswered.html", {"rows": rows})


@staff(may=gateways.modify, outside=True)
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """What the gateway says of one now, and the two answers that a person may give."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        attempt = get_object_or_404(request.company.attempts.select_related("gateway", "payment__customer"), pk=pk)
    if attempt.state not in deciding.OPEN:
        with inside(request.company, actor=actor):
            return go(request, at("payments:payment", pk=attempt.payment_id), "This payment has its answer already.")
    charged, not_made = _forms(request)
    if request.method == "POST" and (answer := _decided(request, attempt, charged, not_made)):
        return answer
    word = deciding.ask(request.company, attempt, actor=actor)
    context = {
        "attempt": attempt,
        "payment": attempt.payment,
        "word": word,
        "charged": charged,
        "not_made": not_made,
        "made": MADE[Attempt.Verb(attempt.verb)],
    }
    with inside(request.company, actor=actor):
        return show_form(request, "payments/decide.html", context, invalid=charged.is_bound or not_made.is_bound)


def _forms(request: StaffRequest) -> tuple[ItWasCharged, ItWasNotMade]:
    posted = {request.POST.get("decision"): request.POST} if request.method == "POST" else {}
    return (
        ItWasCharged(posted.get("charged"), prefix="charged"),
        ItWasNotMade(posted.get("not_made"), prefix="not_made"),
    )


def _decided(
    request: StaffRequest, attempt: Attempt, charged: ItWasCharged, not_made: ItWasNotMade
) -> HttpResponse | None:
    """The way on after what was pressed; None to show the page with its errors."""
    options: dict[str, Any] = {"actor": request.staff.actor()}
    try:
        if request.POST.get("decision") == "follow":
            word = deciding.ask(request.company, attempt, **options)
            if word.answer is None:
                return None
            deciding.follow(request.company, attempt, word.answer, at=clock.now(), **options)
            said = "The gateway's answer is on record."
        elif charged.is_bound and charged.is_valid():
            deciding.it_was_made(request.company, attempt, **charged.cleaned_data, now=clock.now, **options)
            said = "The payment is on record as made. It becomes Complete when the gateway settles it."
        elif not_made.is_bound and not_made.is_valid():
            deciding.it_was_not_made(request.company, attempt, **not_made.cleaned_data, now=clock.now, **options)
            said = "The payment is on record as never made. Its invoices can be paid again."
        else:
            return None
    except deciding.NotDecidable as refused:
        (charged if charged.is_bound else not_made).add_error(None, str(refused))
        return None
    with inside(request.company, actor=request.staff.actor()):
        return go(request, at("payments:payment", pk=attempt.payment_id), said)
