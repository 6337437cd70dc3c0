"""What must a letter say that says no because of a credit report? All of it, written out and kept (domain.md F6).

15 U.S.C. 1681m(a): the notice; the score that was used, its range, its date and the key factors; the bureau's name,
address and toll-free phone; that the bureau did not decide and cannot say why; the right to a free copy within 60 days
and to dispute what is in it. The words are ours: docs/decisions/0042 says who must read them before they are used.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from alarmdesk.company.entering import acting, entered
from alarmdesk.credit.models import HIGHEST_SCORE, LOWEST_SCORE, AdverseLetter, CreditReport, shown_phone
from alarmdesk.customers.models import Address
from alarmdesk.lib.furniture import day, phone

FREE_COPY_DAYS = 60
MOST_FACTORS = 5
State = CreditReport.State


class NothingToDisclose(ValueError):
    """No letter can be made of this report; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """A letter, written out: to whom, its paragraphs, the score with its factors, and the rights."""

    to: tuple[str, ...]
    opening: tuple[str, ...]
    bureau: tuple[str, ...]
    score: tuple[tuple[str, str], ...]
    factors: tuple[str, ...]
    rights: tuple[str, ...]
    closing: tuple[str, ...]

    @classmethod
    def of(cls, letter: AdverseLetter) -> "Said":
        """As the letter keeps it."""
        kept: Mapping[str, Any] = letter.said
        pairs = tuple((str(label), str(value)) for label, value in kept["score"])
        return cls(score=pairs, **{name: tuple(kept[name]) for name in cls.__slots__ if name != "score"})


def decline(report: CreditReport, *, decision: str, today: dt.date, at: dt.datetime) -> AdverseLetter:
    """Make the letter about a report, dated today. `decision`: what was decided, as a whole sentence. Raises
    NothingToDisclose.
    """
    if report.bureau is None:
        raise NothingToDisclose("This score was entered by hand: no bureau's report stands behind it.")
    if not report.has_answer:
        raise NothingToDisclose("The bureau has not answered, so nothing was decided by its report.")
    kept = report.kept.first()
    if report.state == State.SCORED and kept is None:
        raise NothingToDisclose("What the bureau said is no longer kept, and the letter must name its key factors.")
    said = _written(report, decision, kept.said if kept else {})
    return AdverseLetter.objects.create(
        report=report, dated_on=today, decision=decision, said=asdict(said), made_at=at, made_by=acting().name
    )


def _written(report: CreditReport, decision: str, kept: Mapping[str, Any]) -> Said:
    company, bureau = entered(), report.bureau
    assert bureau is not None  # noqa: S101  `decline` has looked
    opening = (
        f"Thank you for your interest in {company.name}. About what you asked us for, we have decided: {decision}",
        "We decided this in whole or in part because of information in a report from the consumer reporting agency "
        "named below.",
    )
    told = shown_phone(bureau.consumer_phone)
    rights = (
        f"{bureau.consumer_name} did not make this decision and cannot tell you why it was made.",
        f"You have the right to a free copy of your report from {bureau.consumer_name}, if you ask for it within "
        f"{FREE_COPY_DAYS} days of receiving this letter.",
        f"You have the right to dispute with {bureau.consumer_name} whatever in the report is inaccurate or "
        "incomplete.",
    )
    reach = " or ".join(part for part in (phone(company.phone), company.email) if part)
    return Said(
        to=(report.subject_name, *_address_of(report)),
        opening=opening,
        bureau=(bureau.consumer_name, bureau.consumer_address, f"Toll-free: {told}"),
        score=_score(report, kept),
        factors=tuple(kept.get("factors", ())[:MOST_FACTORS]) if report.score is not None else (),
        rights=rights,
        closing=(f"If you have questions about this letter, please reach us at {reach}.",) if reach else (),
    )


def _score(report: CreditReport, kept: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if report.score is None or report.answered_at is None:
        return ()
    on = report.answered_at.astimezone(entered().zone)
    pairs = [("Your credit score", str(report.score)), ("Date", day(on))]
    pairs.append(("Scores range from", f"{LOWEST_SCORE} to {HIGHEST_SCORE}"))
    return (*pairs, ("Score model", str(kept["model"]))) if kept.get("model") else tuple(pairs)


def _address_of(report: CreditReport) -> Sequence[str]:
    """Where the letter goes: a co-signer's own address, else the customer's billing or service address."""
    customer = report.customer
    place = customer.address(Address.Kind.BILLING) or customer.address(Address.Kind.SERVICE)
    if report.is_cosigner or place is None:
        street, _, town = report.address.partition(", ")
        return [line for line in (street, town) if line]
    town = ", ".join(part for part in (place.city, f"{place.state} {place.zip_code}".strip()) if part)
    return [line for line in (place.street, place.street_2, town) if line]
