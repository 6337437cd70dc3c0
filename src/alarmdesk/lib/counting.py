"""How many rows have several query sets, asked in one question?"""

from typing import Any

from django.db.models import CharField, Count, QuerySet, Value


def counts(**asked: QuerySet[Any, Any]) -> dict[str, int]:
    """The number of rows of each query set, by the name that it is given here; of whatever tables, one statement."""
    parts = [
        rows.order_by().annotate(which=Value(name, CharField())).values_list("which").annotate(count=Count("pk"))
        for name, rows in asked.items()
    ]
    return dict.fromkeys(asked, 0) | dict(parts[0].union(*parts[1:], all=True))
