"""What do tests need of this room? Customers and leads, made by the room's own action in the entered company."""

import datetime as dt
from io import BytesIO
from typing import Any

from alarmdesk.company.entering import SYSTEM
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.actions import AddressData, PhoneData, add_customer
from alarmdesk.customers.agencies import save_agency
from alarmdesk.customers.contacts import ContactFacts, PhoneFacts, add_contact
from alarmdesk.customers.filing import keep_file
from alarmdesk.customers.models import Agency, Contact, Customer, CustomerFile, Note, Tagging, Ticket
from alarmdesk.customers.tagging import tag_customer
from alarmdesk.customers.ticketing import open_ticket, write_note

HOME = AddressData(street="2210 E 15th St", city="Tulsa", state="OK", zip_code="74104")
MOBILE = PhoneData("(918) 555-0142")


def make_customer(**fields: Any) -> Customer:
    """An active customer of the entered company with a service address and a phone; any keyword of add_customer."""
    defaults = {
        "at": OPENED,
        "by": "Rosa Calderon",
        "first_name": "Dana",
        "last_name": "Whitfield",
        "email": "dana.whitfield@example.com",
        "addresses": (HOME,),
        "phones": (MOBILE,),
        "customer_since": dt.date(2026, 1, 1),
    }
    return add_customer(**{**defaults, **fields})


def make_lead(**fields: Any) -> Customer:
    """A lead of the entered company."""
    return make_customer(**{"stage": Customer.Stage.LEAD, "customer_since": None, **fields})


def make_contact(customer: Customer, name: str = "Mae Whitfield", **fields: Any) -> Contact:
    """A contact of the customer, the last on the list; any fact of a contact, `passcode` and `phones`."""
    about = {"passcode": "", "phones": (PhoneFacts("(918) 555-0199"),), "at": OPENED, "by": "Rosa Calderon"}
    about |= {key: fields.pop(key) for key in list(fields) if key in about}
    return add_contact(customer=customer, facts=ContactFacts(name=name, **fields), **about)  # type: ignore[arg-type]


def make_agency(name: str = "Tulsa Police", zip_codes: tuple[str, ...] = ("74104",), **fields: Any) -> Agency:
    """An agency of the entered company's directory."""
    agency = Agency(name=name, zip_codes=list(zip_codes), **{"phone": "+19185550100", **fields})
    save_agency(agency)
    return agency


def make_tagging(customer: Customer, name: str = "VIP") -> Tagging:
    """A tag on a customer."""
    tag, _ = tag_customer(customer, name, at=OPENED, by="Rosa Calderon")
    return Tagging.objects.get(customer=customer, tag=tag)


def make_note(customer: Customer, text: str = "The gate code is on the fridge.", **fields: Any) -> Note:
    """A note on a customer."""
    return write_note(customer=customer, text=text, **{"at": OPENED, "by": "Rosa Calderon", **fields})


def make_ticket(customer: Customer, text: str = "Call back about the keypad", **fields: Any) -> Ticket:
    """A note of the customer that is a ticket; any keyword of open_ticket."""
    return open_ticket(make_note(customer, text), **{"at": OPENED, "by": "Rosa Calderon", **fields})


def make_file(customer: Customer, content: bytes = b"Plan", name: str = "plan.txt", **fields: Any) -> CustomerFile:
    """A file on a customer, kept as an upload is. Called with no transaction open."""
    about = {"at": OPENED, "actor": SYSTEM, "expected": len(content), "source": BytesIO(content), **fields}
    return keep_file(customer.company, customer.pk, name=name, **about)
