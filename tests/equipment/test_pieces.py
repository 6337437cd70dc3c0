"""How does equipment come to a customer, change, and go again (F29, F30)?"""

import csv
import datetime as dt
import re
from decimal import Decimal

import pytest

from alarmdesk.company.entering import SYSTEM
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.permissions import customers
from alarmdesk.equipment import actions
from alarmdesk.equipment.permissions import equipment
from alarmdesk.equipment.testing import make_equipment, make_package, make_piece
from alarmdesk.invoicing.equipping import piece_lines
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.office.exporting.nouns import EQUIPMENT
from alarmdesk.office.exporting.streaming import csv_of
from alarmdesk.office.testing import signed_in


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_f29_one_piece_is_added_with_who_sold_it_how_many_and_its_zone(shop):
    with shop.inside():
        motion = make_equipment("Motion detector", "45.00")
    typed = {"sold_by": shop.rosa.user_id, "equipment": motion.pk, "quantity": "2", "zone_number": "3"}
    answer = shop.client.post(f"{shop.tab}new/", typed | {"zone_name": "Hall"})
    assert answer.status_code == 302
    with shop.inside():
        piece = shop.dana.pieces.get()
        assert (piece.name, piece.quantity, piece.zone, piece.sold_by_id) == (
            "Motion detector", Decimal(2), "3 Hall", shop.rosa.user_id,
        )  # fmt: skip
        assert (piece.price, piece.wire_type, piece.state) == (Decimal(45), "wireless", "To install")
    shown = text_of(shop.client.get(shop.tab))
    assert "Motion detector Sold by Rosa Calderon" in shown
    assert "Equipment 1 " in shown, "the tab counts what is on site"


