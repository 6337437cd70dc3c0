"""Which addresses does the office have below the company's slug?"""

from django.urls import path

from alarmdesk.office.merging import views as merging
from alarmdesk.office.views import (
    billing_audit,
    company,
    customer,
    groups,
    home,
    leaving,
    people,
    runs,
    search,
    writing,
)

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("customers/duplicates/", merging.duplicate_list, name="duplicates"),
    path("customers/<int:customer>/merge/", merging.choose_other, name="merge_choose"),
    path("customers/<int:customer>/merge/<int:other>/", merging.merge, name="merge"),
    path("customers/<int:pk>/", customer.customer_page, name="customer"),
    path("customers/<int:pk>/cancel/", leaving.cancel, name="cancel"),
    path("customers/<int:pk>/reinstate/", leaving.reinstate, name="reinstate"),
    path("customers/<int:pk>/history/", customer.customer_history, name="history"),
    path("customers/<int:pk>/history/history.csv", customer.history_csv, name="history_csv"),
    path("customers/<int:pk>/messages/", customer.customer_messages, name="messages"),
    path("customers/<int:pk>/messages/new/", writing.write, name="write"),
    path("customers/<int:pk>/messages/<int:message>/", writing.message, name="message"),
    path("reports/billing-audit/", billing_audit.page, name="billing_audit"),
    path("reports/billing-audit/findings.csv", billing_audit.csv_file, name="billing_audit_csv"),
    path("reports/billing-audit/dismiss/", billing_audit.dismiss, name="finding_dismiss"),
    path("reports/billing-audit/dismissed/<int:pk>/lift/", billing_audit.lift, name="finding_lift"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.run_night, name="run_night"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/progress/", runs.run_progress, name="run_progress"),
    path("settings/", company.settings_index, name="settings"),
    path("settings/company/", company.company, name="company"),
    path("settings/users/", people.people, name="users"),
    path("settings/users/invite/", people.invite, name="invite"),
    path("settings/users/<int:pk>/", people.change, name="user"),
    path("settings/users/<int:pk>/invite/", people.invite_again, name="invite_again"),
    path("settings/users/<int:pk>/let-go/", people.let_go, name="let_go"),
    path("settings/users/<int:pk>/bring-back/", people.bring_back, name="bring_back"),
    path("settings/groups/", groups.groups, name="groups"),
    path("settings/groups/new/", groups.new_group, name="new_group"),
    path("settings/groups/<int:pk>/", groups.group, name="group"),
    path("settings/groups/<int:pk>/remove/", groups.dissolve, name="dissolve"),
    path("settings/permissions/", groups.permissions, name="permissions"),
]
