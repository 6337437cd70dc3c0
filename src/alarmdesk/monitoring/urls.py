"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.company.settings_pages import adding, changing, deleting
from alarmdesk.monitoring.views import settings, system

app_name = "monitoring"
urlpatterns = [
    path("customers/<int:customer>/system/", system.of_customer, name="of_customer"),
    path("customers/<int:customer>/system/connect/", system.connect, name="connect"),
    path("customers/<int:customer>/system/next-number/", system.next_number, name="next_number"),
    path("customers/<int:customer>/system/zones/new/", system.zone_new, name="zone_new"),
    path("systems/<int:pk>/", system.change, name="system"),
    path("systems/<int:pk>/disconnect/", system.disconnect, name="disconnect"),
    path("systems/<int:pk>/test/", system.place, name="place"),
    path("systems/tests/<int:pk>/end/", system.end, name="end_test"),
    path("systems/zones/<int:pk>/", system.zone, name="zone"),
    path("systems/zones/<int:pk>/delete/", system.zone_delete, name="zone_delete"),
    path("settings/monitoring/", settings.station_list, name="stations"),
    path("settings/monitoring/new/", adding(settings.STATION), name="station_new"),
    path("settings/monitoring/<int:pk>/", changing(settings.STATION), name="station"),
    path("settings/monitoring/<int:pk>/delete/", deleting(settings.STATION), name="station_delete"),
    path("settings/monitoring/blocks/new/", adding(settings.BLOCK), name="block_new"),
    path("settings/monitoring/blocks/<int:pk>/", changing(settings.BLOCK), name="block"),
    path("settings/monitoring/blocks/<int:pk>/delete/", deleting(settings.BLOCK), name="block_delete"),
]
