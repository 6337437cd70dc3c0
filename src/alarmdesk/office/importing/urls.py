"""Where are the imports? Under the company's slug."""

from django.urls import path

from alarmdesk.office.importing import views

app_name = "imports"
urlpatterns = [
    path("imports/", views.show_list, name="list"),
    path("imports/new/", views.new, name="new"),
    path("imports/<int:pk>/", views.show_import, name="import"),
    path("imports/<int:pk>/mapping/", views.mapping, name="mapping"),
    path("imports/<int:pk>/progress/", views.progress, name="progress"),
    path("imports/<int:pk>/start/", views.start, name="start"),
    path("imports/<int:pk>/continue/", views.go_on, name="continue"),
    path("imports/<int:pk>/undo/", views.undo, name="undo"),
    path("imports/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("imports/<int:pk>/bad-rows.csv", views.bad_rows, name="bad_rows"),
]
