"""What do we know of somebody's credit (F62, F64)? The list, one report, applying, entering by hand, the letter."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from alarmdesk.company.marks import StaffRequest, View, staff
from alarmdesk.company.settings_pages import sent
from alarmdesk.credit.actions import apply_score, enter_score, take_off
from alarmdesk.credit.declining import decline
from alarmdesk.credit.forms import DeclineForm, MailForm, ManualForm
from alarmdesk.credit.letters import KIND, queue_letter
from alarmdesk.credit.models import AdverseLetter, CreditReport
from alarmdesk.credit.paper import file_name, pdf
from alarmdesk.credit.queries import active_bureaus, reports_of, rules_of_company
from alarmdesk.credit.sides import Kept, Side
from alarmdesk.credit.tasks import send_letters
from alarmdesk.customers.models import Customer
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.messaging.models import Message

MOST = 100


def listing(side: Side) -> View:
    """All reports of somebody: a tab of the customer's page."""

    @staff(may=side.resource.view)
    def reports(request: StaffRequest, **kept: int) -> HttpResponse:
        person = side.person(request, kept)
        request.customer, request.tab = person, "credit"  # type: ignore[attr-defined]
        rows = [(row, side.at("report", person, pk=row.pk)) for row in reports_of(person)[:MOST]]
        context: dict[str, Any] = {"rows": rows, "may": _may(request, side), "has_bureaus": active_bureaus().exists()}
        context |= {"run_url": side.at("run", person), "manual_url": side.at("manual", person)}
        return show(request, "credit/of_customer.html", context)

    reports.__doc__ = f"The credit reports of a {side.key}."
    return reports


def showing(side: Side) -> View:
    """One report, what its bureau said, and its letters."""

    @staff(may=side.resource.view)
    def report(request: StaffRequest, **kept: int) -> HttpResponse:
        found = side.report(request, kept)
        person, answer = found.customer, found.kept.first()
        context = {
            "report": found, "customer": person, "said": answer.said if answer else {}, "answer": answer,
            "may": _may(request, side), "letters": _letters(side, found), "back": side.at("reports", person),
            **{f"{page}_url": side.at(page, person, pk=found.pk) for page in ("apply", "take_off", "decline")},
        }  # fmt: skip
        context["passing"] = rules_of_company().passing
        return show(request, "credit/report.html", context)

    report.__doc__ = f"One credit report of a {side.key}."
    return report


def _letters(side: Side, report: CreditReport) -> list[dict[str, Any]]:
    """The letters with their addresses and the mails that brought them somewhere: one query for all mails."""
    letters = list(report.letters.order_by("-pk")[:MOST])
    mails: dict[int | None, list[Message]] = {}
    for mail in Message.objects.filter(kind=KIND, about_id__in=[one.pk for one in letters]).order_by("-pk"):
        mails.setdefault(mail.about_id, []).append(mail)
    return [
        {
            "letter": one, "mails": mails.get(one.pk, []),
            **{f"{page}_url": side.at(page, report.customer, pk=one.pk) for page in ("pdf", "mail")},
        }
        for one in letters
    ]  # fmt: skip


def _may(request: StaffRequest, side: Side) -> dict[str, bool]:
    return {"create": request.may(side.resource.create), "modify": request.may(side.resource.modify)}


def _pressed(side: Side, does: str, act: Callable[[CreditReport], str]) -> View:
    @staff(may=side.resource.modify)
    def press(request: StaffRequest, **kept: int) -> HttpResponse:
        report = side.report(request, kept)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return go(request, side.at("report", report.customer, pk=report.pk), act(report))

    press.__doc__ = f"{does} of a {side.key}."
    return press


def applying(side: Side) -> View:
    """The report's score is the customer's from now on (F64)."""

    def act(report: CreditReport) -> str:
        try:
            apply_score(report, at=clock.now())
        except ValueError as refused:
            return str(refused)
        return f"{report.score} is {report.customer.name}'s credit score now."

    return _pressed(side, "Apply a score", act)


def taking_off(side: Side) -> View:
    """The report's score is no longer the customer's."""

    def act(report: CreditReport) -> str:
        take_off(report)
        return f"{report.score} is no longer {report.customer.name}'s credit score."

    return _pressed(side, "Take a score off", act)


