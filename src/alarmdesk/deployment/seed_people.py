"""What does the demo's office remember of its customers? Call lists, agencies, tags, notes, tickets and files, made by
the rooms' own verbs.
"""

import datetime as dt
from io import BytesIO

from PIL import Image, ImageDraw

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company, User
from alarmdesk.customers.actions import change_customer
from alarmdesk.customers.agencies import pick_agency, save_agency, serving
from alarmdesk.customers.contacts import ContactFacts, PhoneFacts, add_contact
from alarmdesk.customers.filing import keep_file
from alarmdesk.customers.models import Agency, Customer, LeadStage, Tag, Ticket
from alarmdesk.customers.pipeline import change_opportunity, stages
from alarmdesk.customers.tagging import tag_customer
from alarmdesk.customers.ticketing import close_tickets, comment, let_wait, open_ticket, write_note
from alarmdesk.lib import clock

Kind = Agency.Kind
NEIGHBORS = ("Mae Lindqvist", "Jo Ferrer", "Hal Okafor", "Priya Sato", "Theo Vance")
TAGS = (
    ("VIP", Tag.Colour.BLUE), ("Storm 2026", Tag.Colour.AMBER), ("Slow payer", Tag.Colour.RED),
    ("Dog in the yard", Tag.Colour.GREY),
)  # fmt: skip
WORK = (
    ("Keypad beeps at night.\nShe has changed the batteries twice.", Ticket.Priority.HIGH, -2),
    ("Wants a quote for two outdoor cameras", Ticket.Priority.MEDIUM, 3),
    ("Ask for the new alarm permit, see https://www.cityoftulsa.org", Ticket.Priority.LOW, 12),
    ("Call back about the last invoice", Ticket.Priority.MEDIUM, 0),
    ("Smoke detector in the hall is ten years old", Ticket.Priority.HIGH, 6),
    ("Moving in the spring: keep the number?", Ticket.Priority.LOW, None),
)
SOURCES = ("Web site", "A customer's word", "Home show", "Truck seen")
STEPS = ("Call back", "Walk through the house", "Send the quote", "Ask about the quote")


def remember(company: Company, *, area_code: str) -> None:
    """Fill the call lists and notes of a sample dealer; called with no transaction open, for files are kept so."""
    now = clock.now()
    with inside(company):
        colleagues = [place.user for place in company.staff.select_related("user").order_by("pk")]
        rows = company.customers.filter(stage=Customer.Stage.CUSTOMER).order_by("pk")
        people = list(rows.prefetch_related("addresses", "phones"))
        _directory(area_code, sorted({place.zip_code[:5] for one in people if (place := one.service_address)}))
        for number, customer in enumerate(people):
            _call_list(customer, number, area_code, now)
            if number % 3 == 0:
                name, colour = TAGS[number // 3 % len(TAGS)]
                tag_customer(customer, name, colour=colour, at=now, by=SYSTEM.name)
        _work(people, colleagues, now)
        _sell(list(company.customers.filter(stage=Customer.Stage.LEAD).order_by("pk")), colleagues, now)
    for customer in people[:3]:
        drawing = BytesIO(_floor_plan())
        keep_file(
            company, customer.pk, name="Floor plan.png", source=drawing, expected=len(drawing.getvalue()), at=now,
            actor=Actor("staff", str(colleagues[0]), colleagues[0].pk),
        )  # fmt: skip


def _directory(area_code: str, zip_codes: list[str]) -> None:
    for kind, name, line in (
        (Kind.POLICE, "City Police", "0911"), (Kind.FIRE, "Fire Department", "0912"),
        (Kind.MEDICAL, "County Ambulance", "0913"), (Kind.GUARD, "Night Watch Patrol", "0914"),
    ):  # fmt: skip
        save_agency(Agency(kind=kind, name=name, phone=f"+1{area_code}555{line}", zip_codes=zip_codes))


def _call_list(customer: Customer, number: int, area_code: str, now: dt.datetime) -> None:
    """The premises' own person first, then two neighbors, of whom the second holds the keys (domain.md E7)."""
    own = ContactFacts(
        name=customer.name[:80], relation="Premises", may_cancel=True, may_test=True, may_edit=True, may_ask=True,
        is_verifier=True,
    )  # fmt: skip
    phones = [PhoneFacts(phone.number) for phone in customer.phones.all()[:1]]
    add_contact(customer=customer, facts=own, phones=phones, passcode=f"maple {number}", at=now, by=SYSTEM.name)
    for n in range(2):
        facts = ContactFacts(
            name=NEIGHBORS[(number + n) % len(NEIGHBORS)], relation="Neighbor", may_cancel=n == 0, is_key_holder=n == 1
        )
        line = [PhoneFacts(f"({area_code}) 555-{100 + number + 40 * n:04d}")]
        add_contact(customer=customer, facts=facts, phones=line, passcode=f"birch {number}", at=now, by=SYSTEM.name)
    if number % 4 == 0:
        for agency in serving(customer)[:2]:
            pick_agency(customer=customer, agency=agency, permit_number=f"AL-{7700 + number}", at=now, by=SYSTEM.name)


def _work(people: list[Customer], colleagues: list[User], now: dt.datetime) -> None:
    for n, (text, priority, days) in enumerate(WORK * 2):
        customer = people[n * 3 % len(people)]
        by = str(colleagues[n % len(colleagues)])
        note = write_note(customer=customer, text=text, at=now - dt.timedelta(days=n + 1), by=by)
        due_on = None if days is None else customer.company.local_date(now) + dt.timedelta(days=days)
        assignee = None if n % 4 == 3 else colleagues[n % len(colleagues)]
        ticket = open_ticket(note, assignee=assignee, due_on=due_on, priority=priority, at=note.written_at, by=by)
        if n % 5 == 1:
            comment(ticket, "Left a voice mail.", at=now, by=by)
            let_wait(ticket, at=now, by=by)
        if n % 5 == 4:
            close_tickets([ticket], at=now, by=by)
    write_note(customer=people[0], text="The gate code is in the key box.", at=now, by=str(colleagues[0]))


def _sell(found: list[Customer], colleagues: list[User], now: dt.datetime) -> None:
    """Leads in every stage, each with what comes next."""
    listed = [stage for stage in stages() if stage.outcome != LeadStage.Outcome.WON]
    for n, lead in enumerate(found):
        stage = listed[n % len(listed)]
        change_customer(lead, sales_rep=colleagues[n % len(colleagues)])
        change_opportunity(
            lead, stage=stage, source=SOURCES[n % len(SOURCES)], expected_mmr=lead.mmr,
            next_step="" if stage.is_lost else STEPS[n % len(STEPS)],
            next_step_on=None if stage.is_lost else lead.company.local_date(now) + dt.timedelta(days=n % 9 - 1),
            lost_reason="Stays with the dealer that they have" if stage.is_lost else "", at=now,
        )  # fmt: skip


def _floor_plan() -> bytes:
    """A drawing of four rooms, for the preview of pictures."""
    plan = Image.new("RGB", (960, 640), "#ffffff")
    pen = ImageDraw.Draw(plan)
    for box in ((40, 40, 920, 600), (40, 40, 460, 340), (460, 40, 920, 340), (40, 340, 640, 600)):
        pen.rectangle(box, outline="#14181f", width=6)
    for x, y in ((60, 320), (480, 60), (660, 580)):
        pen.ellipse((x, y, x + 26, y + 26), fill="#2347c5")
    made = BytesIO()
    plan.save(made, "png")
    return made.getvalue()
