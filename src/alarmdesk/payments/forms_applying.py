"""How much of which payment pays an invoice, and of a payment which invoice (F43 and its mirror)?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from alarmdesk.invoicing.forms.numbers import plain
from alarmdesk.lib.furniture import money
from alarmdesk.lib.money import ZERO
from alarmdesk.payments.forms_recording import Sum

CHANGED = "Somebody else changed what is applied while this page was open. This is how it stands now; look it over."


@dataclass(frozen=True, slots=True)
class Choice:
    """One row that may be ticked: a payment on the invoice's page, an invoice on the payment's. `most` can be applied,
    `now` is.
    """

    pk: int
    label: str
    note: str
    url: str
    most: Decimal
    now: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """A choice with its two boxes."""

    choice: Choice
    tick: forms.BoundField
    box: forms.BoundField

    @property
    def tick_widget(self) -> str:
        return self.tick.as_widget(attrs={"aria-label": f"Apply {self.choice.label}"})

    @property
    def box_widget(self) -> str:
        attrs: dict[str, str | bool] = {"aria-label": f"Amount, {self.choice.label}"}
        if self.box.errors:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{self.box.auto_id}_error"}
        return self.box.as_widget(attrs=attrs)


class ApplyForm(forms.Form):
    """A tick and an amount for each choice; together they take `limit` at most. `seen` says how it stood."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Sequence[Choice], limit: Decimal, limit_words: str, **kwargs: Any) -> None:
        """`limit_words`: what the limit is, such as “the invoice's total”."""
        self.choices, self.limit, self.limit_words = choices, limit, limit_words
        self._sent: dict[str, Any] = {}
        stands = ",".join(f"{each.pk}:{each.now}" for each in choices if each.now)
        self.stands = stands or "-"
        initial: dict[str, Any] = {"seen": self.stands}
        for each in choices:
            initial |= {f"on-{each.pk}": each.now > 0, f"amount-{each.pk}": plain(each.now, 2) if each.now else ""}
        super().__init__(*args, **{**kwargs, "initial": initial})
        for each in choices:
            self.fields[f"on-{each.pk}"] = forms.BooleanField(required=False)
            self.fields[f"amount-{each.pk}"] = Sum(required=False)

    @property
    def rows(self) -> list[Row]:
        return [Row(each, self[f"on-{each.pk}"], self[f"amount-{each.pk}"]) for each in self.choices]

    @property
    def wanted(self) -> dict[int, Decimal]:
        """What is to be applied, by the choice's id: a tick without an amount takes all that there is room for."""
        if not self.is_bound:
            return {each.pk: each.now for each in self.choices if each.now}
        said = self._sent
        given = {
            each.pk: amount
            for each in self.choices
            if said.get(f"on-{each.pk}") and (amount := said.get(f"amount-{each.pk}"))
        }
        room = self.limit - sum(given.values(), ZERO)
        for each in self.choices:
            if said.get(f"on-{each.pk}") and not said.get(f"amount-{each.pk}") and room > 0:
                given[each.pk] = part = min(each.most, room)
                room -= part
        return given

    @property
    def total(self) -> Decimal:
        return sum(self.wanted.values(), ZERO)

    @property
    def left(self) -> Decimal:
        return self.limit - self.total

    @property
    def is_as_it_stands(self) -> bool:
        """Nothing is to be changed."""
        return self.wanted == {each.pk: each.now for each in self.choices if each.now}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        self._sent = dict(said)
        for each in self.choices:
            box, amount = f"amount-{each.pk}", said.get(f"amount-{each.pk}")
            if not said.get(f"on-{each.pk}"):
                if amount and not each.now:
                    self.add_error(box, "Tick the row to apply this amount.")
                elif not amount:
                    self.errors.pop(box, None)
            elif amount and amount > each.most:
                self.add_error(box, f"Only {money(each.most)} can be applied.")
        if self.left < 0:
            over = f"{money(-self.left)} more than {self.limit_words}"
            self.add_error(None, f"Together that is {money(self.total)}, {over}.")
        elif said.get("seen") != self.stands and not self.is_as_it_stands:
            self.add_error(None, CHANGED)
        return said
