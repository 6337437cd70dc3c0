"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.company.settings_pages import adding, changing, deleting
from alarmdesk.equipment.views import pieces, settings

app_name = "equipment"
urlpatterns = [
    path("customers/<int:customer>/equipment/", pieces.of_customer, name="of_customer"),
    path("customers/<int:customer>/equipment/new/", pieces.new, name="new"),
    path("customers/<int:customer>/equipment/package/", pieces.new_package, name="new_package"),
    path("customers/<int:customer>/equipment/change/", pieces.change_many, name="change_many"),
    path("customers/<int:customer>/equipment/remove/", pieces.remove_many, name="remove_many"),
    path("equipment/<int:pk>/", pieces.change, name="piece"),
    path("equipment/<int:pk>/remove/", pieces.remove, name="remove"),
    path("equipment/<int:pk>/put-back/", pieces.put_back, name="put_back"),
    path("settings/equipment/", settings.equipment_list, name="catalogue"),
    path("settings/equipment/new/", adding(settings.EQUIPMENT), name="item_new"),
    path("settings/equipment/<int:pk>/", changing(settings.EQUIPMENT), name="item"),
    path("settings/equipment/<int:pk>/delete/", deleting(settings.EQUIPMENT), name="item_delete"),
    path("settings/packages/", settings.packages, name="packages"),
    path("settings/packages/new/", settings.package_new, name="package_new"),
    path("settings/packages/<int:pk>/", settings.package, name="package"),
    path("settings/packages/<int:pk>/delete/", settings.package_delete, name="package_delete"),
]
