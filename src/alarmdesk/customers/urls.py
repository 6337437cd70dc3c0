"""Which addresses does the room of leads and customers have?"""

from django.urls import path

from alarmdesk.company.settings_pages import adding, changing, deleting
from alarmdesk.customers.views import agencies, contacts, files, people, tags

app_name = "customers"
urlpatterns = [
    path("customers/", people.customer_list, name="list"),
    path("customers/new/", people.new_customer, name="new"),
    path("customers/<int:pk>/edit/", people.edit_customer, name="edit"),
    path("leads/", people.lead_list, name="leads"),
    path("leads/new/", people.new_lead, name="new_lead"),
    path("leads/<int:pk>/edit/", people.edit_lead, name="edit_lead"),
    path("customers/<int:customer>/contacts/", contacts.of_customer, name="contacts"),
    path("customers/<int:customer>/contacts/new/", contacts.new, name="contact_new"),
    path("contacts/<int:pk>/", contacts.change, name="contact"),
    path("contacts/<int:pk>/move/", contacts.move, name="contact_move"),
    path("contacts/<int:pk>/passcode/", contacts.passcode, name="contact_passcode"),
    path("contacts/<int:pk>/remove/", contacts.remove, name="contact_remove"),
    path("customers/<int:customer>/agencies/add/", agencies.pick, name="agency_pick"),
    path("customers/agencies/<int:pk>/permit/", agencies.permit, name="agency_permit"),
    path("customers/agencies/<int:pk>/remove/", agencies.drop, name="agency_drop"),
    path("customers/<int:customer>/files/", files.of_customer, name="files"),
    path("customers/<int:customer>/files/upload/", files.upload, name="file_upload"),
    path("customers/<int:customer>/files/add/", files.add, name="file_add"),
    path("files/<int:pk>/", files.page, name="file"),
    path("files/<int:pk>/download/", files.download, name="file_download"),
    path("files/<int:pk>/remove/", files.remove, name="file_remove"),
    path("files/<int:pk>/back/", files.bring_back, name="file_back"),
    path("files/<int:pk>/content/<str:ticket>/", files.content, name="file_content"),
    path("customers/<int:customer>/tags/add/", tags.put, name="tag_put"),
    path("customers/<int:customer>/tags/<int:pk>/remove/", tags.take_off, name="tag_off"),
    path("customers/tag/", tags.tag_customers, name="tag_customers"),
    path("customers/untag/", tags.untag_customers, name="untag_customers"),
    path("leads/tag/", tags.tag_leads, name="tag_leads"),
    path("leads/untag/", tags.untag_leads, name="untag_leads"),
    path("settings/tags/", tags.tag_list, name="tags"),
    path("settings/tags/new/", tags.new_tag, name="tag_new"),
    path("settings/tags/<int:pk>/", changing(tags.TAG), name="tag"),
    path("settings/tags/<int:pk>/merge/", tags.merge, name="tag_merge"),
    path("settings/tags/<int:pk>/delete/", deleting(tags.TAG), name="tag_delete"),
    path("settings/agencies/", agencies.directory, name="agencies"),
    path("settings/agencies/new/", adding(agencies.AGENCY), name="agency_new"),
    path("settings/agencies/<int:pk>/", changing(agencies.AGENCY), name="agency"),
    path("settings/agencies/<int:pk>/delete/", deleting(agencies.AGENCY), name="agency_delete"),
]
