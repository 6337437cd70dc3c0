"""How does the office set its credit bureaus and rules up, and who was asked about (F65, F21)?"""

from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting, inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import confirmed, form_page, sent
from alarmdesk.credit.actions import delete_bureau, save_bureau, turn_off, turn_on
from alarmdesk.credit.bureaus.choosing import port_of
from alarmdesk.credit.bureaus.port import BadCredentials, NoAnswer, Refused
from alarmdesk.credit.forms import FORMS, RulesForm
from alarmdesk.credit.models import Bureau
from alarmdesk.credit.permissions import credit_admin
from alarmdesk.credit.queries import inquiries, rules_of_company
from alarmdesk.credit.sides import side_of, switched_on
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show
from alarmdesk.lib.versions import Version

PAGE = 50
SAYS_OFF = (
    "Credit reports leave every customer and lead at once, and nobody can be asked about. Bureaus, reports and letters "
    "stay, and are there again when you turn credit checks on."
)


@staff(may=credit_admin.view)
def bureaus(request: StaffRequest) -> HttpResponse:
    """The switch; and when it is on, the bureaus."""
    return _page(request)


def _page(request: StaffRequest, tested: dict[str, Any] | None = None) -> HttpResponse:
    rules = rules_of_company()
    context: dict[str, Any] = {"rules": rules, "tested": tested, "kinds": Bureau.Kind.choices}
    if rules.is_on:
        context["rows"] = request.company.bureaus.order_by("name", "pk")
        context["consent"] = rules.consent_for(request.company)
    return show(request, "credit/settings/bureaus.html", context)


@staff(may=credit_admin.modify)
def switch_on(request: StaffRequest) -> HttpResponse:
    """Turn credit checks on."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    turn_on(at=clock.now(), by=acting().name)
    return go(request, at("credit:bureaus"), "Credit checks are on. Set up a credit bureau next.")


@staff(may=credit_admin.modify)
def switch_off(request: StaffRequest) -> HttpResponse:
    """Turn credit checks off, after a question."""
    back = at("credit:bureaus")
    return confirmed(
        request, turn_off, title="Turn credit checks off", says=SAYS_OFF, action="Turn off", back=back,
        done=(back, "Credit checks are off."),
    )  # fmt: skip


@staff(may=credit_admin.modify)
def bureau_new(request: StaffRequest) -> HttpResponse:
    """Set a credit bureau up; the address says which kind."""
    switched_on(request)
    kind = request.GET.get("kind", "")
    if kind not in Bureau.Kind.values:
        return show(request, "credit/settings/kinds.html", {"kinds": Bureau.Kind.choices})
    bureau = Bureau(kind=kind)
    form = FORMS[kind](sent(request), instance=bureau)
    return form_page(
        request, form, lambda: save_bureau(bureau),
        title=f"New credit bureau: {bureau.get_kind_display()}", back=at("credit:bureaus"), beside="name",
        done="The credit bureau is set up. Test it to be sure.",
    )  # fmt: skip


@staff(may=credit_admin.modify)
def bureau(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a credit bureau."""
    switched_on(request)
    rows = request.company.bureaus.all()
    row = get_object_or_404(rows.select_for_update(no_key=True) if request.method == "POST" else rows, pk=pk)
    version = Version({"": FORMS[row.kind](instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, pk))
    title = row.name
    return form_page(
        request, FORMS[row.kind](sent(request), instance=row), lambda: save_bureau(row),
        title=title, back=at("credit:bureaus"), beside="name", done=lambda: f"{row} is saved.", version=version,
        delete_url=at("credit:bureau_delete", pk=pk),
    )  # fmt: skip


@staff(may=credit_admin.modify)
def bureau_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a bureau away that was never asked."""
    switched_on(request)
    row = get_object_or_404(request.company.bureaus.all(), pk=pk)
    back = at("credit:bureaus")
    return confirmed(
        request, lambda: delete_bureau(row), title=f"Delete {row}", action="Delete", back=back,
        says=f"{row} and its credentials are removed. A bureau that was asked before can only be switched off.",
        done=(back, f"{row} is deleted."),
    )  # fmt: skip


@staff(may=credit_admin.modify, outside=True)
def bureau_test(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask a bureau whether it knows us; nobody is looked up."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        switched_on(request)
        row = get_object_or_404(request.company.bureaus.all(), pk=pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    said, is_good = f"The connection works: {row} accepts the credentials.", True
    try:
        port_of(row).verify()
    except BadCredentials:
        said, is_good = f"Invalid credentials: {row} does not accept them.", False
    except NoAnswer:
        said, is_good = f"{row} did not answer. Test again in a minute.", False
    except Refused as refused:
        said, is_good = f"{row} would not answer: {refused}", False
    with inside(request.company, actor=actor):
        return _page(request, {"is_good": is_good, "says": said})


@staff(may=credit_admin.modify)
def rules(request: StaffRequest) -> HttpResponse:
    """Grades, guards, and how long a result is kept."""
    switched_on(request)
    row = rules_of_company(locked=request.method == "POST")
    version = Version({"": RulesForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, row.pk))
    return form_page(
        request, RulesForm(sent(request), instance=row), row.save, title="Grades and guards",
        back=at("credit:bureaus"), done="The rules are saved. They count for checks from now on.", version=version,
    )  # fmt: skip


@staff(may=credit_admin.view)
def log(request: StaffRequest) -> HttpResponse:
    """Every inquiry: who asked about whom, why, and what came of it; fifty a page, the older by a link."""
    switched_on(request)
    before = request.GET.get("before", "")
    found = list(inquiries(int(before) if before.isdecimal() and len(before) < 18 else None)[: PAGE + 1])
    rows = [
        {"report": row, "url": side.at("report", row.customer, pk=row.pk) if request.may(side.resource.view) else ""}
        for row in found[:PAGE]
        for side in [side_of(row.customer)]
    ]
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    return show(request, "credit/settings/inquiries.html", {"rows": rows, "older": older, "is_first": not before})
