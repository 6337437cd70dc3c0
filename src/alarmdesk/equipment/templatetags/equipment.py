"""What does a template say of equipment? Its state as a pill, where it came from, what is in a package."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from alarmdesk.equipment.models import Package, Piece
from alarmdesk.lib.amounts import plain
from alarmdesk.lib.furniture import CURRENCY_SIGNS, day, pill
from alarmdesk.lib.money import cents

register = template.Library()

KINDS = {"To install": "warn", "Installed": "ok", "Removed": "plain"}


@register.simple_tag
def piece_pill(piece: Piece) -> SafeString:
    """How far the piece is."""
    return pill(KINDS[piece.state], piece.state)


@register.filter
def origin(piece: Piece) -> str:
    """When and how it came, and who sold it."""
    came = f"{piece.from_package}" if piece.from_package else ""
    if piece.came == Piece.Came.INVOICE:
        came = "From an invoice"
    off = "no longer in the catalogue" if piece.equipment and not piece.equipment.is_active else ""
    sold = f"sold by {piece.sold_by.get_full_name()}" if piece.sold_by else ""
    told = [part for part in (came, sold, day(piece.added_at), off) if part]
    return " · ".join(told)[:1].upper() + " · ".join(told)[1:]


@register.filter
def plainly(quantity: Decimal) -> str:
    """A quantity without needless zeros: 2, 12.5."""
    return plain(quantity)


@register.filter
def each_price(price: Decimal, currency: str = "USD") -> str:
    """A price per piece: two decimals, or as many as it has."""
    whole, _, decimals = plain(price, 2).partition(".")
    return f"{CURRENCY_SIGNS.get(currency, currency + ' ')}{int(whole):,}.{decimals}"


@register.filter
def contents(package: Package) -> str:
    """What is in it: 1 × Touch panel, 3 × Door contact. The lines must have been fetched with their equipment."""
    lines = [
        f"{plain(line.quantity)} × {line.equipment.name}{'' if line.equipment.is_active else ' (off)'}"
        for line in package.lines.all()
    ]
    return ", ".join(lines) or "Nothing yet"


@register.filter
def comes_to(package: Package) -> Decimal:
    """What all of it costs, before tax, each line rounded to cents as an invoice would."""
    return sum((cents(line.quantity * line.charge) for line in package.lines.all()), Decimal("0.00"))
