"""What stands on a statement's paper? The snapshot, written out: pages, PDF and mail show the same words."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from alarmdesk.company.letterhead import sender_of
from alarmdesk.company.models import Company
from alarmdesk.invoicing.paper import Column, Paper, Receiver, Row, Sum, render, render_many
from alarmdesk.lib.furniture import day, money
from alarmdesk.payments.aging import BUCKETS
from alarmdesk.payments.models import Statement

ITEM_COLUMNS = (
    Column("Document", is_figure=False), Column("Date"), Column("Due date"), Column("Amount"), Column("Open"),
)  # fmt: skip
FORWARD_COLUMNS = (Column("What", is_figure=False), Column("Date"), Column("Amount"), Column("Balance"))


def paper_of(statement: Statement, company: Company, *, pay_url: str = "") -> Paper:
    """The statement as a paper; `pay_url` for what is due now."""
    kept = statement.snapshot
    is_forward = statement.kind == Statement.Kind.FORWARD
    return Paper(
        title="Statement",
        number=str(statement.number) if statement.number else "",
        receiver=Receiver("For", str(kept["bill_to"]["name"]), tuple(kept["bill_to"]["address"])),
        pairs=_pairs(statement),
        columns=FORWARD_COLUMNS if is_forward else ITEM_COLUMNS,
        rows=tuple(Row(cells) for cells in cells_of(statement, company.currency)),
        sums=tuple(
            Sum(label, amount, strong=label == "Balance") for label, amount in sums_of(statement, company.currency)
        ),
        strip=ages_of(statement, company.currency),
        pay_url=pay_url,
        small_print="Thank you. Payments and credits after the last day of this statement are not on it.",
    )


def heads_of(statement: Statement) -> tuple[Column, ...]:
    """The columns of its table."""
    return FORWARD_COLUMNS if statement.kind == Statement.Kind.FORWARD else ITEM_COLUMNS


def cells_of(statement: Statement, currency: str) -> list[tuple[str, ...]]:
    """The rows of its table, written out; a balance that is brought forward comes first."""
    lines: list[dict[str, str]] = statement.snapshot["lines"]
    if statement.kind != Statement.Kind.FORWARD:
        return [
            (line["what"], _day(line["on"]), _day(line["due_on"]), _money(line["amount"], currency),
             _money(line["open"], currency))
            for line in lines
        ]  # fmt: skip
    first = ("Balance forward", day(statement.starts_on), "", _money(statement.snapshot["opening"], currency))
    rest = [
        (line["what"], _day(line["on"]), _money(line["amount"], currency), _money(line["open"], currency))
        for line in lines
    ]
    return [first, *rest]


def sums_of(statement: Statement, currency: str) -> list[tuple[str, str]]:
    """What it comes to, written out."""
    sums = [("Open on invoices", money(statement.due, currency))]
    if statement.credit:
        sums.append(("Credit on account", money(-statement.credit, currency)))
    return [*sums, ("Balance", money(statement.balance, currency))]


def ages_of(statement: Statement, currency: str) -> tuple[tuple[str, str], ...]:
    """What is open by age, written out (D9)."""
    amounts: Iterable[Any] = statement.snapshot["ages"]
    return tuple((bucket.label, _money(amount, currency)) for bucket, amount in zip(BUCKETS, amounts, strict=True))


def pdf(statement: Statement, company: Company, *, pay_url: str = "") -> bytes:
    """The statement as PDF."""
    return render(paper_of(statement, company, pay_url=pay_url), sender_of(company), at=statement.made_at)


def pdf_of_many(statements: Iterable[Statement], company: Company, *, title: str, at: dt.datetime) -> bytes:
    """Many statements as one PDF; at most a hundred."""
    return render_many([paper_of(each, company) for each in statements], sender_of(company), title=title, at=at)


def file_name(statement: Statement) -> str:
    """statement-1042.pdf"""
    return f"statement-{statement.number}.pdf"


def _pairs(statement: Statement) -> tuple[tuple[str, str], ...]:
    account = str(statement.snapshot["bill_to"].get("account_number") or "")
    pairs = [
        ("Kind", statement.get_kind_display()), ("From", day(statement.starts_on)), ("To", day(statement.ends_on)),
    ]  # fmt: skip
    return (*pairs, ("Account", account)) if account else tuple(pairs)


def _day(text: str) -> str:
    return day(dt.date.fromisoformat(text)) if text else ""


def _money(text: str, currency: str) -> str:
    return money(Decimal(text), currency)
