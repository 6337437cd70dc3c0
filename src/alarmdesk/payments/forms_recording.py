"""What does the office say when money comes in (F53-F56), and which invoices does it pay?"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

from django import forms

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.forms.numbers import Amount, plain
from alarmdesk.invoicing.models import Invoice
from alarmdesk.lib.fields import DateInput, MoneyInput, Segmented, Switch
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO, cents
from alarmdesk.payments import once
from alarmdesk.payments.dunning import bars
from alarmdesk.payments.forms import named
from alarmdesk.payments.models import BillingMethod, Payment
from alarmdesk.payments.queries import total_due

LARGEST = Decimal("9999999999.99")
STORED = "on-file-"
"""What the value of a billing method begins with in the Method list; the page's look depends on it."""
OLDEST, CHOOSE = "oldest", "choose"
SALE, CREDIT = "sale", "credit"
AHEAD = dt.timedelta(days=366)
"""How far ahead a payment may be scheduled: farther is a slip of the keyboard."""
TIMES, MORE, MUCH_MORE = 10, Decimal(1_000), Decimal(10_000)
"""So many times what is owed and at least MORE beyond it, or MUCH_MORE beyond it, is asked about once."""


class Sum(Amount):
    """An amount of money to the cent, zero or more, as people type it."""

    def __init__(self, **options: Any) -> None:
        says = options.pop("says", "Write an amount, such as 39.95.")
        above = options.pop("min_value", ZERO)
        least = "Write an amount above zero." if above else "Write an amount, or nothing."
        errors = {"invalid": says, "min_value": least, "max_value": "That is too much.", **options.pop("errors", {})}
        options |= {"widget": MoneyInput, "min_value": above, "max_value": LARGEST, "error_messages": errors}
        super().__init__(says=says, **options)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is not None and amount != cents(amount):
            raise forms.ValidationError("Write dollars and cents, such as 39.95.")
        return None if amount is None else cents(amount)


@dataclass
class Share:
    """One row of the list of invoices: what the payment gives it, and the box for it. `value`: what stands in the box,
    None for what was typed.
    """

    invoice: Invoice
    box: forms.BoundField
    amount: Decimal
    value: str | None = None

    @property
    def widget(self) -> str:
        """The box, named for those who do not see its row."""
        attrs = {"aria-label": self.box.label, "id": self.box.auto_id}
        if self.box.errors:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{self.box.auto_id}_error"}
        value = self.value if self.value is not None else self.box.value()
        shown = plain(value, 2) if isinstance(value, Decimal) else value
        return str(self.box.field.widget.render(self.box.html_name, shown, attrs))


def oldest_first(invoices: Iterable[Invoice], amount: Decimal) -> dict[int, Decimal]:
    """What of `amount` goes to which of the invoices, which come the oldest due first."""
    given: dict[int, Decimal] = {}
    for invoice in invoices:
        part = min(invoice.due, amount)
        if part > 0:
            given[invoice.pk] = part
            amount -= part
    return given


