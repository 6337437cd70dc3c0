"""What does the office say of an invoice, a quote or a credit, apart from its lines (F38)?"""

import datetime as dt
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice, Term
from alarmdesk.lib.fields import DateInput, Segmented

OLDEST_SALE = dt.date(2000, 1, 1)
LATEST_SALE = dt.date(2099, 12, 31)


class TermChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The company's active terms."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", Term.objects.none())
        options.setdefault("empty_label", "Choose a term")
        super().__init__(**options)


class DocumentForm(forms.Form):
    """The head and the foot of a document; the lines stand between them (forms/lines.py)."""

    type = forms.ChoiceField(label="Type", choices=Invoice.Type.choices, widget=Segmented)
    sale_on = forms.DateField(label="Sale Date", widget=DateInput)
    term = TermChoice(label="Term")
    po_number = forms.CharField(label="PO Number", max_length=40, required=False)
    note = forms.CharField(
        label="Note to the customer",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Shown under the totals on the PDF"}),
    )

    def __init__(self, *args: Any, customer: Customer, terms: QuerySet[Term], **kwargs: Any) -> None:
        """`terms`: those that may be chosen. A lead gets quotes only (D7)."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Term]", self.fields["term"]).queryset = terms
        if customer.is_lead:
            only = [(Invoice.Type.QUOTE.value, Invoice.Type.QUOTE.label)]
            cast("forms.ChoiceField", self.fields["type"]).choices = only
            self.fields["type"].help_text = "A lead gets quotes only."

    def clean_sale_on(self) -> dt.date:
        sale_on: dt.date = self.cleaned_data["sale_on"]
        if not OLDEST_SALE <= sale_on <= LATEST_SALE:
            raise forms.ValidationError("Choose a Sale Date between 2000 and 2099.")
        return sale_on


def active_terms() -> QuerySet[Term]:
    """The entered company's terms that may be chosen, soonest due first."""
    return Term.objects.filter(is_active=True).order_by("days", "name")


class VoidForm(forms.Form):
    """Why a document is void: its page and the customer's History say so for ever."""

    reason = forms.CharField(label="Reason", max_length=200, strip=True)


class MailForm(forms.Form):
    """Where a document is sent."""

    to = forms.EmailField(label="Send to", max_length=254)
