"""How do invoices and equipment know of each other (F31, F41)? Lines become pieces, and pieces become lines.

Two questions, each with its verb: which invoiced equipment has not been put on the customer yet (`untaken_lines`,
`take_invoiced`), and which of the customer's pieces is neither paid nor invoiced (`unbilled_pieces`, `piece_lines`,
`hold_pieces` and `mark_billed` when it is issued). `InvoicedPiece` keeps both answers; PostgreSQL holds that a line has
its piece once for ever, and that a piece is on one invoice in force at most (decision 34).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.company.models import User
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.models import Piece
from alarmdesk.equipment.queries import unpaid
from alarmdesk.invoicing.models import (
    ACTIVATION_FEE_NUMBER,
    MMR_NUMBER,
    BillableItem,
    Invoice,
    InvoicedPiece,
    InvoiceLine,
)
from alarmdesk.invoicing.pricing import LineInput

EQUIPMENT_NUMBER = 1
"""The predefined item that bills what has no item of its own."""
IS_EQUIPMENT = (Q(item__equipment__isnull=False) | Q(item__item_class=BillableItem.Class.PRODUCT)) & ~Q(
    item__number__in=(ACTIVATION_FEE_NUMBER, MMR_NUMBER)
)


class NothingToTake(ValueError):
    """Every invoiced piece is on the customer already."""


class InvoicedMeanwhile(ValueError):
    """The piece is paid, removed or on another invoice."""


def untaken_lines(customer: Customer) -> QuerySet[InvoiceLine]:
    """Equipment on the customer's invoices in force that no piece is known for, the oldest first (F31).

    Quotes, credits and void invoices have none; nor have lines that give back (a quantity below zero).
    """
    known = InvoicedPiece.objects.filter(line=OuterRef("pk"))
    invoices = Q(invoice__type=Invoice.Type.INVOICE, invoice__voided_at=None, invoice__customer=customer)
    lines = entered().invoice_lines.filter(invoices, IS_EQUIPMENT, ~Exists(known), quantity__gt=0, unit_price__gte=0)
    return lines.select_related("invoice", "item__equipment").order_by("invoice_id", "position")


def take_invoiced(*, customer: Customer, sold_by: User | None, at: dt.datetime, by: str) -> list[Piece]:
    """Put every invoiced piece on the customer that is not there yet, all or none; one row for each line.

    A piece whose invoice was voided is taken over by a line for the same thing instead of made again, so that an
    invoice that is voided and issued anew doubles nothing. Two who press at once: the second finds nothing left.
    Raises NothingToTake.
    """
    with transaction.atomic():
        # one at a time for each customer; the constraint on the line would refuse the second anyway
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
        offered = set(untaken_lines(customer).values_list("invoice_id", flat=True))
        # a void under way finishes first, and its lines are offered no more
        list(Invoice.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=offered).order_by("pk"))
        lines = list(untaken_lines(customer))
        if not lines:
            raise NothingToTake("Everything that was invoiced is on the customer already.")
        orphans = _orphans(customer)
        taken = []
        for line in lines:
            orphan = next((piece for piece in orphans if _is_same(piece, line)), None)
            if orphan is not None:
                orphans.remove(orphan)
                orphan.price = line.unit_price
                orphan.save(update_fields=["price"])
            piece = orphan or _made_from(line, customer, sold_by, at, by)
            InvoicedPiece.objects.create(line=line, piece=piece, way=InvoicedPiece.Way.TAKEN, at=at, by=by)
            taken.append(piece)
    return taken


def _orphans(customer: Customer) -> list[Piece]:
    """Pieces that were on an invoice which is void, and are on none in force; the oldest first."""
    live = InvoicedPiece.objects.filter(piece=OuterRef("pk"), released_at=None)
    lost = InvoicedPiece.objects.filter(piece=OuterRef("pk"), released_at__isnull=False)
    pieces = customer.pieces.filter(Exists(lost), ~Exists(live), removed_on=None)
    return list(pieces.select_for_update(of=("self",)).order_by("pk"))


def _is_same(piece: Piece, line: InvoiceLine) -> bool:
    """The same thing in the same number: the catalogue's entry, or the words where there is none."""
    if piece.quantity != line.quantity:
        return False
    equipment = line.item.equipment_id
    return piece.equipment_id == equipment if equipment else piece.name == line.description