def test_a_wrong_quantity_stands_beside_its_box_and_nothing_is_added(shop):
    with shop.inside():
        motion = make_equipment()
    typed = {"equipment": motion.pk, "quantity": "none", "zone_number": "0", "zone_name": "Hall"}
    answer = shop.client.post(f"{shop.tab}new/", typed | {"installed_on": "2026-11-22"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "The quantity must be a number, such as 2." in shown
    assert "Zones are 1 to 9999." in shown
    assert "Choose a day that is not in the future." in shown
    assert 'value="Hall"' in shown, "what was typed stays"
    with shop.inside():
        assert not shop.dana.pieces.exists()


def test_f30_a_package_puts_every_piece_on_the_customer(shop):
    with shop.inside():
        package = make_package(name="Starter")
    answer = shop.client.post(f"{shop.tab}package/", {"package": package.pk, "sold_by": shop.rosa.user_id})
    assert answer.status_code == 302
    with shop.inside():
        found = shop.dana.pieces.order_by("pk").values_list("name", "quantity", "price", "from_package__name")
        assert list(found) == [
            ("Touch panel", Decimal(1), Decimal(299), "Starter"),
            ("Door contact", Decimal(3), Decimal(25), "Starter"),
        ]


def test_f30_a_package_with_a_piece_that_is_turned_off_adds_nothing(shop):
    with shop.inside():
        panel, old = make_equipment("Touch panel"), make_equipment("Old keypad")
        package = make_package((panel, "1", "10"), (old, "1", "10"), name="Starter")
        old.is_active = False
        old.save()
        with pytest.raises(actions.NotForSale, match=r"Old keypad, which is turned off\. Nothing was added\."):
            actions.add_package(customer=shop.dana, package=package, sold_by=None, at=OPENED, by="Rosa")
        assert not shop.dana.pieces.exists()


def test_what_is_turned_off_stays_on_what_has_it_and_is_chosen_no_more(shop):
    with shop.inside():
        motion = make_equipment("Motion detector")
        make_piece(shop.dana, motion)
        package = make_package((motion, "1", "10"))
        motion.is_active = False
        motion.save()
    assert "no longer in the catalogue" in text_of(shop.client.get(shop.tab))
    assert "Motion detector (off)" in shop.client.get(f"{shop.root}/settings/packages/{package.pk}/").content.decode()
    assert f'<option value="{motion.pk}">' not in shop.client.get(f"{shop.tab}new/").content.decode()
    refused = shop.client.post(f"{shop.tab}new/", {"equipment": motion.pk, "quantity": "1"})
    assert refused.status_code == 422


def test_many_pieces_are_changed_together_and_what_is_left_alone_stays(shop):
    with shop.inside():
        one, two = make_piece(shop.dana, zone_name="Hall"), make_piece(shop.dana, zone_name="Garage")
        other = make_piece(shop.dana)
    form = shop.client.get(f"{shop.tab}change/?ids={one.pk}&ids={two.pk}").content.decode()
    assert "Change 2 pieces of equipment" in form
    typed = {"ids": [one.pk, two.pk], "installed": "yes", "on": "2026-11-20", "wire_type": "hardwired"}
    assert shop.client.post(f"{shop.tab}change/", typed).status_code == 302
    with shop.inside():
        found = shop.dana.pieces.order_by("pk").values_list(
            "zone_name", "wire_type", "installed_on", "installed_by", "paid_on"
        )
        day = dt.date(2026, 11, 20)
        assert list(found) == [
            ("Hall", "hardwired", day, "Rosa Calderon", None),
            ("Garage", "hardwired", day, "Rosa Calderon", None),
            ("", "wireless", None, "", None),
        ]
        assert other.pk
    assert shop.client.post(f"{shop.tab}change/", {"ids": [one.pk]}).status_code == 422, "nothing was said"


def test_what_is_removed_stays_to_be_seen_and_can_be_put_back(shop):
    with shop.inside():
        piece = make_piece(shop.dana, installed_on=dt.date(2026, 11, 10))
    url = f"{shop.root}/equipment/{piece.pk}/remove/"
    early = shop.client.post(url, {"on": "2026-11-09"})
    assert "was installed on November 10, 2026: remove it later." in early.content.decode()
    shop.client.post(url, {"on": "2026-11-20"})
    with shop.inside():
        piece.refresh_from_db()
        assert (piece.state, piece.removed_on, piece.removed_by) == ("Removed", dt.date(2026, 11, 20), "Rosa Calderon")
    assert "Removed" in text_of(shop.client.get(shop.tab + "?show=removed"))
    assert "That was removed before." in shop.client.post(url, {"on": "2026-11-21"}).content.decode()
    shop.client.post(f"{shop.root}/equipment/{piece.pk}/put-back/")
    with shop.inside():
        piece.refresh_from_db()
        assert (piece.state, piece.removed_on, piece.removed_by) == ("Installed", None, "")
        verbs = TrailEntry.objects.filter(table="equipment_piece", row_id=piece.pk).order_by("pk")
        assert [entry.verb for entry in verbs] == ["insert", "update", "update"]
        assert all(entry.customer_id == shop.dana.pk for entry in verbs)


def test_history_tells_of_equipment_in_the_dealers_words(shop):
    with shop.inside():
        piece = make_piece(shop.dana, quantity=Decimal("2.5"))
    shop.client.post(
        f"{shop.root}/equipment/{piece.pk}/",
        {"quantity": "3", "price": "45.00", "wire_type": "wireless", "zone_number": "4", "zone_name": ""},
    )
    told = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/history/?what=equipment_piece"))
    assert "Piece added: Motion detector" in told
    assert re.search(r"Quantity\W+2\.5\W+(to\W+)?3\b", told), told


def test_two_who_change_one_piece_do_not_overwrite_each_other(shop):
    with shop.inside():
        piece = make_piece(shop.dana)
    url = f"{shop.root}/equipment/{piece.pk}/"
    version = re.search(r'name="version" value="([^"]+)"', shop.client.get(url).content.decode())[1]
    typed = {"quantity": "1", "price": "45.00", "wire_type": "wireless"}
    shop.client.post(url, typed | {"zone_name": "Hall"})
    late = shop.client.post(url, typed | {"zone_name": "Garage", "version": version})
    assert late.status_code == 422
    assert "Save anyway" in late.content.decode()
    with shop.inside():
        piece.refresh_from_db()
        assert piece.zone_name == "Hall"


def test_a_tab_of_two_hundred_pieces_takes_as_many_questions_as_one(shop, questions):
    with shop.inside():
        package, motion = make_package(), make_equipment()
        actions.add_package(customer=shop.dana, package=package, sold_by=shop.rosa.user, at=OPENED, by="Rosa")
        make_piece(shop.dana, motion)
    few = questions(shop.client, shop.tab)
    with shop.inside():
        for _ in range(20):
            actions.add_package(customer=shop.dana, package=package, sold_by=shop.rosa.user, at=OPENED, by="Rosa")
            make_piece(shop.dana, motion)
    assert questions(shop.client, shop.tab) <= few


def test_each_button_takes_its_grant(shop):
    with shop.inside():
        piece = make_piece(shop.dana)
    clerk = signed_in(make_staff(shop.company, customers.view, equipment.view))
    shown = clerk.get(shop.tab).content.decode()
    for words in ("Add equipment", "Add a package", "Add Invoiced Equipment", "/remove/", 'name="ids"'):
        assert words not in shown
    for path in ("new/", "package/", "change/", "remove/", "invoiced/"):
        assert clerk.get(shop.tab + path).status_code == 403, path
    assert clerk.get(f"{shop.root}/equipment/{piece.pk}/").status_code == 403
    stranger = signed_in(make_staff(shop.company, equipment.view))
    assert stranger.get(shop.tab).status_code == 403, "who may not see customers sees no equipment of theirs"


def test_equipment_is_exported_with_the_invoice_that_it_is_on(shop):
    with shop.inside():
        make_piece(shop.dana, make_equipment("Motion detector", code="PIR-9"), zone_number=3, zone_name="Hall")
        invoice = make_invoice(shop.dana, lines=piece_lines(shop.dana))
    rows = b"".join(csv_of(shop.company, EQUIPMENT, actor=SYSTEM)).decode().splitlines()
    (found,) = csv.DictReader(rows)
    assert [found[name] for name in ("code", "name", "quantity", "price", "zone_number", "zone_name", "invoice")] == [
        "PIR-9", "Motion detector", "1.000", "45.0000", "3", "Hall", str(invoice.number),
    ]  # fmt: skip
