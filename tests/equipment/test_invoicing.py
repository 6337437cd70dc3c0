"""How do invoices and equipment know of each other (F31, F41)? Each line brings its piece once, each piece is billed
once, and PostgreSQL says so when two press at once.
"""

import re
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.actions import convert_lead
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_lead
from alarmdesk.equipment.actions import change_pieces, remove_pieces
from alarmdesk.equipment.models import Piece
from alarmdesk.equipment.permissions import equipment
from alarmdesk.equipment.testing import make_equipment, make_piece
from alarmdesk.invoicing import audit
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.equipping import InvoicedMeanwhile, NothingToTake, piece_lines, take_invoiced, untaken_lines
from alarmdesk.invoicing.models import InvoicedPiece
from alarmdesk.invoicing.testing import line, make_invoice, make_item, make_recurring, mmr
from alarmdesk.office.testing import signed_in

BY = {"at": OPENED, "by": "Rosa Calderon"}
HTMX = {"HTTP_HX_REQUEST": "true"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def product(name: str = "Motion detector", price: str = "45.00"):
    """A billable item that bills an entry of the catalogue."""
    return make_item(code=name, description=name, item_class="product", equipment=make_equipment(name, price))


def of(customer) -> list[tuple[str, Decimal, Decimal]]:
    return list(customer.pieces.order_by("pk").values_list("name", "quantity", "price"))


# --- F31: from invoices to the customer


def test_f31_every_invoiced_piece_is_taken_once_and_fee_and_monitoring_are_left_alone(shop):
    with shop.inside():
        items = {item.number: item for item in shop.company.billable_items.all()}
        motion = product()
        make_invoice(shop.dana, lines=[
            line("45.00", "2", motion), line("99.00", item=items[2]), line("39.95", item=mmr()),
            line("85.00", item=items[5]),
        ])  # fmt: skip
        make_invoice(shop.dana, lines=[line("310.00", item=items[1], description="Touch panel")])
        for kind in ("quote", "credit"):
            make_invoice(shop.dana, type=kind, lines=[line("45.00", item=motion)])
    shown = text_of(shop.client.get(shop.tab))
    assert "2 lines of invoiced equipment are not on this customer yet." in shown
    asked = text_of(shop.client.get(f"{shop.tab}invoiced/"))
    assert "Motion detector 1 2 $45.00 Touch panel 2 1 $310.00" in asked
    answer = shop.client.post(f"{shop.tab}invoiced/", {"sold_by": shop.rosa.user_id})
    assert answer.status_code == 302
    with shop.inside():
        assert of(shop.dana) == [
            ("Motion detector", Decimal(2), Decimal(45)),
            ("Touch panel", Decimal(1), Decimal(310)),
        ]
        assert {piece.came for piece in shop.dana.pieces.all()} == {Piece.Came.INVOICE}
        assert {piece.sold_by_id for piece in shop.dana.pieces.all()} == {shop.rosa.user_id}
        with pytest.raises(NothingToTake):
            take_invoiced(customer=shop.dana, sold_by=None, **BY)
    after = text_of(shop.client.get(shop.tab))
    assert "not on this customer yet" not in after
    assert "Invoice 1" in after
    again = shop.client.post(f"{shop.tab}invoiced/", {}, follow=True)
    assert "Everything that was invoiced is on the customer already." in text_of(again)


def test_f31_a_leads_chosen_quote_becomes_an_invoice_whose_equipment_is_taken(shop):
    with shop.inside():
        lead = make_lead()
        motion = product()
        chosen = make_invoice(lead, type="quote", lines=[line("45.00", "3", motion), line("39.95")])
        make_invoice(lead, type="quote", lines=[line("40.00", "9", motion)])
        convert_lead(lead, at=OPENED, by="Rosa")
        make_invoice(lead, lines=copied_lines(chosen))
        take_invoiced(customer=lead, sold_by=None, **BY)
        assert of(lead) == [("Motion detector", Decimal(3), Decimal(45))]


def test_f31_a_void_invoice_offers_nothing_and_one_issued_anew_doubles_nothing(shop):
    with shop.inside():
        lines = [line("45.00", "2", product())]
        first = make_invoice(shop.dana, lines=lines)
        take_invoiced(customer=shop.dana, sold_by=None, **BY)
        (piece,) = shop.dana.pieces.all()
    page = shop.client.get(f"{shop.root}/invoices/{first.pk}/void/")
    assert "1 piece of equipment on it stays with the customer and may be invoiced again." in page.content.decode()
    with shop.inside():
        void(first, reason="Wrong term", **BY)
        assert not untaken_lines(shop.dana).exists(), "a line of a void invoice is offered no more"
        assert of(shop.dana) == [("Motion detector", Decimal(2), Decimal(45))], "what was taken stays"
        second = make_invoice(shop.dana, lines=[line("40.00", "2", lines[0].item)])
        assert take_invoiced(customer=shop.dana, sold_by=None, **BY) == [piece], "taken over, not made again"
        assert of(shop.dana) == [("Motion detector", Decimal(2), Decimal(40))]
        live = InvoicedPiece.objects.get(released_at=None)
        assert live.line.invoice == second
        assert list(audit.differences()) == []


def test_f31_two_who_press_at_once_take_each_line_once(shop):
    with shop.inside():
        make_invoice(shop.dana, lines=[line("45.00", str(count), product(f"Sensor {count}")) for count in (1, 2, 3)])
    gate = threading.Barrier(4)
    outcomes: list[str] = []

    def press() -> None:
        gate.wait()
        try:
            with inside(shop.company):
                outcomes.append(f"took {len(take_invoiced(customer=shop.dana, sold_by=None, **BY))}")
        except NothingToTake:
            outcomes.append("nothing")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["nothing", "nothing", "nothing", "took 3"]
    with shop.inside():
        assert len(of(shop.dana)) == 3


def test_f31_postgresql_gives_a_line_its_piece_once_for_ever(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, lines=[line("45.00", item=product())])
        (piece,) = take_invoiced(customer=shop.dana, sold_by=None, **BY)
        other = make_piece(shop.dana)
        row = invoice.lines.get()
        with pytest.raises(IntegrityError, match="invoicing_line_has_one_piece"), transaction.atomic():
            InvoicedPiece.objects.create(line=row, piece=other, way="taken", **BY)
        second = make_invoice(shop.dana, lines=[line("45.00", item=product("Siren"))]).lines.get()
        with pytest.raises(IntegrityError, match="invoicing_piece_on_one_invoice"), transaction.atomic():
            InvoicedPiece.objects.create(line=second, piece=piece, way="taken", **BY)
        for change in ("delete from invoicing_invoicedpiece", "update invoicing_invoicedpiece set by = 'x'"):
            refused = pytest.raises(DatabaseError, match="a line keeps the piece")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)