class RecordForm(forms.Form):
    """A payment as it comes in: by a method on file, which the gateway charges, or by hand. `token`: once.py. `owed`:
    what the page showed as owed; when something else is owed by then, nothing is done before somebody has looked again.
    """

    token = forms.CharField(widget=forms.HiddenInput, max_length=once.LENGTH)
    owed = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    method = forms.ChoiceField(label="Method")
    amount = Sum(label="Amount", min_value=Decimal("0.01"))
    received_on = forms.DateField(label="Date", widget=DateInput)
    reference = forms.CharField(
        label="Reference", max_length=60, required=False, help_text="For example a check number."
    )
    note = forms.CharField(label="Note", max_length=500, required=False)
    process_now = forms.BooleanField(label="Process Transaction now", required=False, widget=Switch)
    post_on = forms.DateField(label="Desired Posting Date", widget=DateInput)
    transaction_type = forms.ChoiceField(
        label="Transaction Type",
        choices=[(SALE, "Sale"), (CREDIT, "Credit")],
        widget=Segmented,
        help_text="A credit sends money to the customer.",
    )
    again = Sum(
        label="Type the amount again", required=False, help_text="So much leaves your account, to the customer."
    )
    email_receipt = forms.BooleanField(label="Email Receipt", required=False, widget=Switch)
    receipt_to = forms.EmailField(
        label="Send it to", max_length=254, help_text="Does not change the customer's own address."
    )
    sure = forms.BooleanField(label="The amount is right", required=False)
    spread = forms.ChoiceField(
        label="Which invoices does it pay?",
        choices=[(OLDEST, "Oldest first"), (CHOOSE, "I choose")],
        widget=Segmented,
    )

    def __init__(
        self, *args: Any, customer: Customer, invoices: Sequence[Invoice], methods: Sequence[BillingMethod],
        today: dt.date, may_credit: bool, may_record: bool, emails_receipts: bool, **kwargs: Any,
    ) -> None:  # fmt: skip
        """`invoices`: what is owed, the oldest due first. `methods`: what may be charged. `may_record`: by hand too."""
        self.customer, self.invoices, self.today = customer, invoices, today
        self.methods = {f"{STORED}{method.pk}": method for method in methods}
        self.bars = bars(methods, today)
        self._sent: dict[str, Any] = {}
        initial = {
            "token": once.new_token(today),
            "received_on": today,
            "process_now": True,
            "transaction_type": SALE,
            "email_receipt": emails_receipts and bool(customer.email),
            "receipt_to": customer.email,
            "spread": OLDEST,
            **(kwargs.pop("initial", None) or {}),
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self._offer_methods(may_record=may_record)
        if not may_credit:
            del self.fields["transaction_type"], self.fields["again"]
        for invoice in invoices:
            box = Sum(label=f"Amount on {invoice}", required=False, says="Write an amount, such as 39.95.")
            self.fields[box_of(invoice)] = box

    def _offer_methods(self, *, may_record: bool) -> None:
        offered: list[tuple[str, list[tuple[str, str]]]] = []
        if self.methods:
            offered.append(
                ("Charge", [(value, named(method, self.bars.get(method.pk))) for value, method in self.methods.items()])
            )
        if may_record:
            by_hand = (Payment.Method.CASH, Payment.Method.CHECK, Payment.Method.OTHER)
            offered.append(("Received", [(str(one), str(one.label)) for one in by_hand]))
        choice = cast("forms.ChoiceField", self.fields["method"])
        choice.choices = offered
        if "method" not in self.initial and offered:
            good = [value for value, method in self.methods.items() if method.pk not in self.bars]
            self.initial["method"] = good[0] if good else offered[-1][1][0][0]

    # --- what is meant

    @property
    def billing_method(self) -> BillingMethod | None:
        """The method on file that was chosen; None for cash, check and other."""
        return self.methods.get(self._typed("method"))

    @property
    def is_credit(self) -> bool:
        return self.billing_method is not None and self._typed("transaction_type") == CREDIT

    @property
    def is_now(self) -> bool:
        """Is the gateway called when the form is saved?"""
        return self.billing_method is not None and (self.is_credit or bool(self._typed("process_now")))

    @property
    def has_receipt(self) -> bool:
        """Is a receipt offered? For what is processed now (F56), and for what the office holds in its hands."""
        return self.billing_method is None or self.is_now

    @property
    def sends_to(self) -> str:
        """The address of the receipt, "" for none."""
        said = self.cleaned_data
        return str(said["receipt_to"]) if self.has_receipt and said["email_receipt"] else ""

    @property
    def is_much(self) -> bool:
        """Is it so much more than what is owed that it may be a slip of the keyboard?"""
        if self.is_credit:
            return False  # a credit's amount is typed twice
        owed = total_due(self.invoices)
        beyond = self.amount_typed - owed
        return beyond > MUCH_MORE or (beyond > MORE and self.amount_typed > TIMES * owed)

    @property
    def amount_typed(self) -> Decimal:
        """The amount as far as it is one."""
        amount = self._read.get("amount")
        return amount if isinstance(amount, Decimal) else ZERO

    @property
    def allocations(self) -> dict[int, Decimal]:
        """What of the amount goes to which invoice."""
        if self.is_credit:
            return {}
        if self._typed("spread") != CHOOSE:
            return oldest_first(self.invoices, self.amount_typed)
        given = {invoice.pk: self._read.get(box_of(invoice)) for invoice in self.invoices}
        return {pk: amount for pk, amount in given.items() if isinstance(amount, Decimal) and amount > 0}

    @property
    def shares(self) -> list[Share]:
        """The rows of the list."""
        given, is_chosen = self.allocations, self._typed("spread") == CHOOSE
        return [
            Share(each, self[box_of(each)], part, None if is_chosen else typed(part))
            for each in self.invoices
            for part in [given.get(each.pk, ZERO)]
        ]

    @property
    def applied(self) -> Decimal:
        return sum(self.allocations.values(), ZERO)

    @property
    def left(self) -> Decimal:
        """What stays unapplied credit; below zero where the boxes ask for more than comes in."""
        return self.amount_typed - self.applied

    @property
    def asks_whether_sure(self) -> bool:
        """Does the page show the box that lets a large amount through?"""
        return self.is_bound and self.is_much

    def _typed(self, name: str) -> Any:
        """A plain field as it is now: sent, or as the page begins."""
        return self._read.get(name) if name in self.fields else None

    @property
    def _read(self) -> Mapping[str, Any]:
        """What was sent, as far as it could be read, also where it is refused; or how the page begins."""
        return self._sent if self.is_bound else self.initial

    @property
    def owed_now(self) -> str:
        """What is owed as the page shows it, in a few letters."""
        shown = ",".join(f"{invoice.pk}={invoice.due}" for invoice in self.invoices)
        return sha256(shown.encode()).hexdigest()[:32]

    # --- what is refused

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        self._sent = dict(said)
        self._forgive(self._not_asked)
        if not self.is_credit and said.get("owed", "") not in ("", self.owed_now):
            self.add_error(None, "What is owed has changed meanwhile. Look at the invoices again: nothing was done.")
        if self.billing_method is None:
            on = said.get("received_on")
            if on and on > self.today:
                self.add_error("received_on", "Money that has not come yet cannot be recorded.")
        elif not self.is_now and (on := said.get("post_on")):
            check_day(self, on, self.today)
        elif self.is_now and not self.is_credit and (bar := self.bars.get(self.billing_method.pk)):
            self.add_error("method", bar.sentence)
        if self.is_credit:
            self._clean_again(said)
        elif said.get("spread") == CHOOSE:
            self._clean_boxes(said)
        if self.is_much and not said.get("sure"):
            owed = total_due(self.invoices)
            is_owed = f"only {money(owed)} is owed" if owed else "nothing is owed"
            self.add_error("sure", f"{money(self.amount_typed)} is a lot: {is_owed}. Tick this if it is right.")
        return said

    def _clean_again(self, said: dict[str, Any]) -> None:
        """A sum that stood in the box because it is owed must not go out at one press."""
        if "amount" in said and "again" not in self.errors and said.get("again") != said["amount"]:
            self.add_error("again", f"Type {money(said['amount'])} here, if so much is to be sent to the customer.")

    @property
    def _not_asked(self) -> set[str]:
        """The fields that what was chosen leaves out: the page hides them, and whatever they say refuses nothing."""
        boxes = {box_of(invoice) for invoice in self.invoices}
        left_out = set() if self._typed("spread") == CHOOSE and not self.is_credit else boxes
        if self.billing_method is None:
            left_out |= {"post_on", "transaction_type", "again"}
        else:
            left_out |= {"received_on"}
            left_out |= {"spread"} if self.is_credit else {"again"}
        if self.is_now:
            left_out |= {"post_on"}
        if not (self.has_receipt and self._typed("email_receipt")):
            left_out |= {"receipt_to"}
        return left_out

    def _forgive(self, names: Iterable[str]) -> None:
        for name in names:
            self.errors.pop(name, None)

    def _clean_boxes(self, said: dict[str, Any]) -> None:
        for invoice in self.invoices:
            asked = said.get(box_of(invoice))
            if asked and asked > invoice.due:
                self.add_error(box_of(invoice), f"Only {money(invoice.due)} is due.")
        if "amount" not in self.errors and self.left < 0:
            self.add_error("amount", f"The invoices take {money(self.applied)}, which is more than the amount.")


def check_day(form: forms.Form, on: dt.date, today: dt.date) -> None:
    """Put what is wrong with a Desired Posting Date beside the field."""
    if on <= today:
        form.add_error("post_on", "Choose a day after today.")
    elif on > today + AHEAD:
        form.add_error("post_on", "Choose a day within a year.")


def box_of(invoice: Invoice) -> str:
    """The name of an invoice's box."""
    return f"pay-{invoice.pk}"


def typed(amount: Decimal) -> str:
    """An amount for a box; nothing for zero."""
    return plain(amount, 2) if amount else ""


class ScheduleForm(forms.Form):
    """Another day for a scheduled payment."""

    post_on = forms.DateField(label="Desired Posting Date", widget=DateInput)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("post_on"):
            check_day(self, said["post_on"], self.today)
        return said


class TakeBackForm(forms.Form):
    """What the mistake was: the payment's page and the customer's History say so for ever."""

    reason = forms.CharField(label="What was the mistake?", max_length=200, strip=True)


class RefundForm(forms.Form):
    """How much goes back; blank for all that is left (F61)."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=once.LENGTH)
    amount = Sum(
        label="Amount", required=False, min_value=Decimal("0.01"), help_text="Leave it blank to give back everything."
    )
    note = forms.CharField(label="Note", max_length=200, required=False)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        initial = {"token": once.new_token(today), **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, **{**kwargs, "initial": initial})
