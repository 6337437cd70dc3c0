"""Which cards on file have the card networks changed, and what follows? Asked every night, and when a webhook says so.

A new expiration date (NED) or number (NAN) is written down: a refusal for good was of the old number. A closed account
(ACL) is blocked and leaves Auto Pay; where the cardholder is to be asked (CCH) the office is told. The gateway is asked
what is in its vault now, so a webhook that was lost, late or came twice changes nothing of the end. Source: billing.md
2.4; test 9 of its section 8.
"""

import datetime as dt

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import MethodChange, Standing
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway, MethodUpdate

UPDATER = Actor("system", "Account updater")
OVERLAP = dt.timedelta(days=1)
FIRST = dt.timedelta(days=30)
"""How far back a gateway is asked the first time."""
AT_ONCE = 200
CLOSED = "The card networks say that the account is closed."
Kind = MethodUpdate.Kind


def follow_updates(company: Company, *, at: dt.datetime, actor: Actor = UPDATER) -> int:
    """Bring the methods on file up to the vault of the gateway that is used. Answers how many changed; 0 without a
    gateway. Called with no transaction open. Raises NoAnswer, BadCredentials.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        gateway = Gateway.objects.filter(is_active=True).first()
    if gateway is None:
        return 0
    since = gateway.methods_read_at - OVERLAP if gateway.methods_read_at else at - FIRST
    told = list(port_of(gateway).changed_methods(since, at + OVERLAP))
    changed = 0
    for start in range(0, len(told), AT_ONCE):
        with inside(company, actor=actor):
            changed += _write(gateway, told[start : start + AT_ONCE], at)
    with inside(company, actor=actor):
        Gateway.objects.filter(pk=gateway.pk).update(methods_read_at=at)
    return changed


def _write(gateway: Gateway, told: list[MethodChange], at: dt.datetime) -> int:
    by_id = {change.method.vault_id: change for change in told}
    ours = BillingMethod.objects.filter(gateway=gateway, vault_id__in=by_id, removed_at=None)
    methods = list(ours.select_for_update(no_key=True).order_by("pk"))
    return sum(_follow(method, by_id[method.vault_id], at) for method in methods)


def _follow(method: BillingMethod, change: MethodChange, at: dt.datetime) -> bool:
    """One locked method; False where it is as told already."""
    before, kinds = _shown(method), _kinds(method, change)
    if not kinds:
        return False
    if Kind.NUMBER in kinds:
        method.refused_at, method.refused_code = None, ""
    if kinds & {Kind.NUMBER, Kind.EXPIRY}:
        said = change.method
        method.brand, method.last_four, method.expires_on = said.brand, said.last_four, said.expires_on
        method.contact_at = None
    if Kind.CLOSED in kinds:
        method.blocked_at, method.blocked_reason = at, CLOSED
        AutoPay.objects.filter(billing_method=method, ended_at=None).update(ended_at=at, ended_by=UPDATER.name)
    if Kind.CONTACT in kinds:
        method.contact_at = at
    method.save(
        update_fields=["brand", "last_four", "expires_on", "refused_at", "refused_code", "blocked_at", "blocked_reason",
                       "contact_at"]
    )  # fmt: skip
    for kind in sorted(kinds):
        MethodUpdate.objects.create(billing_method=method, kind=kind, before=before, after=_shown(method), at=at)
    return True


def _kinds(method: BillingMethod, change: MethodChange) -> set[Kind]:
    """What is news of it."""
    said, kinds = change.method, set[Kind]()
    if (said.brand, said.last_four) != (method.brand, method.last_four):
        kinds.add(Kind.NUMBER)
    elif said.expires_on != method.expires_on:
        kinds.add(Kind.EXPIRY)
    if change.standing is Standing.CLOSED and method.blocked_at is None:
        kinds.add(Kind.CLOSED)
    if change.standing is Standing.CONTACT and method.contact_at is None:
        kinds.add(Kind.CONTACT)
    return kinds


def _shown(method: BillingMethod) -> str:
    return f"{method}, {method.expires_on:%m/%y}" if method.expires_on else str(method)
