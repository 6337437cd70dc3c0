"""How is a credit check run (F63)? The form, one call of the bureau with no transaction open, the result."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, View, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.credit.forms_running import RunForm
from alarmdesk.credit.inquiring import AlreadyAsked, Guarded, NotAsked, new_token, run_credit
from alarmdesk.credit.models import CreditReport
from alarmdesk.credit.queries import active_bureaus
from alarmdesk.credit.sides import Side, switched_on
from alarmdesk.customers.models import Customer
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form

MOST_OF_A_TOKEN = 40
TOLD = {
    CreditReport.State.NO_SCORE: "{bureau} has a file, and no score for it.",
    CreditReport.State.NO_HIT: "{bureau} has found nobody of that name and address.",
    CreditReport.State.FROZEN: "The file at {bureau} is frozen: the consumer must lift the freeze first.",
    CreditReport.State.FAILED: "The check failed. Nobody was looked up.",
    CreditReport.State.UNKNOWN: "{bureau} did not answer.",
    CreditReport.State.ASKED: "{bureau} is being asked.",
}
GUARDED = "Nobody was asked: this looks like another try after a failed check."


def running(side: Side) -> View:
    """Run a check of one of this side's people."""

    @sensitive_post_parameters("ssn", "born_on")
    @sensitive_variables("form", "wish")
    def run(request: StaffRequest, **kept: int) -> HttpResponse:
        actor = request.staff.actor()
        with inside(request.company, actor=actor):
            person = side.person(request, kept)
            form = _form(request, side, person)
            if not (form.is_bound and form.is_valid()):
                return _page(request, side, person, form)
            wish = form.wish(_token(request))
        try:
            report = run_credit(request.company, wish, now=clock.now, actor=actor)
        except AlreadyAsked as before:
            report = before.report
        except NotAsked as refused:
            with inside(request.company, actor=actor):
                form.objections = refused.objections if isinstance(refused, Guarded) else ()
                form.add_error(None, GUARDED if form.objections else str(refused))
                return _page(request, side, person, form)
        with inside(request.company, actor=actor):
            return go(request, side.at("report", person, pk=report.pk))  # the page says what came of it

    run.__doc__ = f"Run a credit check of a {side.key}."
    return staff(may=side.resource.create, outside=True)(run)


def told(report: CreditReport) -> str:
    """What became of it, in words."""
    if report.score is not None:
        return f"{report.bureau or report.source} says {report.score}: grade {report.grade}."
    return TOLD[CreditReport.State(report.state)].format(bureau=report.bureau)


def _form(request: StaffRequest, side: Side, person: Customer) -> RunForm:
    return RunForm(
        sent(request), customer=person, consent_text=switched_on(request).consent_for(request.company),
        today=request.company.local_date(clock.now()), may_hard=request.may(side.resource.may("hard")),
        may_override=request.may(side.resource.may("override")),
    )  # fmt: skip


def _token(request: StaffRequest) -> str:
    """The form's own token; one that never was on a page of ours does no harm, it is only spent."""
    return str(request.POST.get("token", ""))[:MOST_OF_A_TOKEN] or new_token()


def _page(request: StaffRequest, side: Side, person: Customer, form: RunForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form, "customer": person, "back": side.at("reports", person), "token": new_token(),
        "has_bureaus": active_bureaus().exists(), "list_url": side.at("reports", person),
    }  # fmt: skip
    return show_form(request, "credit/run.html", context, invalid=form.is_bound)
