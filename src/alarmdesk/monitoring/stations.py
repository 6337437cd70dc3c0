"""What may the office change about monitoring companies and their blocks, and which account number is free next?"""

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.monitoring.models import AccountBlock, MonitoringCompany

# every position of the company's blocks, lowest first, that no system's number is; the numbers compare in any case
NEXT_FREE = """
select b.prefix || lpad(n::text, greatest(b.digits, length(n::text)), '0')
from monitoring_accountblock b cross join lateral generate_series(b.first, b.last) n
where b.company_id = %(company)s and b.monitoring_company_id = %(station)s and not exists (
    select from monitoring_system s
    where s.company_id = b.company_id and s.monitoring_company_id = b.monitoring_company_id
      and lower(s.account_number) = lower(b.prefix || lpad(n::text, greatest(b.digits, length(n::text)), '0'))
)
order by b.id, n limit 1
"""


class NameTaken(ValueError):
    """Another monitoring company is called that."""


class InUse(ValueError):
    """Systems are connected there; it can be turned off, not deleted."""


class Overlapping(ValueError):
    """Another block has some of these numbers."""


def save_monitoring_company(station: MonitoringCompany) -> None:
    """Add or change a monitoring company. Raises NameTaken."""
    if entered().monitoring_companies.filter(name__iexact=station.name).exclude(pk=station.pk).exists():
        raise NameTaken(f"Another monitoring company is called “{station.name}”.")
    station.save()


def delete_monitoring_company(station: MonitoringCompany) -> None:
    """Remove a monitoring company with its blocks. Raises InUse."""
    if station.systems.exists():
        raise InUse(f"Systems are monitored by {station.name}. Turn it off instead.")
    station.delete()


def save_block(block: AccountBlock) -> None:
    """Add or change a block of account numbers. Raises Overlapping."""
    others = AccountBlock.objects.filter(
        monitoring_company_id=block.monitoring_company_id,
        prefix__iexact=block.prefix,
        digits=block.digits,
        first__lte=block.last,
        last__gte=block.first,
    )
    if other := others.exclude(pk=block.pk).first():
        raise Overlapping(f"The block {other} has some of these numbers already.")
    block.save()


def delete_block(block: AccountBlock) -> None:
    """Take a block off the list; systems keep their numbers."""
    block.delete()


def next_free(station: MonitoringCompany) -> str:
    """The lowest account number of the company's blocks that no system has, or "" where none is left.

    It is not reserved: whoever saves it first has it, and the other is told so.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT_FREE, {"company": entered_id(), "station": station.pk})
        row = cursor.fetchone()
    return str(row[0]) if row else ""
