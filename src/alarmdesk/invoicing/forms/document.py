"""What does the office say of an invoice, a quote or a credit, apart from its lines (F38)?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from alarmdesk.customers.forms import ConvertForm
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice, QuoteSettings, Term
from alarmdesk.lib.fields import DateInput, Segmented
from alarmdesk.lib.furniture import day, money

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
    valid_until = forms.DateField(label="Valid until", widget=DateInput, required=False)
    reason = forms.CharField(label="Reason for the correction", max_length=200, required=False)
    note = forms.CharField(
        label="Note to the customer",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "placeholder": "Shown under the totals on the PDF"}),
    )

    def __init__(
        self, *args: Any, customer: Customer, terms: QuerySet[Term], corrects: Invoice | None = None, **kwargs: Any
    ) -> None:
        """`terms`: those that may be chosen. A lead gets quotes only (D7); what corrects a document is of its type."""
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Term]", self.fields["term"]).queryset = terms
        if customer.is_lead:
            self.fields["type"].help_text = "A lead gets quotes only."
        if customer.is_lead or corrects:
            only = Invoice.Type(corrects.type) if corrects else Invoice.Type.QUOTE
            cast("forms.ChoiceField", self.fields["type"]).choices = [(only.value, only.label)]
        if corrects is None or corrects.type != Invoice.Type.INVOICE:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True

    def clean_sale_on(self) -> dt.date:
        sale_on: dt.date = self.cleaned_data["sale_on"]
        if not OLDEST_SALE <= sale_on <= LATEST_SALE:
            raise forms.ValidationError("Choose a Sale Date between 2000 and 2099.")
        return sale_on

    def clean(self) -> dict[str, Any]:
        """A quote says until when it is good, which is not before it is made."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("type") == Invoice.Type.QUOTE and "valid_until" not in self.errors:
            until, sale_on = said.get("valid_until"), said.get("sale_on")
            if until is None:
                self.add_error("valid_until", "Say until when the quote can be accepted.")
            elif until > LATEST_SALE or (sale_on and until < sale_on):
                self.add_error("valid_until", "Choose a day that is not before the Sale Date, through 2099.")
        return said


def active_terms() -> QuerySet[Term]:
    """The entered company's terms that may be chosen, soonest due first."""
    return Term.objects.filter(is_active=True).order_by("days", "name")


class VoidForm(forms.Form):
    """Why a document is void: its page and the customer's History say so for ever."""

    reason = forms.CharField(label="Reason", max_length=200, strip=True)


class QuoteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """How long quotes are good."""

    class Meta:
        model = QuoteSettings
        fields = ("valid_days",)
        help_texts = {"valid_days": "What a new quote begins with; its writer may choose another day."}

    def clean_valid_days(self) -> int:
        days: int = self.cleaned_data["valid_days"]
        if not 1 <= days <= 365:
            raise forms.ValidationError("Write a number of days from 1 to 365.")
        return days


class ConvertQuoteForm(forms.Form):
    """With which term and of which day a quote becomes an invoice."""

    term = TermChoice(label="Term")
    sale_on = forms.DateField(label="Sale Date", widget=DateInput)

    def __init__(self, *args: Any, terms: QuerySet[Term], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Term]", self.fields["term"]).queryset = terms

    clean_sale_on = DocumentForm.clean_sale_on


class ConvertLeadForm(ConvertForm):
    """What a lead becomes, and which of its quotes becomes its invoice (D7)."""

    quote = forms.TypedChoiceField(
        label="Quote that the customer has chosen",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    term = TermChoice(label="Term of the invoice", required=False)

    def __init__(self, *args: Any, quotes: Sequence[Invoice], terms: QuerySet[Term], **kwargs: Any) -> None:
        """`quotes`: those that may be chosen; without any the lead is converted alone."""
        super().__init__(*args, **kwargs)
        if not quotes:
            del self.fields["quote"], self.fields["term"]
            return
        labels = [(str(quote.pk), _offered(quote)) for quote in quotes]
        cast("forms.ChoiceField", self.fields["quote"]).choices = [*labels, ("", "None: make no invoice now")]
        cast("forms.ModelChoiceField[Term]", self.fields["term"]).queryset = terms

    def clean(self) -> dict[str, Any]:
        """An invoice needs a term."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("quote") and not said.get("term") and "term" not in self.errors:
            self.add_error("term", "Choose the term of the invoice.")
        return said


def _offered(quote: Invoice) -> str:
    signed = ", signed" if quote.answers.all() else ""
    return f"{quote} of {day(quote.sale_on)}, {money(quote.total)}{signed}"


class MailForm(forms.Form):
    """Where a document is sent."""

    to = forms.EmailField(label="Send to", max_length=254)