# --- F41: from the customer to an invoice


def test_f41_all_equipment_not_paid_and_on_no_invoice_is_offered_at_its_own_price(shop):
    with shop.inside():
        motion = product()
        make_piece(shop.dana, motion.equipment, quantity=Decimal(2), price=Decimal(40), zone_number=3, zone_name="Hall")
        camera = make_piece(shop.dana, make_equipment("Camera", "199.00"))
        paid, gone = make_piece(shop.dana, paid_on=OPENED.date()), make_piece(shop.dana)
        remove_pieces([gone], on=OPENED.date(), by="Rosa")
        make_invoice(shop.dana, lines=[line("310.00", item=product("Panel"))])
        take_invoiced(customer=shop.dana, sold_by=None, **BY)
        found = piece_lines(shop.dana)
        assert [(one.item.code, one.description, one.quantity, one.unit_price) for one in found] == [
            ("Motion detector", "Motion detector · 3 Hall", Decimal(2), Decimal(40)),
            ("Equipment", "Camera", Decimal(1), Decimal(199)),
        ]
        assert found[1].piece == camera.pk
        assert paid.pk not in {one.piece for one in found}
        invoice = make_invoice(shop.dana, lines=found)
        assert str(invoice.sub_total) == "279.00"
        assert piece_lines(shop.dana) == []
        assert not untaken_lines(shop.dana).exists(), "what was billed from the customer does not come back as new"
        void(invoice, reason="Wrong", **BY)
        assert len(piece_lines(shop.dana)) == 2
        assert list(audit.differences()) == []


def sheet_of(shop, **fields):
    with shop.inside():
        term = shop.company.terms.get(days=15).pk
    return {"type": "invoice", "sale_on": "2026-11-21", "term": term, "po_number": "", "note": "", **fields}


def rows_of(answer) -> dict[str, str]:
    """The lines as the browser would send them back."""
    html = answer.content.decode()
    sent: dict = {"line": re.findall(r'name="line" value="(\d+)"', html)}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="(line-\d+-\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            sent[name[1]] = value[1] if value else ""
    for key, body in re.findall(r'<select name="line-(\d+)-item".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="(\d+)" selected', body)
        sent[f"line-{key}-item"] = chosen[1] if chosen else ""
    return sent


