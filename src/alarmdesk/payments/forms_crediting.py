"""How much of which line of an invoice is credited, and where does the credit go (billing.md 1.1)?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from alarmdesk.invoicing.crediting import Credited, OpenLine, what_is_credited
from alarmdesk.invoicing.forms.numbers import Amount, plain
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.fields import MoneyInput, Segmented
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO, cents
from alarmdesk.payments import once
from alarmdesk.payments.crediting import Destination
from alarmdesk.payments.forms_recording import LARGEST
from alarmdesk.payments.models import Payment
from alarmdesk.payments.templatetags.payment_words import paid_with

LABELS = {
    Destination.OFFSET: "Take off what is due",
    Destination.BALANCE: "Keep on account",
    Destination.REFUND: "Refund a payment",
}


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that pays the invoice, and how much of it."""

    payment: Payment
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the invoice with the box for what is credited of it."""

    opened: OpenLine
    box: forms.BoundField

    @property
    def note(self) -> str:
        """What is left of the line."""
        tax = f" and {money(self.opened.tax_left)} tax" if self.opened.tax_left else ""
        return f"Left to credit: {money(self.opened.left)}{tax}"

    @property
    def widget(self) -> str:
        """The box, named for those who do not see its row."""
        attrs: dict[str, str | bool] = {"aria-label": f"Credit of {self.opened.line.description}"}
        if self.box.errors:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{self.box.auto_id}_error"}
        return self.box.as_widget(attrs=attrs)


class CreditForm(forms.Form):
    """An amount before tax for each line, all that is left to begin with; and the destination."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=once.LENGTH)
    destination = forms.ChoiceField(label="The credit goes", widget=Segmented)
    payment = forms.ChoiceField(label="Payment to refund", required=False)
    note = forms.CharField(label="Note to the customer", max_length=500, required=False)

    def __init__(
        self,
        *args: Any,
        invoice: Invoice,
        lines: Sequence[OpenLine],
        paid: Sequence[Paid],
        today: dt.date,
        **kwargs: Any,
    ) -> None:
        """`paid`: what can be refunded of it by this person; without any a refund is not offered."""
        self.invoice, self.paid = invoice, paid
        self.lines = [each for each in lines if each.left]
        wishes = [each for each in Destination if each is not Destination.REFUND or paid]
        wishes = [each for each in wishes if each is not Destination.OFFSET or invoice.due > 0]
        initial: dict[str, Any] = {"token": once.new_token(today), "destination": wishes[0]}
        for each in self.lines:
            initial[f"part-{each.line.pk}"] = plain(each.left, 2)
        super().__init__(*args, **{**kwargs, "initial": initial})
        for each in self.lines:
            self.fields[f"part-{each.line.pk}"] = Amount(
                says="Write an amount, such as 39.95.", required=False, widget=MoneyInput, max_value=LARGEST,
                min_value=-LARGEST, decimal_places=2,
            )  # fmt: skip
        self.fields["destination"].choices = [(each.value, LABELS[each]) for each in wishes]  # type: ignore[attr-defined]
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            (str(each.payment.pk), f"{each.payment}, {paid_with(each.payment)}: {money(each.amount)} of this invoice")
            for each in paid
        ]

    @property
    def rows(self) -> list[Row]:
        return [Row(each, self[f"part-{each.line.pk}"]) for each in self.lines]

    @property
    def parts(self) -> dict[int, Decimal]:
        """What is credited of which line, before tax; what is no number yet counts as nothing."""
        if not self.is_bound:
            return {each.line.pk: each.left for each in self.lines}
        said = getattr(self, "cleaned_data", {})
        return {each.line.pk: cents(said.get(f"part-{each.line.pk}") or ZERO) for each in self.lines}

    @property
    def credited(self) -> Credited:
        """What that comes to."""
        return what_is_credited(self.lines, self.parts)

    @property
    def goes(self) -> Destination:
        """Where it goes, as far as that is said."""
        said = self.cleaned_data.get("destination") if self.is_bound else self.initial["destination"]
        return Destination(said or self.initial["destination"])

    @property
    def refunded(self) -> Paid | None:
        """The payment that is refunded, where one is."""
        if self.goes is not Destination.REFUND or not self.paid:
            return None
        said = self.cleaned_data.get("payment") if self.is_bound else ""
        return next((each for each in self.paid if str(each.payment.pk) == said), self.paid[0])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for pk, why in self.credited.problems.items():
            if not self.has_error(f"part-{pk}"):
                self.add_error(f"part-{pk}", why)
        return said

    @property
    def says(self) -> str:
        """What pressing the button will do, in a sentence."""
        total, due = self.credited.total, self.invoice.due
        if total <= 0:
            return "Nothing is credited yet. Write how much of which line."
        if (refunded := self.refunded) is not None:
            if refunded.amount < total:
                return f"{refunded.payment} paid only {money(refunded.amount)} of this invoice: that much can go back."
            return f"{money(total)} is credited and goes back to {paid_with(refunded.payment)}."
        if self.goes is Destination.BALANCE:
            return f"{money(total)} stays on the customer's account until it is applied to an invoice."
        off, rest = min(total, due), total - min(total, due)
        kept = f"; {money(rest)} more stays on account" if rest else ""
        return f"{money(off)} is taken off {self.invoice}: {money(due - off)} remains due{kept}."
