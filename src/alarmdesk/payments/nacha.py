"""What do the rules of the ACH network ask of a dealer? When a returned debit may be drawn again, and how many returns
are too many.

A debit that came back for want of funds (R01, R09) may be presented again at most twice, within 180 days of the first,
under the description RETRY PYMT; after any other return it never may. Over 60 days at most 0.5 % of the debits may come
back as unauthorized, 3 % for administrative reasons and 15 % at all. Source: billing.md 2.4; Nacha Operating Rules,
sections 2.12.4 and 2.17.2.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered_id

MERELY_EMPTY = frozenset(("R01", "R09"))
UNAUTHORIZED = frozenset(("R05", "R07", "R10", "R11", "R29", "R51"))
ADMINISTRATIVE = frozenset(("R02", "R03", "R04"))
NO_ACCOUNT = "The bank does not know the account, or it was closed."
NOT_AGREED = "The bank says that the payment was not agreed to."
FOR_PAYER = {
    **dict.fromkeys(MERELY_EMPTY, "There was not enough money in the account."),
    **dict.fromkeys(ADMINISTRATIVE, NO_ACCOUNT),
    **dict.fromkeys(UNAUTHORIZED, NOT_AGREED),
    "R08": "The payment was stopped at the bank.",
}
"""Why a debit came back, in words for the one who was to pay."""
MOST_RETRIES = 2
RETRY_WITHIN = dt.timedelta(days=180)
RETRY_DESCRIPTION = "RETRY PYMT"
"""The entry description that a debit presented again must carry."""
WINDOW = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of the bank debits of one invoice that came back: the code of the last one, the day of the first
    debit, and how often one came back (1: the first debit alone).
    """

    code: str
    first_on: dt.date
    times: int


def may_represent(returned: Returned, today: dt.date) -> bool:
    """May the debit be drawn once more on `today`? For want of funds alone, twice at most, within 180 days of the
    first.
    """
    return (
        returned.code in MERELY_EMPTY and returned.times <= MOST_RETRIES and today <= returned.first_on + RETRY_WITHIN
    )


@dataclass(frozen=True, slots=True)
class Ratio:
    """One of the three rates: `share` and `most` in percent; None while nothing was debited."""

    name: str
    about: str
    count: int
    share: Decimal | None
    most: Decimal

    @property
    def is_over(self) -> bool:
        return self.share is not None and self.share > self.most

    @property
    def is_near(self) -> bool:
        """Is three quarters of the way gone?"""
        return self.share is not None and not self.is_over and self.share > self.most * Decimal("0.75")


@dataclass(frozen=True, slots=True)
class Rates:
    """How the company's bank debits of the 60 days before `until` did."""

    since: dt.date
    until: dt.date
    debits: int
    ratios: Sequence[Ratio]


DEBITS = """
    select count(*) from payments_payment p
    where p.company_id = %(company)s and p.method = 'ach' and p.kind = 'sale' and p.received_on > %(since)s
      and p.received_on <= %(until)s and exists (
        select from payments_attempt a where a.company_id = p.company_id and a.payment_id = p.id
          and a.verb = 'sale' and a.state = 'approved')
"""
RETURNS = """
    select return_code, count(*) from payments_payment
    where company_id = %(company)s and method = 'ach' and kind = 'sale' and return_code <> ''
      and (returned_at at time zone %(zone)s)::date > %(since)s
      and (returned_at at time zone %(zone)s)::date <= %(until)s
    group by return_code
"""


def rates(today: dt.date, zone: str) -> Rates:
    """The three rates of the entered company over the 60 days up to `today`: debits returned in them against debits
    made in them. `zone` is the company's time zone.
    """
    since = today - WINDOW
    told: dict[str, Any] = {"company": entered_id(), "since": since, "until": today, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(DEBITS, told)
        (debits,) = cursor.fetchone()
        cursor.execute(RETURNS, told)
        returns: dict[str, int] = dict(cursor.fetchall())
    return Rates(since + dt.timedelta(days=1), today, debits, ratios_of(debits, returns))


def ratios_of(debits: int, returns: dict[str, int]) -> list[Ratio]:
    """The three rates of so many debits and the returns by code."""
    limits = (
        ("Unauthorized", "the customer or the bank says that nobody agreed", UNAUTHORIZED, "0.5"),
        ("Administrative", "closed, unknown or wrong accounts", ADMINISTRATIVE, "3"),
        ("All returns", "for whatever reason", frozenset(returns), "15"),
    )
    ratios = []
    for name, about, codes, most in limits:
        count = sum(number for code, number in returns.items() if code in codes)
        share = Decimal(count) * 100 / debits if debits else None
        ratios.append(Ratio(name, about, count, share, Decimal(most)))
    return ratios
