"""How often may somebody ask? Counted in the cache that all processes share, in windows of a fixed length.

Two that ask in the same instant may count as one: a limit slows somebody down, it is not what keeps money safe.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.core.cache import cache


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `seconds`."""

    name: str
    most: int
    seconds: int

    def wait(self, who: str, *, at: dt.datetime) -> int:
        """Count one more time of somebody's: the seconds to wait when it is one too many, else 0."""
        window, gone = divmod(int(at.timestamp()), self.seconds)
        # what the cache holds names nobody
        key = f"limit:{self.name}:{window}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
        if cache.add(key, 1, timeout=self.seconds):
            return 0
        try:
            count = cache.incr(key)
        except ValueError:  # it has run out between the two
            return 0
        return self.seconds - gone if count > self.most else 0
