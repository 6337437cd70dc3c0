"""Which addresses has the room? All under the company's slug; customers and leads have the same, apart (F66)."""

from collections.abc import Iterator

from django.urls import URLPattern, path

from alarmdesk.credit.sides import CUSTOMERS, LEADS, Side
from alarmdesk.credit.views import reports, settings
from alarmdesk.credit.views.running import running

app_name = "credit"


def _pages(side: Side) -> Iterator[URLPattern]:
    """The pages of one side, called customer_… or lead_…"""
    person = f"{side.key}s/<int:{side.key}>/credit/"
    report = f"{person}<int:pk>/"
    letter = f"{person}letters/<int:pk>/"
    for route, view, name in (
        (person, reports.listing(side), "reports"),
        (f"{person}run/", running(side), "run"),
        (f"{person}enter/", reports.entering(side), "manual"),
        (report, reports.showing(side), "report"),
        (f"{report}apply/", reports.applying(side), "apply"),
        (f"{report}take-off/", reports.taking_off(side), "take_off"),
        (f"{report}decline/", reports.declining(side), "decline"),
        (f"{letter}pdf/", reports.printing(side), "pdf"),
        (f"{letter}mail/", reports.mailing(side), "mail"),
    ):
        yield path(route, view, name=f"{side.key}_{name}")


urlpatterns = [
    *_pages(CUSTOMERS),
    *_pages(LEADS),
    path("settings/credit/", settings.bureaus, name="bureaus"),
    path("settings/credit/on/", settings.switch_on, name="switch_on"),
    path("settings/credit/off/", settings.switch_off, name="switch_off"),
    path("settings/credit/rules/", settings.rules, name="rules"),
    path("settings/credit/inquiries/", settings.log, name="inquiries"),
    path("settings/credit/new/", settings.bureau_new, name="bureau_new"),
    path("settings/credit/<int:pk>/", settings.bureau, name="bureau"),
    path("settings/credit/<int:pk>/delete/", settings.bureau_delete, name="bureau_delete"),
    path("settings/credit/<int:pk>/test/", settings.bureau_test, name="bureau_test"),
]
