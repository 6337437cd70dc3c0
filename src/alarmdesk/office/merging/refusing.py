"""Why can two records not be made one? A sentence for each reason, fit to show, with what to do about it."""

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Run
from alarmdesk.customers.contacts import is_duress_code_shared
from alarmdesk.customers.models import Customer
from alarmdesk.office.merging.colliding import RULES, Refused, clashes
from alarmdesk.payments.attempts import UNDER_WAY
from alarmdesk.payments.models import Attempt


class CannotMerge(ValueError):
    """The two stay two; the sentence says why."""


def goes_on(customer: Customer) -> bool:
    """Is there a recurring invoice that makes invoices still?"""
    return customer.recurring_invoices.filter(next_on__isnull=False).exists()


def would_stop(kept: Customer, gone: Customer, *, of_gone: frozenset[str]) -> list[str]:
    """Why the chosen status cannot be: it would end what bills one of them, unsaid. Nothing where it can."""
    chosen = gone if "status" in of_gone else kept
    if chosen.is_cancelled and (goes_on(kept) or goes_on(gone)):
        return [
            "As a cancelled account it would be billed no more, and a recurring invoice goes on. Keep the other status."
        ]
    return []


def refusals(kept: Customer, gone: Customer) -> list[str]:
    """What stands against it now; nothing when the merge can be."""
    reasons = []
    if kept.is_lead and not gone.is_lead:
        reasons.append(
            f"{gone.name} is a customer and {kept.name} a lead, which can have quotes only (D7). "
            "Keep the customer, and merge the lead into it."
        )
    if Attempt.objects.filter(payment__customer=gone, state__in=UNDER_WAY).exists():
        reasons.append(f"A payment of {gone.name} is under way. Wait until the gateway has answered.")
    reasons += [
        f"{one.name} ({one.account_number}) is cancelled, and a recurring invoice of it was never ended: it would bill "
        "again, also for the time since. End it first."
        for one in (kept, gone)
        if one.is_cancelled and goes_on(one)
    ]
    if is_duress_code_shared(kept, gone):
        reasons.append("A duress code on one call list is a passcode on the other too. Change one of them first.")
    at_work = entered().runs.filter(state__in=(Run.State.WAITING, Run.State.RUNNING)).order_by("-pk").first()
    if at_work is not None:
        reasons.append(f"A run is under way ({at_work.get_kind_display()}). Wait until it has ended.")
    for clash in clashes():
        rule = RULES.get(clash.constraint.name)
        if isinstance(rule, Refused) and clash.rows(gone, kept).exists():
            reasons.append(rule.says.format(kept=kept.name, gone=gone.name))
    return reasons
