"""How is a number or a day read that a person typed into a document? Numbers as everywhere in the house."""

import datetime as dt

from alarmdesk.lib.amounts import Amount, plain

__all__ = ["Amount", "day_typed", "plain"]


def day_typed(text: str) -> dt.date | None:
    """The ISO date of a date box, or None while it is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
