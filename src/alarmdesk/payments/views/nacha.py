"""How many of the company's bank debits come back, and how near is that to what the network allows?"""

from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.pages import show
from alarmdesk.payments.models import Payment
from alarmdesk.payments.nacha import Ratio, rates
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.views.deposits import sections

LATEST = 50


@staff(may=payments.view)
def returns(request: StaffRequest) -> HttpResponse:
    """The three rates over 60 days, and the latest returns."""
    company = request.company
    found = rates(company.local_date(clock.now()), company.time_zone)
    latest = company.payments.exclude(return_code="").filter(method=Payment.Method.ACH).select_related("customer")
    context = {
        "sections": sections(request, "returns"),
        "rates": found,
        "figures": [_figure(ratio) for ratio in found.ratios],
        "latest": latest.order_by("-returned_at", "-pk")[:LATEST],
    }
    return show(request, "payments/returns.html", context)


def _figure(ratio: Ratio) -> dict[str, object]:
    kind = "bad" if ratio.is_over else "warn" if ratio.is_near else "ok"
    share = "—" if ratio.share is None else f"{ratio.share:.2f} %"
    return {
        "label": ratio.name,
        "value": share,
        "note": f"{ratio.count} returned, at most {ratio.most.normalize():f} % allowed",
        "kind": kind if ratio.count else "",
        "dot": kind if ratio.count else "",
    }
