"""How does the company's account at the processing gateway get set up and tested (domain.md B6)?"""

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import entered, inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib.pages import go, show
from alarmdesk.payments.deciding import unanswered
from alarmdesk.payments.forms_gateway import GatewayForm
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer
from alarmdesk.payments.models import BillingMethod, Gateway
from alarmdesk.payments.permissions import gateways


@staff(may=gateways.view)
def page(request: StaffRequest) -> HttpResponse:
    """What is set up. No key that is secret is ever shown, not even in part."""
    return _page(request, GatewayForm(instance=_gateway()))


@staff(may=gateways.modify)
def save(request: StaffRequest) -> HttpResponse:
    """Keep what the form says. Another gateway gets a row of its own: what the old one made is asked of the old one."""
    if request.method != "POST":
        return redirect(at("payments:gateway"))
    form = GatewayForm(request.POST, instance=_of_kind(request.POST.get("kind", "")))
    if not form.is_valid():
        return _page(request, form, status=422)
    Gateway.objects.filter(is_active=True).exclude(pk=form.instance.pk).update(is_active=False)
    form.instance.is_active = True
    form.save()
    return go(request, at("payments:gateway"), "The gateway is set up. Test the connection to be sure.")


@staff(may=gateways.modify, outside=True)
def test(request: StaffRequest) -> HttpResponse:
    """Ask the gateway whether it knows us; nothing is moved."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        gateway = _gateway()
    said, is_good = "There is no gateway to test yet. Save it first.", False
    if gateway.pk is not None:
        try:
            port_of(gateway).verify()
            said, is_good = "The connection works: the gateway accepts the security key.", True
        except BadCredentials:
            said = "Invalid credentials: the gateway does not accept the security key."
        except NoAnswer:
            said = "The gateway did not answer. Check again in a minute."
    with inside(request.company, actor=actor):
        return _page(request, GatewayForm(instance=_gateway()), tested=(is_good, said))


def _gateway() -> Gateway:
    """The entered company's gateway, or a new one that is not saved yet."""
    return Gateway.objects.filter(is_active=True).first() or Gateway()


def _of_kind(kind: str) -> Gateway:
    """The company's account at that gateway: the active one, one that was active before, or a new one."""
    if kind not in Gateway.Kind.values:
        return _gateway()
    return Gateway.objects.filter(kind=kind).order_by("-is_active", "-pk").first() or Gateway(kind=kind)


def _hook_url(gateway: Gateway) -> str:
    """The address that the gateway's news come to, "" before the gateway is saved."""
    if not gateway.webhook_code:
        return ""
    path = reverse("webhook", kwargs={"slug": entered().slug, "code": gateway.webhook_code})
    return f"{settings.SITE_URL}{path}"


def _page(
    request: StaffRequest, form: GatewayForm, *, status: int = 200, tested: tuple[bool, str] | None = None
) -> HttpResponse:
    active = _gateway()
    elsewhere = BillingMethod.objects.filter(gateway__is_active=False, removed_at=None).exclude(vault_id="")
    context = {
        "form": form,
        "gateway": active,
        "hook_url": _hook_url(active),
        "elsewhere": elsewhere.count(),
        "unanswered": unanswered().count(),
        "is_invalid": form.is_bound,
        "tested": {"is_good": tested[0], "says": tested[1]} if tested else None,
    }
    return show(request, "payments/gateway.html", context, status)
