"""How does the office keep its monitoring companies and the numbers that they issued (domain.md B10)?"""

from django.db.models import Count
from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import Setting
from alarmdesk.lib.pages import show
from alarmdesk.monitoring import stations
from alarmdesk.monitoring.forms import BlockForm, MonitoringCompanyForm
from alarmdesk.monitoring.permissions import monitoring_admin

STATION = Setting(
    "monitoring", "station", "monitoring:stations", "monitoring_companies", monitoring_admin.modify,
    MonitoringCompanyForm, stations.save_monitoring_company, stations.delete_monitoring_company, "name",
    new="New monitoring company",
    added="The monitoring company is added.",
    saved="{name} is saved.",
    gone=lambda row: f"{row} is removed from the list, with its blocks of account numbers.",
)  # fmt: skip
BLOCK = Setting(
    "monitoring", "block", "monitoring:stations", "account_blocks", monitoring_admin.modify, BlockForm,
    stations.save_block, stations.delete_block, "last_number",
    new="New block of account numbers",
    added="The block is added.",
    saved="The block {name} is saved.",
    gone=lambda row: f"{row} are no longer offered. Systems keep their numbers.",
    asked="monitoring_company",
)  # fmt: skip


@staff(may=monitoring_admin.view)
def station_list(request: StaffRequest) -> HttpResponse:
    """The monitoring companies, their blocks, and the next free number of each."""
    found = request.company.monitoring_companies.annotate(count=Count("systems")).order_by("name")
    rows = [
        {"station": station, "blocks": list(station.blocks.all()), "next": stations.next_free(station)}
        for station in found.prefetch_related("blocks")
    ]
    return show(request, "monitoring/settings/stations.html", {"rows": rows})
