"""How does the office set up sales tax (D13), and release accounts that a run has parked?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import catalogue, certificates, generation, rates
from alarmdesk.invoicing.forms.numbers import plain
from alarmdesk.invoicing.forms.settings import CustomerTaxForm, ExemptionForm
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views.settings import form_page, sent
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import go, show


@staff(may=billing_admin.view)
def taxes(request: StaffRequest) -> HttpResponse:
    """Rates by state and exemptions (D13)."""
    today = request.company.local_date(clock.now())
    exempt: dict[str, list[str]] = {}
    for row in request.company.state_exemptions.order_by("state", "item_class"):
        exempt.setdefault(row.state, []).append(row.get_item_class_display())
    context = {
        "rates": rates.state_rates(today),
        "imports": request.company.rate_imports.filter(undone_at=None).order_by("-pk")[:5],
        "exemptions": list(exempt.items()),
        "expired": certificates.expired(request.company.tax_certificates.all(), today).count(),
        "expiring": certificates.expiring(request.company.tax_certificates.all(), today).count(),
        "own": request.company.customer_taxes.select_related("customer").order_by("-pk")[:200],
        "today": today,
    }
    return show(request, "invoicing/settings/taxes.html", context)


@staff(may=billing_admin.modify)
def exemption(request: StaffRequest) -> HttpResponse:
    """Which classes of items a state does not tax."""
    state = request.GET.get("state", "")
    there = request.company.state_exemptions.filter(state=state).values_list("item_class", flat=True)
    form = ExemptionForm(sent(request), initial={"state": state, "item_classes": list(there)})
    return form_page(
        request,
        form,
        lambda: catalogue.exempt(state=form.cleaned_data["state"], item_classes=set(form.cleaned_data["item_classes"])),
        title="Exemptions of a state",
        back=at("invoicing:taxes"),
        done="The exemptions are saved.",
    )


@staff(may=billing_admin.modify)
def customer_tax(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's own tax rate or exemption."""
    person = get_object_or_404(request.company.customers, pk=customer)
    own = person.customer_taxes.first()
    initial = {"rate": plain(own.rate), "reason": own.reason} if own else None
    form = CustomerTaxForm(sent(request), initial=initial)
    return form_page(
        request,
        form,
        lambda: catalogue.set_customer_tax(
            customer_id=person.pk, rate=form.cleaned_data["rate"], reason=form.cleaned_data["reason"]
        ),
        title=f"Tax of {person.name}",
        back=at("office:customer", pk=person.pk),
        done=f"The tax rate of {person.name} is saved. It counts for new invoices.",
    )


@staff(may=billing_admin.view)
def parked(request: StaffRequest) -> HttpResponse:
    """The recurring invoices that runs could not bill."""
    return show(request, "invoicing/settings/parked.html", {"parked": catalogue.parked_now()})


@staff(may=billing_admin.modify)
def release(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the next run try a parked one again."""
    return require_POST(_release)(request, pk)


def _release(request: StaffRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(request.company.parked_accounts.select_related("recurring_invoice"), pk=pk)
    try:
        generation.release(waiting, by=acting().name, at=clock.now())
    except generation.AlreadyReleased as released:
        return go(request, at("invoicing:parked"), str(released))
    said = f"Recurring invoice {waiting.recurring_invoice.number} is released; the next run bills it."
    return go(request, at("invoicing:parked"), said)


@staff(may=billing_admin.modify)
def run_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Bill a parked one now: what is due of it is made at once, or it is parked again with what is wrong still."""
    return require_POST(_run_again)(request, pk)


def _run_again(request: StaffRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(request.company.parked_accounts.select_related("recurring_invoice"), pk=pk)
    recurring, now = waiting.recurring_invoice, clock.now()
    try:
        made = generation.run_again(waiting, today=request.company.local_date(now), at=now)
    except generation.AlreadyReleased as released:
        return go(request, at("invoicing:parked"), str(released))
    if made.parked:
        again = recurring.parked.filter(released_at=None).first()
        said = f"{recurring} still cannot be billed: {again.reason if again else 'see its page'}"
    elif made.invoices:
        said = f"{recurring} made {made.invoices} invoices for {money(made.amount)}."
        said = said.replace("1 invoices", "1 invoice") if made.invoices == 1 else said
    else:
        said = f"{recurring} is released; nothing of it is due."
    return go(request, at("invoicing:parked"), said)
