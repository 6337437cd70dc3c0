"""Which addresses does the room of leads and customers have?"""

from django.urls import path

from alarmdesk.customers import views

app_name = "customers"
urlpatterns = [
    path("customers/", views.customer_list, name="list"),
    path("customers/new/", views.new_customer, name="new"),
    path("customers/<int:pk>/edit/", views.edit_customer, name="edit"),
    path("leads/", views.lead_list, name="leads"),
    path("leads/new/", views.new_lead, name="new_lead"),
    path("leads/<int:pk>/edit/", views.edit_lead, name="edit_lead"),
]
