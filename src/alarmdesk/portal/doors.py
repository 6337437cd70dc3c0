"""Who may see a customer's account from outside? The holder of the account, and nobody else.

The mark admits a signed-in person who holds an account of the company in the URL (accepted and not ended), enters the
company as that person, and hands the view `request.customer`: everything starts there. Who holds several accounts
of one company chooses; the choice is kept in the session.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.marks import Mark, View, company_called, marked
from alarmdesk.company.models import Company, User
from alarmdesk.customers.models import Customer
from alarmdesk.portal.models import AccountHolder


class HolderRequest(HttpRequest):
    """The request that a portal view gets: the company has been entered, the account is the person's own."""

    user: User
    company: Company
    customer: Customer
    holdings: list[AccountHolder]
    holder: Actor
    htmx: Any


def account_holder(*, outside: bool = False, choosing: bool = False) -> Callable[[View], View]:
    """For people who hold an account of the company in the URL. `outside=True`: called with no open transaction, for
    views that talk to the gateway. `choosing=True`: also before one of several accounts was chosen.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def admit(request: Any, company: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            here = company_called(company)
            actor = Actor("holder", request.user.get_full_name(), request.user.pk)
            with inside(here, actor=actor):
                holdings = holdings_here(request.user)
                if not holdings:
                    raise Http404
                chosen = _chosen(request, here, holdings)
                if chosen is None and not choosing:
                    return HttpResponseRedirect(at("portal:accounts"))
                request.company, request.holdings, request.holder = here, holdings, actor
                request.customer = (chosen or holdings[0]).customer
                if not outside:
                    return view(request, **kwargs)
            return view(request, **kwargs)

        return marked(Mark("account_holder"), admit)

    return decorate


def holdings_here(user: User) -> list[AccountHolder]:
    """The accounts of the entered company that the person holds, in the order in which they were accepted."""
    held = AccountHolder.objects.select_related("customer").filter(user=user, ended_at=None)
    return list(held.filter(customer__stage=Customer.Stage.CUSTOMER).order_by("accepted_at", "pk")[:100])


def choose(request: HolderRequest, customer_id: int) -> None:
    """Remember which account the person looks at. Raises Http404 for one that is not theirs."""
    if customer_id not in {held.customer_id for held in request.holdings}:
        raise Http404
    request.session[_key(request.company)] = customer_id


def _chosen(request: HolderRequest, company: Company, holdings: list[AccountHolder]) -> AccountHolder | None:
    if len(holdings) == 1:
        return holdings[0]
    wanted = request.session.get(_key(company))
    return next((held for held in holdings if held.customer_id == wanted), None)


def _key(company: Company) -> str:
    return f"portal-account-{company.pk}"
