"""Where are the exports? Under the company's slug."""

from django.urls import path

from alarmdesk.office.exporting import views

app_name = "exports"
urlpatterns = [
    path("export/", views.choose, name="list"),
    path("export/<slug:noun>.csv", views.export, name="csv"),
]