def test_f41_the_button_fills_the_invoice_and_each_piece_knows_its_line(shop):
    with shop.inside():
        first, second = make_piece(shop.dana, product().equipment), make_piece(shop.dana, zone_name="Garage")
    new = f"{shop.root}/customers/{shop.dana.pk}/invoices/new/"
    assert b"Add Unpaid Equipment" in shop.client.get(new).content
    pressed = shop.client.post(f"{new}sheet/", sheet_of(shop, do="equipment"), **HTMX)
    assert b"Add Unpaid Equipment" not in pressed.content, "all of it stands on the lines"
    lines = rows_of(pressed)
    twice = shop.client.post(f"{new}sheet/", sheet_of(shop, do="equipment", **lines), **HTMX)
    assert rows_of(twice) == lines, "pressed again adds nothing"
    saved = shop.client.post(new, sheet_of(shop, **lines))
    assert saved.status_code == 302
    with shop.inside():
        invoice = shop.dana.invoices.get()
        bonds = InvoicedPiece.objects.order_by("line__position").values_list("piece_id", "way", "line__invoice_id")
        assert list(bonds) == [(first.pk, "billed", invoice.pk), (second.pk, "billed", invoice.pk)]
    assert b"Add Unpaid Equipment" not in shop.client.get(new).content
    late = shop.client.post(new, sheet_of(shop, **lines))
    assert late.status_code == 422
    assert "was paid, removed or invoiced meanwhile. Take its line away." in late.content.decode()
    with shop.inside():
        assert shop.dana.invoices.count() == 1, "nothing half written"


def test_f41_a_row_that_is_given_another_item_bills_its_piece_no_more(shop):
    with shop.inside():
        make_piece(shop.dana, product().equipment)
        labor = shop.company.billable_items.get(number=5)
    new = f"{shop.root}/customers/{shop.dana.pk}/invoices/new/"
    lines = rows_of(shop.client.post(f"{new}sheet/", sheet_of(shop, do="equipment"), **HTMX))
    key = lines["line"][0]
    shop.client.post(new, sheet_of(shop, **lines | {f"line-{key}-item": labor.pk}))
    with shop.inside():
        assert shop.dana.invoices.count() == 1
        assert not InvoicedPiece.objects.exists()
        assert len(piece_lines(shop.dana)) == 1


def test_f41_quotes_and_recurring_invoices_bill_no_piece(shop):
    with shop.inside():
        make_piece(shop.dana)
        make_invoice(shop.dana, type="quote", lines=piece_lines(shop.dana))
        make_recurring(shop.dana, lines=piece_lines(shop.dana))
        assert len(piece_lines(shop.dana)) == 1
    recurring = shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/recurring/new/")
    assert recurring.status_code == 200
    assert b"Add Unpaid Equipment" not in recurring.content


def test_f41_a_neighbours_piece_or_another_customers_is_refused(shop):
    with shop.inside():
        from alarmdesk.customers.testing import make_customer

        theirs = make_piece(make_customer(account_number="X-1"))
        bad = line("45.00", item=product(), piece=theirs.pk)
        with pytest.raises(InvoicedMeanwhile):
            make_invoice(shop.dana, lines=[bad])
        mine = make_piece(shop.dana)
        with pytest.raises(InvoicedMeanwhile):
            make_invoice(shop.dana, lines=[line("1", piece=mine.pk), line("1", piece=mine.pk)])
        assert not shop.dana.invoices.exists()


def test_f41_two_invoices_written_at_once_bill_a_piece_once(shop):
    with shop.inside():
        make_piece(shop.dana)
        lines = piece_lines(shop.dana)
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def write() -> None:
        gate.wait()
        try:
            with inside(shop.company):
                make_invoice(shop.dana, lines=lines)
                outcomes.append("issued")
        except InvoicedMeanwhile:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["issued", "refused"]
    with shop.inside():
        assert shop.dana.invoices.count() == 1


def test_marking_a_piece_paid_takes_it_off_the_offer(shop):
    with shop.inside():
        piece = make_piece(shop.dana)
        change_pieces([piece], {"paid_on": OPENED.date()}, by="Rosa")
        assert piece_lines(shop.dana) == []


# --- the audit and the grants


def test_the_audit_finds_a_bond_that_its_invoice_does_not_bear_out(shop):
    with shop.inside():
        invoice = make_invoice(shop.dana, lines=[line("45.00", item=product())])
        take_invoiced(customer=shop.dana, sold_by=None, **BY)
        assert list(audit.differences()) == []
        InvoicedPiece.objects.update(released_at=OPENED)
        (found,) = audit.differences()
        assert (found.noun, found.number, found.stored, found.recomputed) == (
            "invoice", str(invoice.number), "released", "in force",
        )  # fmt: skip


def test_taking_invoiced_equipment_takes_both_grants(shop):
    with shop.inside():
        make_invoice(shop.dana, lines=[line("45.00", item=product())])
    clerk = signed_in(make_staff(shop.company, customers.view, equipment.view, equipment.create))
    assert b"Add Invoiced Equipment" not in clerk.get(shop.tab).content
    assert clerk.get(f"{shop.tab}invoiced/").status_code == 403
