"""Must the gateway's books of back then be read again? Only where a difference that stands would close.

What a gateway said of a difference is kept beside it, so that every night can see, without asking, whether our books
have come to agree. A charge that was missing at the gateway is asked about by its key.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.comparing import compare
from alarmdesk.payments.gateways.port import GatewayPort, Outcome, StatementLine
from alarmdesk.payments.models import Attempt, Discrepancy, Gateway
from alarmdesk.payments.sending import EARLIER

FEW = 20
"""So many missing charges are asked about one by one; where there are more, their days are read again."""
NO_LONGER = ("cancelled", "failed")


def kept(lines: Iterable[StatementLine]) -> list[dict[str, Any]]:
    """Lines as they are kept beside a difference."""
    return [{name: str(value) for name, value in asdict(line).items() if value is not None} for line in lines]


def lines_of(differences: Iterable[Discrepancy]) -> list[StatementLine]:
    """What the gateway had said of these differences."""
    return [_line(told) for each in differences for told in each.lines]


def _line(told: dict[str, str]) -> StatementLine:
    values: dict[str, Any] = dict(told)
    for name, text in told.items():
        if name in ("at", "settled_at"):
            values[name] = dt.datetime.fromisoformat(text)
        elif name in ("amount", "taken_back"):
            values[name] = Decimal(text)
    values["outcome"] = Outcome(told["outcome"])
    return StatementLine(**values)


def earliest(
    company: Company, gateway: Gateway, port: GatewayPort, *, at: dt.datetime, actor: Actor
) -> dt.datetime | None:
    """From when on the statement is to be read again for the sake of differences that would close; None when none
    would. Called with no transaction open. Raises NoAnswer, BadCredentials.
    """
    with inside(company, actor=actor):
        standing = list(Discrepancy.objects.filter(gateway=gateway, settled_at=None))
        still, _ = compare(gateway, lines_of(standing), at=at)
        names = {each.name for each in still}
        missing = [each for each in standing if each.kind == Discrepancy.Kind.MISSING]
        ours = set(
            Attempt.objects.filter(key__in=[each.key for each in missing], state=Attempt.State.APPROVED)
            .exclude(payment__status__in=NO_LONGER)
            .values_list("key", flat=True)
        )
    closing = [each for each in standing if each.lines and (each.kind, each.key, each.external_id) not in names]
    closing += [each for each in missing if each.key not in ours]
    closing += _found(port, [each for each in missing if each.key in ours])
    return min((_begun(each) for each in closing), default=None)


def _found(port: GatewayPort, missing: Sequence[Discrepancy]) -> Sequence[Discrepancy]:
    if len(missing) > FEW:
        return missing
    return [each for each in missing if port.look_up(each.key, since=_begun(each) - EARLIER) is not None]


def _begun(difference: Discrepancy) -> dt.datetime:
    instants = [line.at for line in lines_of([difference])] + [difference.sent_at or difference.found_at]
    return min(instants)
