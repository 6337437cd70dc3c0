"""What can a company say of itself? Name, zone, address, colour and logo; and where all settings are."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import company_settings
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.office.forms import CompanyForm
from alarmdesk.office.navigation import settings_sections


@staff(may=None)
def settings_index(request: StaffRequest) -> HttpResponse:
    """All settings that the person may see; the page of each says more."""
    return show(request, "office/settings.html", {"is_empty": not settings_sections(request)})


@staff(may=company_settings.view)
def company(request: StaffRequest) -> HttpResponse:
    """The company's own page. Seeing takes one grant, saving another."""
    may_change = request.may(company_settings.modify)
    if request.method == "POST" and not may_change:
        raise PermissionDenied("Your group may look at the company's settings, not change them.")
    # a fresh copy: a rejected form must not paint its values into the frame
    rows = Company.objects.defer("logo")
    if request.method == "POST":
        rows = rows.select_for_update(no_key=True)
    own = rows.get(pk=request.company.pk)
    version = Version({"": CompanyForm(instance=own)}, request.POST)
    if version.changes:
        version.by = last_author(of_row("company_company", own.pk))
    form = CompanyForm(request.POST or None, request.FILES or None, instance=own)
    if request.method == "POST" and form.is_valid() and not version.is_overtaken:
        form.save()
        return go(request, at("office:company"), "Saved")
    context = {"form": form, "may_change": may_change, "own": request.company, "version": version}
    return show_form(request, "office/company.html", context, invalid=form.is_bound)
