"""How does the company's account at the processing gateway get set up and tested (domain.md B6)?"""

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib.pages import go, show
from alarmdesk.payments.forms import GatewayForm
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.permissions import gateways


@staff(may=gateways.view)
def page(request: StaffRequest) -> HttpResponse:
    """What is set up. The security key is never shown, not even in part."""
    return _page(request, GatewayForm(instance=_gateway()))


@staff(may=gateways.modify)
def save(request: StaffRequest) -> HttpResponse:
    """Keep what the form says."""
    if request.method != "POST":
        return redirect(at("payments:gateway"))
    form = GatewayForm(request.POST, instance=_gateway())
    if not form.is_valid():
        return _page(request, form, status=422)
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


def _page(
    request: StaffRequest, form: GatewayForm, *, status: int = 200, tested: tuple[bool, str] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "gateway": form.instance,
        "is_invalid": form.is_bound,
        "tested": {"is_good": tested[0], "says": tested[1]} if tested else None,
    }
    return show(request, "payments/gateway.html", context, status)
