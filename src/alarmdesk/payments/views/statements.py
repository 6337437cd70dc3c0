"""How is a customer told what is owed? Statements: made, seen, printed, mailed; kept as they were."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.search import find
from alarmdesk.invoicing.forms.document import MailForm
from alarmdesk.invoicing.paying import balance_link
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.payments import once
from alarmdesk.payments.accounts import entered_later
from alarmdesk.payments.forms_statements import StatementForm
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statement_mail import mails_of, queue_statement
from alarmdesk.payments.statement_paper import ages_of, cells_of, file_name, heads_of, pdf, sums_of
from alarmdesk.payments.statements import make_statement, told
from alarmdesk.payments.tasks import send_letters

LARGEST_NUMBER = 2**63 - 1


class StatementList(Listing):
    """All statements of the company."""

    name, title = "statements", "Statements"
    row = "payments/statement_row.html"
    search_label = "Find by number or customer"
    default_sort = "-pk"
    columns: ClassVar[Sequence[Column]] = (
        Column("ID", "number"),
        Column("Customer"),
        Column("Kind", "kind"),
        Column("Period", "ends_on"),
        Column("Made", "made_at"),
        Column("Balance", "balance", "end"),
    )
    chips = (
        Chip("owed", "Something owed", lambda rows: rows.filter(balance__gt=0)),
        Chip("credit", "In credit", lambda rows: rows.filter(balance__lt=0)),
    )

    def search(self, rows: Rows, words: str) -> Rows:
        """By the statement's number, or by anything that finds its customer."""
        number = words.strip().lstrip("#")
        if number.isdecimal() and int(number) <= LARGEST_NUMBER:
            return rows.filter(number=int(number))
        return rows.filter(customer_id__in=find(words))


class CustomerStatementList(StatementList):
    """The statements of one customer."""

    search_label = ""
    columns = tuple(column for column in StatementList.columns if column.label != "Customer")


@staff(may=invoices.view)
def of_company(request: StaffRequest) -> HttpResponse:
    """The list of all statements."""
    text = "A statement tells a customer what is owed. Open a customer, or make them for all who owe."
    empty = Empty("No statements yet", text, "scroll-text", "Go to aging", at("payments:aging"), dialog=False)
    rows = request.company.statements.select_related("customer")
    return StatementList(request, rows, empty=empty, actions="payments/statement_actions.html").answer(
        "payments/statements.html"
    )


@staff(may=invoices.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's statements: a tab of the customer's page."""
    person = _customer(request, customer)
    request.customer, request.tab = person, "statements"  # type: ignore[attr-defined]
    may = request.may(invoices.modify)
    empty = Empty(
        "No statements yet", "A statement tells what is owed on one paper.", "scroll-text",
        "New statement" if may else "", at("payments:statement_new", customer=person.pk) if may else "",
    )  # fmt: skip
    listing = CustomerStatementList(
        request, person.statements.all(), empty=empty, actions="payments/customer_statement_actions.html"
    )
    return listing.answer("payments/statements_of_customer.html", {"customer": person})


@staff(may=invoices.modify)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Choose kind and period; `preview` shows it, anything else makes it."""
    person = _customer(request, customer)
    today = request.company.local_date(clock.now())
    form = StatementForm(request.POST if request.method == "POST" else None, today=today)
    preview = None
    if form.is_bound and form.is_valid():
        if "preview" in request.POST:
            preview = told(person, form.period, at=clock.now())
        else:
            return _made(request, person, form)
    context = {
        "form": form,
        "customer": person,
        "cancel_url": at("payments:statements_of", customer=person.pk),
        "preview": preview and _shown(request, preview),
        "entered_later": entered_later(person, preview.starts_on, preview.ends_on) if preview else 0,
    }
    return show_form(request, "payments/statement_new.html", context, invalid=bool(form.is_bound and form.errors))


def _made(request: StaffRequest, person: Customer, form: StatementForm) -> HttpResponse:
    now = clock.now()
    try:
        once.claim(request.company, form.cleaned_data["token"], at=now, actor=request.staff.actor())
    except once.AlreadySent:
        return go(request, at("payments:statements_of", customer=person.pk), "This statement was made already.")
    made = make_statement(person, form.period, today=form.today, at=now)
    return go(request, at("payments:statement", pk=made.pk), f"{made} was made.")


@staff(may=invoices.view)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """One statement as its customer was given it."""
    statement = _statement(request, pk)
    context = {
        "statement": statement,
        "customer": statement.customer,
        "shown": _shown(request, statement),
        "mails": mails_of(statement),
    }
    return show(request, "payments/statement.html", context)


@staff(may=invoices.view)
def as_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """The statement as PDF with a code to pay what is due now."""
    statement = _statement(request, pk)
    pay_url = balance_link(statement.customer, today=request.company.local_date(clock.now()))
    answer = HttpResponse(pdf(statement, request.company, pay_url=pay_url), content_type="application/pdf")
    kind = "attachment" if request.GET.get("download") == "1" else "inline"
    answer["Content-Disposition"] = f'{kind}; filename="{file_name(statement)}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@staff(may=invoices.view)
def email(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the statement to the customer, or to another address."""
    statement = _statement(request, pk)
    form = MailForm(request.POST if request.method == "POST" else None, initial={"to": statement.customer.email})
    back = at("payments:statement", pk=pk)
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["to"]
        queue_statement(statement, to=to, at=clock.now())
        send_letters.defer(company_id=request.company.pk)
        return go(request, back, f"{statement} goes to {to}.")
    context = {"form": form, "statement": statement, "title": f"Email {statement}", "cancel_url": back}
    return show_form(request, "payments/statement_email.html", context, invalid=form.is_bound)


def _shown(request: StaffRequest, statement: Statement) -> dict[str, Any]:
    """What the page shows: the words of the paper."""
    currency = request.company.currency
    heads = heads_of(statement)
    return {
        "number": statement.number,
        "starts_on": statement.starts_on,
        "ends_on": statement.ends_on,
        "heads": heads,
        "rows": [list(zip(heads, cells, strict=True)) for cells in cells_of(statement, currency)],
        "sums": sums_of(statement, currency),
        "ages": ages_of(statement, currency),
        "bill_to": statement.snapshot["bill_to"],
    }


def _customer(request: StaffRequest, pk: int) -> Customer:
    found: Customer = get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
    return found


def _statement(request: StaffRequest, pk: int) -> Statement:
    found: Statement = get_object_or_404(request.company.statements.select_related("customer"), pk=pk)
    return found
