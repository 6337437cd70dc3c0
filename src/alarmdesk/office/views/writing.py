"""How does the office write to a customer, and read what it wrote?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.fetching import fetch_customer
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.messaging.permissions import messages
from alarmdesk.office import writing
from alarmdesk.office.forms_writing import WriteForm
from alarmdesk.office.tasks import send_written


@staff(may=messages.create)
def write(request: StaffRequest, pk: int) -> HttpResponse:
    """A mail to one customer or lead (F25): begun with the company's words, sent as it stands."""
    customer = fetch_customer(request, pk, "messages")
    begun = writing.begun(customer, request.company)
    initial = {"to": customer.email, "subject": begun.subject, "text": begun.text, "token": writing.new_token()}
    form = WriteForm(request.POST or None, initial=initial)
    back = at("office:messages", pk=pk) if request.may(messages.view) else at("office:customer", pk=pk)
    if form.is_valid():
        to = form.cleaned_data["to"]
        if writing.write(customer, **form.cleaned_data, at=clock.now()) is not None:
            send_written.defer(company_id=request.company.pk)
            return go(request, back, f"The mail to {to} is on its way")
        if writing.is_the_same(**form.cleaned_data):
            return go(request, back, f"The mail to {to} was sent before")
        anew = request.POST.copy()
        anew["token"] = str(writing.new_token())
        form = WriteForm(anew)
        form.add_error(None, f"A mail to {to} was sent from this form before, in other words. Send these anew.")
    context = {"form": form, "customer": customer, "back": back}
    return show_form(request, "office/write.html", context, invalid=form.is_bound)


@staff(may=messages.view)
def message(request: StaffRequest, pk: int, message: int) -> HttpResponse:
    """One mail: to whom, when, what became of it, and the words that people wrote."""
    customer = fetch_customer(request, pk, "messages")
    found = get_object_or_404(customer.messages, pk=message)
    # what the house writes may hold a link that signs its reader in
    text = found.text if found.kind == writing.KIND else ""
    return show(request, "office/message.html", {"customer": customer, "message": found, "text": text})