def _made_from(line: InvoiceLine, customer: Customer, sold_by: User | None, at: dt.datetime, by: str) -> Piece:
    equipment = line.item.equipment
    return Piece.objects.create(
        customer=customer,
        equipment=equipment,
        name=equipment.name if equipment else line.description,
        came=Piece.Came.INVOICE,
        sold_by=sold_by,
        quantity=line.quantity,
        wire_type=equipment.wire_type if equipment else "",
        price=line.unit_price,
        added_at=at,
        added_by=by,
    )


def unbilled_pieces(customer: Customer) -> QuerySet[Piece]:
    """The customer's equipment that is not marked paid, not removed and not on an invoice in force (F41)."""
    live = InvoicedPiece.objects.filter(piece=OuterRef("pk"), released_at=None)
    return unpaid(customer.pieces.filter(~Exists(live))).order_by("pk")


def piece_lines(customer: Customer, *, without: Iterable[int] = ()) -> list[LineInput]:
    """A line for each unbilled piece of the customer, at its own price, by the item that bills its equipment (F41).

    `without`: pieces that are on the document already. Equipment without an active item of its own is billed by the
    predefined item Equipment.
    """
    pieces = list(unbilled_pieces(customer).exclude(pk__in=list(without)))
    if not pieces:
        return []
    company = entered()
    wanted = {piece.equipment_id for piece in pieces} - {None}
    own = company.billable_items.filter(is_active=True, equipment__in=wanted).order_by("-number")
    items: dict[Any, BillableItem] = {item.equipment_id: item for item in own}
    any_ = company.billable_items.get(number=EQUIPMENT_NUMBER)
    return [
        LineInput(
            item=items.get(piece.equipment_id, any_),
            quantity=piece.quantity,
            description=" · ".join(part for part in (piece.name, piece.zone) if part)[:500],
            unit_price=piece.price,
            piece=piece.pk,
        )
        for piece in pieces
    ]


def hold_pieces(customer: Customer, type_: str, inputs: Sequence[LineInput]) -> None:
    """Before an invoice is issued: lock the pieces that its lines bill until it is; quotes and credits bill none.

    Raises InvoicedMeanwhile where one of them cannot be billed (any more), or two lines bill the same.
    """
    asked = [given.piece for given in inputs if given.piece is not None]
    if not asked or type_ != Invoice.Type.INVOICE:
        return
    held = customer.pieces.select_for_update(of=("self",)).filter(pk__in=asked).order_by("pk")
    names = {piece.pk: piece.name for piece in held}
    free = set(unbilled_pieces(customer).filter(pk__in=asked).values_list("pk", flat=True))
    for pk in asked:
        if pk not in free:
            name = names.get(pk, "A piece of equipment")
            raise InvoicedMeanwhile(f"{name} was paid, removed or invoiced meanwhile. Take its line away.")
        free.discard(pk)


def mark_billed(invoice: Invoice, lines: Sequence[InvoiceLine], inputs: Sequence[LineInput]) -> None:
    """Keep which line of a new invoice bills which piece: `inputs` are what the lines were written from, in order."""
    if invoice.type != Invoice.Type.INVOICE:
        return
    InvoicedPiece.objects.bulk_create(
        InvoicedPiece(
            line=line, piece_id=given.piece, way=InvoicedPiece.Way.BILLED, at=invoice.issued_at, by=invoice.issued_by
        )
        for line, given in zip(lines, inputs, strict=True)
        if given.piece is not None
    )


def release(invoice: Invoice, *, at: dt.datetime) -> None:
    """The invoice was voided: its pieces stay on the customer, and may be invoiced again."""
    InvoicedPiece.objects.filter(line__invoice=invoice, released_at=None).update(released_at=at)


def billed_on(invoice: Invoice) -> dict[int, int]:
    """Which piece each line of an invoice in force bills: {line's id: piece's id}."""
    rows = InvoicedPiece.objects.filter(line__invoice=invoice, released_at=None, way=InvoicedPiece.Way.BILLED)
    return dict(rows.values_list("line_id", "piece_id"))


def pieces_of(invoice: Invoice) -> int:
    """How many pieces of equipment the invoice bills, or has brought."""
    return InvoicedPiece.objects.filter(line__invoice=invoice, released_at=None).count()


def invoices_of_pieces(customer: Customer) -> Mapping[int, Invoice]:
    """The invoice in force that each of the customer's pieces is on, by piece: one query."""
    rows = InvoicedPiece.objects.filter(piece__customer=customer, released_at=None)
    return {row.piece_id: row.line.invoice for row in rows.select_related("line__invoice")}
