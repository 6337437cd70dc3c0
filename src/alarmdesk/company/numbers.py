"""Which number comes next? A counter row per company and series: gapless, for it lives in the same transaction.

Take numbers last in a transaction and once for a batch: the row is locked from here to the commit (billing.md 1.3).
"""

from django.db import connection

from alarmdesk.company.entering import entered_id


def next_numbers(code: str, count: int = 1) -> range:
    """The next `count` numbers of the entered company's series, reserved in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into company_series as s (company_id, code, value) values (%s, %s, %s)
            on conflict (company_id, code) do update set value = s.value + excluded.value
            returning value
            """,
            [entered_id(), code, count],
        )
        last: int = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)
