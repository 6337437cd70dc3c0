"""How does the office keep the rates of states: one by one, and by the file (D13)?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import rate_files, rates
from alarmdesk.invoicing.forms.settings import RatesFileForm
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views import settings
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form

SHOWN_PROBLEMS = 200
PAGE = "invoicing/settings/rates_import.html"


@staff(may=billing_admin.modify)
def bring_in(request: StaffRequest) -> HttpResponse:
    """A file of rates: first what it would do, then doing it."""
    form = RatesFileForm(settings.sent(request), request.FILES if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "back": at("invoicing:taxes"), "template_url": at("invoicing:rates_csv")}
    if request.method != "POST" or not form.is_valid():
        return show_form(request, PAGE, context, invalid=form.is_bound)
    text, file_name = form.cleaned_data["text"], form.cleaned_data["file_name"] or "Pasted rates"
    sheet = rates.checked(rate_files.read(text))
    if request.POST.get("do") == "import":
        try:
            made = rates.bring_in(sheet, file_name=file_name, at=clock.now(), by=acting().name)
        except rates.FileHasProblems as bad:
            form.add_error(None, str(bad))
        else:
            count = f"{made.rows} {'rate is' if made.rows == 1 else 'rates are'} in."
            return go(request, at("invoicing:taxes"), count, undo=at("invoicing:rates_undo", pk=made.pk))
    if sheet.problems and not form.errors:
        form.add_error(None, rates.ALL_OR_NONE)
    context |= {
        "sheet": sheet,
        "text": text,
        "file_name": file_name,
        "problems": sheet.problems[:SHOWN_PROBLEMS],
        "more": max(0, len(sheet.problems) - SHOWN_PROBLEMS),
        "lines": len({problem.line for problem in sheet.problems}),
    }
    return show_form(request, PAGE, context, invalid=bool(form.errors))


@staff(may=billing_admin.view)
def template(request: HttpRequest) -> HttpResponse:
    """A file with the columns and two rows to write over."""
    answer = HttpResponse(rate_files.TEMPLATE, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="state-rates.csv"'
    return answer


@staff(may=billing_admin.modify)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the rates of a file back."""
    made = get_object_or_404(request.company.rate_imports, pk=pk)
    back = at("invoicing:taxes")
    return confirmed(
        request,
        lambda: _undone(made),
        title=f"Take back {made.file_name}",
        says=f"The rates of this file that nobody has changed since are deleted: {made.rows} at most.",
        action="Take back",
        back=back,
        done=(back, f"The rates of {made.file_name} are taken back."),
    )


def _undone(made: Any) -> None:
    rates.undo(made, at=clock.now(), by=acting().name)


@staff(may=billing_admin.modify)
def rate(request: StaffRequest, pk: int) -> HttpResponse:
    """One rate: to be changed while no document bears it, to be seen afterwards."""
    tax = get_object_or_404(request.company.state_taxes, pk=pk)
    if request.method != "POST" and rates.is_used(tax):
        context = {"tax": tax, "back": at("invoicing:taxes"), "new_url": f"{at('invoicing:tax_new')}?state={tax.state}"}
        return show_form(request, "invoicing/settings/rate.html", context)
    return settings.change_row(request, settings.TAX, pk)
