"""What does a holder see of statements and credits? Each as it was given, as PDF, and what is left of the credits."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.invoicing.paying import balance_link
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.payments import statement_paper
from alarmdesk.payments.queries import on_account
from alarmdesk.portal.doors import HolderRequest, account_holder
from alarmdesk.portal.queries import credits_given

PAGE_SIZE = 24
MOST_CREDITS = 100


@account_holder()
def statements(request: HolderRequest) -> HttpResponse:
    """The account's statements and credits, the newest first."""
    request.tab = "statements"  # type: ignore[attr-defined]
    rows = request.customer.statements.defer("snapshot").order_by("-pk")
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "given": list(credits_given(request.customer)[:MOST_CREDITS]),
        "credit": on_account(request.customer),
    }
    return show(request, "portal/statements.html", context)


@account_holder()
def pdf(request: HolderRequest, pk: int) -> HttpResponse:
    """A statement of the account as PDF."""
    statement = get_object_or_404(request.customer.statements.all(), pk=pk)
    pay_url = balance_link(request.customer, today=request.company.local_date(clock.now()))
    made = statement_paper.pdf(statement, request.company, pay_url=pay_url)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{statement_paper.file_name(statement)}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