def entering(side: Side) -> View:
    """Write down a score that was read elsewhere."""

    @staff(may=side.resource.create)
    def manual(request: StaffRequest, **kept: int) -> HttpResponse:
        person = side.person(request, kept)
        first = {"first_name": person.first_name, "last_name": person.last_name}
        form = ManualForm(sent(request), initial=first)
        if form.is_bound and form.is_valid():
            said = form.cleaned_data
            name = said["first_name"], said["last_name"]
            made = enter_score(
                customer=person, source=said["source"], score=said["score"], on_name=name, at=clock.now()
            )
            return go(request, side.at("reports", person), f"The score {made.score} is entered: grade {made.grade}.")
        return _form_page(request, side, person, form, title="Enter a score", submit="Enter the score")

    manual.__doc__ = f"Enter a score of a {side.key} by hand."
    return manual


def declining(side: Side) -> View:
    """Make the letter that a decision because of this report takes."""

    @staff(may=side.resource.modify)
    def adverse(request: StaffRequest, **kept: int) -> HttpResponse:
        report = side.report(request, kept)
        form = DeclineForm(sent(request), report=report)
        if form.is_bound and form.is_valid():
            now = clock.now()
            today = request.company.local_date(now)
            try:
                letter = decline(report, decision=form.cleaned_data["decision"], today=today, at=now)
            except ValueError as refused:
                form.add_error(None, str(refused))
            else:
                done = _sent(request, letter, form.sends_to)
                return go(request, side.at("report", report.customer, pk=report.pk), done)
        note = "It says what was decided, names the bureau and the score, and tells of the consumer's rights."
        return _form_page(
            request, side, report.customer, form, title="Adverse action letter", submit="Make the letter", note=note,
            back=side.at("report", report.customer, pk=report.pk),
        )  # fmt: skip

    adverse.__doc__ = f"Make the adverse action letter about a report of a {side.key}."
    return adverse


def _sent(request: StaffRequest, letter: AdverseLetter, to: str) -> str:
    """Queue the letter where it is to be mailed; what the toast says."""
    if not to:
        return "The letter is made. Print it and send it."
    queue_letter(letter, to=to, at=clock.now())
    send_letters.defer(company_id=request.company.pk)
    return f"The letter is made and goes to {to}."


def printing(side: Side) -> View:
    """The letter as PDF."""

    @staff(may=side.resource.view)
    def letter_pdf(request: StaffRequest, **kept: int) -> HttpResponseBase:
        letter = _letter(request, side, kept)
        answer = HttpResponse(pdf(letter, request.company), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{file_name(letter)}"'
        return answer

    letter_pdf.__doc__ = f"An adverse action letter of a {side.key} as PDF."
    return letter_pdf


def mailing(side: Side) -> View:
    """Send a letter by mail, again if it went there before."""

    @staff(may=side.resource.modify)
    def letter_mail(request: StaffRequest, **kept: int) -> HttpResponse:
        letter = _letter(request, side, kept)
        person = letter.report.customer
        form = MailForm(sent(request), initial={"to": "" if letter.report.is_cosigner else person.email})
        back = side.at("report", person, pk=letter.report_id)
        if form.is_bound and form.is_valid():
            queue_letter(letter, to=form.cleaned_data["to"], at=clock.now())
            send_letters.defer(company_id=request.company.pk)
            return go(request, back, f"The letter goes to {form.cleaned_data['to']}.")
        return _form_page(request, side, person, form, title="E-mail the letter", submit="Send it", back=back)

    letter_mail.__doc__ = f"Mail an adverse action letter of a {side.key}."
    return letter_mail


def _letter(request: StaffRequest, side: Side, kept: Kept) -> AdverseLetter:
    person = side.person(request, kept)
    letters = AdverseLetter.objects.filter(company=request.company, report__customer=person)
    letter = get_object_or_404(letters.select_related("report__bureau"), pk=kept["pk"])
    letter.report.customer = person
    return letter


def _form_page(
    request: StaffRequest, side: Side, person: Customer, form: Any, *, title: str, submit: str, back: str = "",
    note: str = "",
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form, "customer": person, "title": title, "submit": submit, "says": note,
        "back": back or side.at("reports", person), "list_url": side.at("reports", person),
    }  # fmt: skip
    return show_form(request, "credit/form.html", context, invalid=form.is_bound)
