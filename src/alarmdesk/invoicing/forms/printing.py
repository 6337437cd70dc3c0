"""Which documents are to be printed at once? Their type, their state, days, a customer, and the kind of file."""

from typing import Any

from django import forms

from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import Invoice, Printout
from alarmdesk.lib.fields import DateInput, Segmented


class PrintForm(forms.ModelForm):  # type: ignore[type-arg]
    """A print run that is asked for."""

    type = forms.ChoiceField(
        label="Documents",
        required=False,
        choices=[("", "All"), *((kind.value, f"{kind.label}s") for kind in Invoice.Type)],
        initial=Invoice.Type.INVOICE,
    )
    account = forms.CharField(
        label="Account number", required=False, max_length=40, help_text="For the documents of one customer only."
    )

    class Meta:
        model = Printout
        fields = ("type", "standing", "from_on", "to_on", "form")
        labels = {"standing": "State", "from_on": "Sale dates from", "to_on": "To", "form": "File"}
        widgets = {"from_on": DateInput, "to_on": DateInput, "form": Segmented}

    field_order = ("type", "standing", "from_on", "to_on", "account", "form")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._company = company

    def clean_account(self) -> str:
        """Finds the customer, whatever the case of the number."""
        typed: str = self.cleaned_data["account"].strip()
        if typed:
            self.instance.customer = self._company.customers.filter(account_number__iexact=typed).first()
            if self.instance.customer is None:
                raise forms.ValidationError(f"No customer has the account number {typed}.")
        return typed

    def clean(self) -> dict[str, Any]:
        """Refuses days that run backwards."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = said.get("from_on"), said.get("to_on")
        if first and last and first > last:
            self.add_error("to_on", "This day is before the first one.")
        return said
