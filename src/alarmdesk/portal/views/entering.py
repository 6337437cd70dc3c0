"""How does an invited person come in? By the link of the invitation: with a new sign-in, or with their own."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.marks import anyone, company_called
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.portal import actions
from alarmdesk.portal.actions import NotInvited
from alarmdesk.portal.doors import holdings_here
from alarmdesk.portal.forms import SignUpForm
from alarmdesk.portal.models import AccountHolder

SIGN_IN_NOW = (
    "Now sign in with {email}. If you have signed in here before with this address, your password is the one you had."
)


@anyone
def invitation(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """What the link leads to. The page is the same whether or not the address has a sign-in already."""
    here = company_called(company)
    request.portal_company = here  # type: ignore[attr-defined]
    user = request.user if request.user.is_authenticated else None
    name = user.get_full_name() if user else "Invited person"
    with inside(here, actor=Actor("holder", name, user.pk if user else None)):
        try:
            holder = actions.invited(token, at=clock.now())
        except NotInvited:
            return _not_good(request)
        answer = _signed_in(request, holder) if user else _stranger(request, holder)
    patch_cache_control(answer, private=True, no_store=True)
    # no other site hears the address; with no-referrer a browser would send the form as from the origin `null`
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _not_good(request: HttpRequest) -> HttpResponse:
    """A used link of the person's own account leads in; any other says that it is not good any more."""
    if request.user.is_authenticated and holdings_here(request.user):
        return redirect(at("portal:home"))
    return show(request, "portal/invitation_over.html", {"home_url": at("portal:home")}, 410)


def _signed_in(request: HttpRequest, holder: AccountHolder) -> HttpResponse:
    if request.method == "POST":
        try:
            actions.accept(holder, user=request.user, at=clock.now())  # type: ignore[arg-type]
        except NotInvited:
            return _not_good(request)
        messages.success(request, f"Welcome. This is the account of {holder.customer.name}.")
        return redirect(at("portal:home"))
    leave = f"{reverse('account_logout')}?{urlencode({'next': request.path})}"
    return show(request, "portal/invitation_accept.html", {"invitation": holder, "leave_url": leave})


def _stranger(request: HttpRequest, holder: AccountHolder) -> HttpResponse:
    sign_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
    form = SignUpForm(request.POST if request.method == "POST" else None, email=holder.email)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        actions.sign_up(holder, name=said["name"], password=said["password"], at=clock.now())
        messages.success(request, SIGN_IN_NOW.format(email=holder.email))
        return redirect(sign_in)
    context = {"form": form, "invitation": holder, "sign_in_url": sign_in, "is_invalid": form.is_bound}
    return show(request, "portal/invitation.html", context, 422 if form.is_bound else 200)
