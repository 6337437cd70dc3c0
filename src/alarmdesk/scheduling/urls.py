"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.scheduling.views import appointments, boards, making, mine, moving, reporting, technicians

app_name = "scheduling"
urlpatterns = [
    path("schedule/", boards.day, name="day"),
    path("schedule/week/", boards.week, name="week"),
    path("schedule/month/", boards.month, name="month"),
    path("schedule/mine/", mine.mine, name="mine"),
    path("schedule/mine/calendar/", mine.calendar, name="my_calendar"),
    path("schedule/mine/calendar/revoke/", mine.revoke, name="my_calendar_revoke"),
    path("schedule/mine/<int:pk>/", mine.job, name="job"),
    path("schedule/mine/<int:pk>/on-my-way/", reporting.set_out, name="set_out"),
    path("schedule/mine/<int:pk>/on-site/", reporting.arrive, name="arrive"),
    path("schedule/mine/<int:pk>/done/", reporting.finish, name="finish"),
    path("schedule/mine/<int:pk>/take-back/", reporting.take_back, name="take_back"),
    path("schedule/new/", making.choose, name="new"),
    path("customers/<int:customer>/appointments/", appointments.of_customer, name="of_customer"),
    path("customers/<int:customer>/appointments/new/", making.new, name="new_for"),
    path("schedule/appointments/<int:pk>/", appointments.appointment, name="appointment"),
    path("schedule/appointments/<int:pk>/edit/", making.edit, name="edit"),
    path("schedule/appointments/<int:pk>/move/", moving.move, name="move"),
    path("schedule/appointments/<int:pk>/move-back/<str:token>/", moving.move_back, name="move_back"),
    path("schedule/appointments/<int:pk>/put-back/", moving.put_back, name="put_back"),
    path("schedule/appointments/<int:pk>/cancel/", moving.cancel, name="cancel"),
    path("settings/technicians/", technicians.people, name="technicians"),
    path("settings/technicians/new/", technicians.new, name="technician_new"),
    path("settings/technicians/<int:pk>/", technicians.change, name="technician"),
    path("settings/technicians/<int:pk>/day-off/", technicians.day_off_new, name="day_off_new"),
    path("settings/technicians/<int:pk>/calendar/", technicians.calendar, name="calendar"),
    path("settings/technicians/<int:pk>/calendar/revoke/", technicians.revoke, name="calendar_revoke"),
    path("settings/technicians/days-off/<int:pk>/delete/", technicians.day_off_delete, name="day_off_delete"),
]
