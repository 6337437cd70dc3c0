"""What does one type about equipment: the catalogue, a package, a piece at a customer, many at once?"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Q

from alarmdesk.company.models import User
from alarmdesk.equipment.models import Equipment, Package, Piece, WireType
from alarmdesk.equipment.queries import for_choice, sellers
from alarmdesk.lib.amounts import Amount, plain
from alarmdesk.lib.fields import DateInput, MoneyInput, Segmented, Switch

AS_IT_IS = ("", "Leave as it is")
UNSAID = ("", "As it is")
LARGEST_QUANTITY = Decimal(999_999)


def price_field(label: str, **options: Any) -> Amount:
    """A price per piece, before tax: not below zero, 4 decimals."""
    return Amount(
        label=label, says="The price must be a number, such as 49.95.", max_digits=14, decimal_places=4,
        min_value=Decimal(0), widget=MoneyInput, **options,
    )  # fmt: skip


def quantity_field(least: Decimal = Decimal("0.001"), **options: Any) -> Amount:
    """How many; wire is sold by the foot, so 3 decimals."""
    says = f"Write {least} or more." if least >= 1 else "Write a number above zero."
    errors = {"invalid": "The quantity must be a number, such as 2.", "min_value": says}
    return Amount(
        says=errors["invalid"], max_digits=12, decimal_places=3, min_value=least, max_value=LARGEST_QUANTITY,
        error_messages=errors, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **options,
    )  # fmt: skip


class EquipmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """An entry of the catalogue."""

    default_price = price_field("Price each")

    class Meta:
        model = Equipment
        fields = ("name", "code", "kind", "wire_type", "default_price", "is_active")
        widgets = {"is_active": Switch}
        labels = {"is_active": "Can be put on customers"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["default_price"] = plain(self.instance.default_price, 2)
        cast("forms.ChoiceField", self.fields["wire_type"]).choices = [("", "Not said"), *WireType.choices]


class PackageForm(forms.ModelForm):  # type: ignore[type-arg]
    """The head of a package; its lines stand below (package_sheet.py)."""

    class Meta:
        model = Package
        fields = ("name", "description", "is_active")
        widgets = {"is_active": Switch, "description": forms.TextInput}
        labels = {"is_active": "Can be put on customers"}


class PieceForm(forms.Form):
    """A piece at a customer (F29). A blank price or wire type is the catalogue's; one that is turned off can be chosen
    only where it is already.
    """

    sold_by = forms.ModelChoiceField(User.objects.none(), label="Sold by", required=False, empty_label="Nobody")
    equipment = forms.ModelChoiceField(Equipment.objects.none(), empty_label="Choose equipment")
    quantity = quantity_field(initial="1")
    zone_number = forms.IntegerField(
        required=False, min_value=1, max_value=9999, label="Zone number",
        error_messages={"min_value": "Zones are 1 to 9999.", "max_value": "Zones are 1 to 9999."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    zone_name = forms.CharField(label="Zone", max_length=60, required=False)
    wire_type = forms.ChoiceField(choices=[("", "As in the catalogue"), *WireType.choices], required=False)
    price = price_field("Price each", required=False, help_text="Leave blank for the catalogue's price.")
    paid_on = forms.DateField(label="Paid on", required=False, widget=DateInput)
    installed_on = forms.DateField(label="Installed on", required=False, widget=DateInput)

    def __init__(self, *args: Any, piece: Piece | None = None, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choice: Any = self.fields["equipment"]
        choice.queryset = for_choice()
        seller: Any = self.fields["sold_by"]
        seller.queryset = sellers()
        if piece is None:
            return
        del self.fields["equipment"]
        if piece.sold_by_id:  # who has left since stays the one who sold it
            seller.queryset = User.objects.filter(Q(pk=piece.sold_by_id) | Q(pk__in=sellers().values("pk")))
        cast("forms.ChoiceField", self.fields["wire_type"]).choices = [("", "Not said"), *WireType.choices]
        self.fields["price"].required, self.fields["price"].help_text = True, ""

    def clean_paid_on(self) -> dt.date | None:
        return self._not_to_come("paid_on")

    def clean_installed_on(self) -> dt.date | None:
        return self._not_to_come("installed_on")

    def _not_to_come(self, name: str) -> dt.date | None:
        return not_to_come(self.cleaned_data[name], self.today)


def not_to_come(on: dt.date | None, today: dt.date) -> dt.date | None:
    """The day, which is a fact and so not in the future. Raises ValidationError."""
    if on is not None and not dt.date(1950, 1, 1) <= on <= today:
        raise forms.ValidationError("Choose a day that is not in the future.")
    return on


def held(piece: Piece) -> dict[str, Any]:
    """What a form of the piece begins with."""
    plainly = {
        name: getattr(piece, name) for name in ("zone_number", "zone_name", "wire_type", "paid_on", "installed_on")
    }
    return plainly | {
        "sold_by": piece.sold_by_id,
        "quantity": plain(piece.quantity),
        "price": plain(piece.price, 2),
    }


class PackageOnCustomerForm(forms.Form):
    """A package for a customer (F30)."""

    sold_by = forms.ModelChoiceField(User.objects.none(), label="Sold by", required=False, empty_label="Nobody")
    package = forms.ModelChoiceField(Package.objects.none(), empty_label="Choose a package")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seller: Any = self.fields["sold_by"]
        seller.queryset = sellers()
        choice: Any = self.fields["package"]
        choice.queryset = Package.objects.filter(is_active=True).order_by("name", "pk")


class PiecesForm(forms.Form):
    """What many pieces get at once; what is left alone stays as it is on each."""

    sold_by = forms.ModelChoiceField(User.objects.none(), label="Sold by", required=False, empty_label="Leave as it is")
    wire_type = forms.ChoiceField(choices=[AS_IT_IS, *WireType.choices], required=False)
    paid = forms.ChoiceField(
        label="Paid", choices=[UNSAID, ("yes", "Paid"), ("no", "Not paid")], required=False, widget=Segmented
    )
    installed = forms.ChoiceField(
        label="Installed", choices=[UNSAID, ("yes", "Installed"), ("no", "To install")], required=False,
        widget=Segmented,
    )  # fmt: skip
    on = forms.DateField(label="Paid or installed on", required=False, widget=DateInput)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        seller: Any = self.fields["sold_by"]
        seller.queryset = sellers()

    def clean_on(self) -> dt.date | None:
        return not_to_come(self.cleaned_data["on"], self.today)

    def changes(self) -> Mapping[str, Any]:
        """The fields of a piece that were said. Only for a valid form."""
        said = self.cleaned_data
        changes: dict[str, Any] = {name: said[name] for name in ("sold_by", "wire_type") if said[name]}
        for fact in ("paid", "installed"):
            if said[fact]:
                changes[f"{fact}_on"] = (said["on"] or self.today) if said[fact] == "yes" else None
        return changes


class RemovalForm(forms.Form):
    """When something was taken down."""

    on = forms.DateField(label="Removed on", widget=DateInput)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> dt.date | None:
        return not_to_come(self.cleaned_data["on"], self.today)
