"""What hangs on the walls of the demo's customers, and who watches over them? Made by the rooms' own verbs."""

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

from alarmdesk.company.entering import SYSTEM
from alarmdesk.company.models import User
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.actions import add_package, add_piece, change_pieces
from alarmdesk.equipment.catalogue import PackageLineInput, save_package
from alarmdesk.equipment.models import Equipment, Package, Piece
from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.catalogue import save_item
from alarmdesk.invoicing.models import BillableItem, Term
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.monitoring.actions import connect, place_on_test, save_zone
from alarmdesk.monitoring.models import AccountBlock, MonitoringCompany, System, Zone
from alarmdesk.monitoring.stations import next_free, save_block

Kind = Equipment.Kind
# name, code, kind, wire type, price; the kind of zone that it protects and where it hangs
CATALOGUE = (
    ("Touch panel, 7 in", "PNL-7", Kind.PANEL, "wireless", "329.00"),
    ("Keypad", "KPD-2", Kind.KEYPAD, "wireless", "89.00"),
    ("Door contact", "DWC-1", Kind.CONTACT, "wireless", "28.50"),
    ("Motion detector", "PIR-9", Kind.MOTION, "wireless", "45.00"),
    ("Glass break detector", "GBD-4", Kind.GLASS, "wireless", "62.00"),
    ("Smoke detector", "SMK-5", Kind.FIRE, "hardwired", "74.00"),
    ("Outdoor camera", "CAM-O", Kind.CAMERA, "network", "189.00"),
    ("LTE communicator", "LTE-M", Kind.COMMUNICATOR, "", "135.00"),
)
OLD = ("3G communicator", "3G-X", Kind.COMMUNICATOR, "", "99.00")
PACKAGES = (
    ("Starter", "Three doors and a hall", (("PNL-7", 1, "299.00"), ("DWC-1", 3, "25.00"), ("PIR-9", 1, "39.00"))),
    ("Fire", "For a house of two floors", (("SMK-5", 3, "69.00"),)),
    ("Shop", "Doors, glass and cameras", (("PNL-7", 1, "319.00"), ("DWC-1", 4, "25.00"), ("GBD-4", 2, "55.00"),
                                          ("CAM-O", 2, "175.00"))),
)  # fmt: skip
ZONES = (
    (1, "Front door", Zone.Kind.ENTRY_EXIT), (2, "Back door", Zone.Kind.PERIMETER), (3, "Hall", Zone.Kind.INTERIOR),
    (4, "Smoke, upstairs", Zone.Kind.FIRE),
)  # fmt: skip
PANELS, COMMUNICATORS = ("Touch 7", "Touch 7", "Hybrid 64"), ("LTE, Verizon", "LTE, AT&T", "IP with LTE backup")


@dataclass(frozen=True, slots=True)
class Works:
    """What a sample dealer works with."""

    packages: list[Package]
    pieces: dict[str, Equipment]
    station: MonitoringCompany
    desk: MonitoringCompany
    seller: User


def set_up(seller: User, *, prefix: str, area_code: str) -> Works:
    """The catalogue, packages, two monitoring companies and a block of numbers, in the entered company."""
    pieces = {}
    for name, code, kind, wire_type, price in (*CATALOGUE, OLD):
        is_active = code != OLD[1]
        pieces[code] = Equipment.objects.create(
            name=name, code=code, kind=kind, wire_type=wire_type, default_price=Decimal(price), is_active=is_active
        )
        if is_active:
            save_item(
                BillableItem(
                    code=name, description=name, item_class=BillableItem.Class.PRODUCT, default_price=Decimal(price),
                    equipment=pieces[code],
                )
            )  # fmt: skip
    packages = []
    for name, description, lines in PACKAGES:
        packages.append(Package(name=name, description=description))
        inputs = [PackageLineInput(pieces[code], Decimal(count), Decimal(charge)) for code, count, charge in lines]
        save_package(packages[-1], inputs)
    station = MonitoringCompany.objects.create(name="Prairie Central Station", phone=f"+1{area_code}5550177")
    desk = MonitoringCompany.objects.create(name="Our own desk", is_in_house=True)
    for monitoring_company, first, last in ((station, 100, 299), (desk, 1, 50)):
        save_block(AccountBlock(monitoring_company=monitoring_company, prefix=prefix, first=first, last=last, digits=4))
    return Works(packages, pieces, station, desk, seller)


def equip(works: Works, customer: Customer, number: int, chance: random.Random, at: dt.datetime) -> None:
    """One subscriber's equipment and system: most are online, some wait for a technician, one in twenty is out."""
    is_shop = customer.kind == Customer.Kind.BUSINESS
    by = SYSTEM.name
    added = add_package(
        customer=customer, package=works.packages[2 if is_shop else 0], sold_by=works.seller, at=at, by=by
    )
    if number % 3 == 0:
        added += add_package(customer=customer, package=works.packages[1], sold_by=works.seller, at=at, by=by)
    since = customer.customer_since or at.date()
    if number % 8 != 5:
        change_pieces(added, {"installed_on": since, "paid_on": since}, by=by)
    _place(added)
    if number % 5 == 2:
        camera = works.pieces["CAM-O"]
        add_piece(
            customer=customer, equipment=camera, sold_by=works.seller, zone_name="Driveway", zone_number=9, at=at, by=by
        )
    if number % 7 == 3:
        _bill(works, customer, at)
    if number % 8 != 5:
        _watch(works, customer, number, chance, at)


def _place(pieces: list[Piece]) -> None:
    """The pieces hang in zones, one after the other."""
    for (number, name, _), piece in zip(ZONES, pieces[1:], strict=False):
        change_pieces([piece], {"zone_number": number, "zone_name": name}, by=SYSTEM.name)


def _bill(works: Works, customer: Customer, at: dt.datetime) -> None:
    """An invoice of equipment that nobody has put on the customer yet: Add Invoiced Equipment finds it."""
    contact = BillableItem.objects.get(equipment=works.pieces["DWC-1"])
    issue(
        customer=customer,
        type="invoice",
        sale_on=at.date(),
        term=Term.objects.get(days=15),
        lines=[LineInput(contact, Decimal(2), "Door contact, garage", Decimal("28.50"))],
        at=at,
        by=SYSTEM.name,
    )


def _watch(works: Works, customer: Customer, number: int, chance: random.Random, at: dt.datetime) -> None:
    station = works.desk if number % 11 == 0 else works.station
    system = connect(
        customer=customer, monitoring_company=station, account_number=next_free(station), receiver_number="2",
        panel_type=chance.choice(PANELS), communicator=chance.choice(COMMUNICATORS),
        online_on=customer.customer_since or at.date(), out_of_service_on=at.date() if number % 20 == 6 else None,
        at=at, by=SYSTEM.name,
    )  # fmt: skip
    for zone_number, name, kind in ZONES[: 3 + number % 2]:
        save_zone(Zone(system=system, zone_number=zone_number, name=name, kind=kind))


def place_one_on_test(*, at: dt.datetime) -> None:
    """Somebody of the entered company's customers is on test at this moment."""
    system = System.objects.filter(out_of_service_on=None).order_by("pk").first()
    if system is not None:
        place_on_test(
            system, until_at=at + dt.timedelta(hours=2), reason="New keypad", asked_by="The customer", at=at,
            by=SYSTEM.name,
        )  # fmt: skip
