"""Where are notes and tickets? Under the company's slug."""

from django.urls import path

from alarmdesk.office.ticketing.views import filters, notes, queue, tickets

app_name = "tickets"
urlpatterns = [
    path("customers/<int:customer>/notes/", notes.of_customer, name="of_customer"),
    path("customers/<int:customer>/notes/new/", notes.new, name="note_new"),
    path("notes/<int:pk>/", notes.change, name="note"),
    path("notes/<int:pk>/remove/", notes.remove, name="note_remove"),
    path("notes/<int:pk>/ticket/", notes.become_ticket, name="note_ticket"),
    path("tickets/", queue.everybodys, name="list"),
    path("tickets/mine/", queue.mine, name="mine"),
    path("tickets/assign/", queue.assign, name="assign"),
    path("tickets/close/", queue.close, name="close_many"),
    path("tickets/mine/assign/", queue.assign_mine, name="assign_mine"),
    path("tickets/mine/close/", queue.close_mine, name="close_mine_many"),
    path("tickets/filters/save/", filters.save, name="filter_save"),
    path("tickets/filters/<int:pk>/delete/", filters.delete, name="filter_delete"),
    path("tickets/<int:pk>/", tickets.page, name="ticket"),
    path("tickets/<int:pk>/change/", tickets.change, name="change"),
    path("tickets/<int:pk>/comment/", tickets.comment, name="comment"),
    path("tickets/<int:pk>/wait/", tickets.wait, name="wait"),
    path("tickets/<int:pk>/close/", tickets.close, name="close"),
    path("tickets/<int:pk>/reopen/", tickets.reopen, name="reopen"),
]
