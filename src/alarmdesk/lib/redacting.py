"""Which words of a log line open something to whoever reads them? Parts of addresses that are keys; they are left out.

Django names the address of every request that it refuses. A pay link, an invitation, a link to a new password, a
calendar's address and that of a webhook are good for whoever has them.
"""

import logging
import re

KEYS = re.compile(
    r"(/(?:pay|receipt|invitation|hooks/[^/\s]+|calendars/[^/\s]+|password/reset/key)/)(?!set-password)[^/\s?\"']+"
)
LEFT_OUT = r"\1…"


def redacted(text: str) -> str:
    """The text without the keys in its addresses."""
    return KEYS.sub(LEFT_OUT, text)


class WithoutKeys(logging.Filter):
    """Of a handler: no line leaves with a key in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (clean := redacted(said)) != said:
            record.msg, record.args = clean, ()
        return True
