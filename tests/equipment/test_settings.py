"""How does the office keep its catalogue and its packages?"""

from decimal import Decimal

from alarmdesk.equipment.testing import make_equipment, make_package, make_piece
from alarmdesk.invoicing.testing import make_item

MOTION = {"name": "Motion detector", "code": "PIR-9", "kind": "motion", "wire_type": "wireless"}
MOTION |= {"default_price": "$1,045.50", "is_active": "on"}


def test_equipment_is_added_changed_and_deleted_while_nothing_has_it(shop):
    root = f"{shop.root}/settings/equipment"
    assert shop.client.post(f"{root}/new/", MOTION).status_code == 302
    with shop.inside():
        made = shop.company.equipment.get(code="PIR-9")
        assert made.default_price == Decimal("1045.5")
    twice = shop.client.post(f"{root}/new/", MOTION | {"code": "pir-9"})
    assert "Another piece of equipment has the code “pir-9”." in twice.content.decode()
    assert shop.client.post(f"{root}/{made.pk}/", MOTION | {"default_price": "-1"}).status_code == 422
    with shop.inside():
        piece = make_piece(shop.dana, made)
    refused = shop.client.post(f"{root}/{made.pk}/delete/")
    assert "Turn it off instead: it stays on what has it." in refused.content.decode()
    with shop.inside():
        piece.delete()
        item = make_item(item_class="product", equipment=made)
    assert shop.client.post(f"{root}/{made.pk}/delete/").status_code == 422, "a billable item bills it"
    with shop.inside():
        item.delete()
    assert shop.client.post(f"{root}/{made.pk}/delete/").status_code == 302
    with shop.inside():
        assert not shop.company.equipment.filter(pk=made.pk).exists()


def test_a_package_is_put_together_line_by_line_without_javascript(shop):
    with shop.inside():
        panel, contact = make_equipment("Touch panel", "320.00"), make_equipment("Door contact", "28.50")
    url = f"{shop.root}/settings/packages/new/"
    typed = {"name": "Starter", "description": "Three doors", "is_active": "on", "lines": "1"}
    typed |= {"line-0-equipment": panel.pk, "line-0-quantity": "1", "line-0-charge": "299"}
    more = shop.client.post(url, typed | {"add_line": "1"})
    assert more.status_code == 200
    assert more.content.decode().count("-quantity") >= 2
    assert 'value="Starter"' in more.content.decode(), "what was typed stays"
    with shop.inside():
        assert not shop.company.packages.exists()
    typed |= {"lines": "2", "line-1-equipment": contact.pk, "line-1-quantity": "3", "line-1-charge": ""}
    assert shop.client.post(url, typed).status_code == 302
    with shop.inside():
        package = shop.company.packages.get()
        found = package.lines.values_list("equipment__name", "quantity", "charge")
        assert list(found) == [("Touch panel", Decimal(1), Decimal(299)), ("Door contact", Decimal(3), Decimal("28.5"))]
    shown = shop.client.get(f"{shop.root}/settings/packages/").content.decode()
    assert "1 × Touch panel, 3 × Door contact" in shown
    assert "$384.50" in shown


def test_a_package_has_at_least_one_of_each_and_at_least_one_line(shop):
    with shop.inside():
        panel = make_equipment("Touch panel")
    url = f"{shop.root}/settings/packages/new/"
    typed = {"name": "Starter", "is_active": "on", "lines": "1", "line-0-quantity": "1"}
    empty = shop.client.post(url, typed)
    assert "Put at least one piece of equipment into the package." in empty.content.decode()
    half = shop.client.post(url, typed | {"line-0-equipment": panel.pk, "line-0-quantity": "0.5"})
    assert "Write 1 or more." in half.content.decode()
    nameless = shop.client.post(url, typed | {"line-0-charge": "10"})
    assert "Choose the equipment." in nameless.content.decode()
    with shop.inside():
        assert not shop.company.packages.exists()


def test_a_package_that_customers_have_is_turned_off_not_deleted(shop):
    with shop.inside():
        package = make_package(name="Starter")
        other = make_package(name="Camera kit")
    shop.client.post(f"{shop.tab}package/", {"package": package.pk})
    refused = shop.client.post(f"{shop.root}/settings/packages/{package.pk}/delete/")
    assert "Customers have Starter. Turn it off instead." in refused.content.decode()
    assert shop.client.post(f"{shop.root}/settings/packages/{other.pk}/delete/").status_code == 302
    with shop.inside():
        assert list(shop.company.packages.values_list("name", flat=True)) == ["Starter"]
