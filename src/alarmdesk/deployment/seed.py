"""Who lives in the demo? Two dealers with half a year of real nights behind them, and the operator that bills them.

Nothing is faked: customers are added, cards stored in the simulator's vault, and each month's nights are run with the
clock held at that night, so that the books balance with the gateway's statement from the first minute.
"""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import httpx
from django.conf import settings

from alarmdesk.company.actions import appoint
from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, Group, User
from alarmdesk.customers.actions import AddressData, PhoneData, add_customer
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.deployment.demo import SignIn
from alarmdesk.deployment.seed_credit import check_credit
from alarmdesk.deployment.seed_papers import lay_out
from alarmdesk.deployment.seed_people import remember
from alarmdesk.deployment.seed_schedule import fill_the_week, hire
from alarmdesk.deployment.seed_work import Works, equip, place_one_on_test, set_up
from alarmdesk.deployment.troubles import befall, token_of
from alarmdesk.invoicing.models import MMR_NUMBER, BillableItem, StateTax, Term
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.invoicing.schedules import schedule
from alarmdesk.lib import clock
from alarmdesk.lib.recurrence import add_months
from alarmdesk.office.opening import open_company
from alarmdesk.payments.gateways.choosing import port_of
from alarmdesk.payments.gateways.port import StoreRequest, Token
from alarmdesk.payments.methods import enrol
from alarmdesk.payments.models import BillingMethod, Gateway
from alarmdesk.payments.night import night, open_night, starts
from alarmdesk.portal.models import AccountHolder

PASSWORD = "demo alarm desk"  # noqa: S105  (the demo prints it)
TECHNICIAN = "theo@northgate.example"
TEST_CARD = "00000000-000000-000000-000000000000"
TEST_ACCOUNT = "11111111-111111-111111-111111111111"
MONTHS_OF_HISTORY = 6


@dataclass(frozen=True, slots=True)
class Dealer:
    """What tells one sample dealer from another."""

    name: str
    slug: str
    time_zone: str
    colour: str
    owner: tuple[str, str]
    city: str
    state: str
    zip_code: str
    area_code: str
    tax: str
    customers: int


NORTHGATE = Dealer(
    "Northgate Security", "northgate", "America/Chicago", "#2347c5", ("Rosa Calderon", "rosa@northgate.example"),
    "Tulsa", "OK", "74104", "918", "8.517", 48,
)  # fmt: skip
HARBORLINE = Dealer(
    "Harborline Alarm", "harborline", "America/New_York", "#0b6b40", ("Marcus Tran", "marcus@harborline.example"),
    "Portland", "ME", "04101", "207", "5.5", 14,
)  # fmt: skip
FIRST_NAMES = (
    "Dana",
    "Luis",
    "Priya",
    "Sam",
    "Jo",
    "Marisol",
    "Theo",
    "Anne",
    "Nora",
    "Hal",
    "Ines",
    "Kofi",
    "Mei",
    "Omar",
)
LAST_NAMES = (
    "Whitfield",
    "Ferrer",
    "Nair",
    "Okoro",
    "Beckett",
    "Okafor",
    "Lindqvist",
    "Harlan",
    "Sato",
    "Vance",
    "Ibarra",
)
BUSINESSES = ("Hollis & Vance Dental", "Peoria Avenue Market", "Redbud Storage Partners", "Cherry Street Books",
              "First Harbor Bank", "Brookside Lofts")  # fmt: skip
STREETS = ("E 15th St", "S Peoria Ave", "N Elm Pl", "W Kenosha St", "Riverside Dr", "S Yale Ave")


def seed() -> Sequence[SignIn]:
    """Fill an empty, migrated database and the running simulator; the people who can sign in."""
    operator = _operator()
    people: list[SignIn] = []
    dealers = []
    for dealer in (NORTHGATE, HARBORLINE):
        company = _dealer(dealer)
        dealers.append(company)
        _live_through(company)
        with inside(company):
            place_one_on_test(at=clock.now())
            people_out = hire(dealer.slug, password=PASSWORD, at=clock.now(), most=5 if dealer is NORTHGATE else 3)
            fill_the_week(people_out, chance=random.Random(dealer.slug), at=clock.now())  # noqa: S311  (sample data)
        people.append(_person(dealer.owner[0], f"owner of {dealer.name}", f"/{dealer.slug}/", dealer.owner[1]))
    people.insert(1, _colleague(dealers[0]))
    people.insert(2, _person("Theo Sato", "technician of Northgate Security", "/northgate/schedule/mine/", TECHNICIAN))
    for dealer, company in zip((NORTHGATE, HARBORLINE), dealers, strict=True):
        remember(company, area_code=dealer.area_code)
    people.append(_account_holder(dealers[0]))
    befall(dealers[0])
    lay_out(dealers[0])
    check_credit(dealers[0])
    _bill_dealers(operator, dealers)
    people.append(
        _person("Olive Stern", "operator of this installation", f"/{operator.slug}/", "olive@alarmdesk.example")
    )
    _set_outside_clock(None)
    return people


def _person(name: str, what: str, path: str, email: str) -> SignIn:
    return SignIn(who=f"{name}, {what}", path=path, email=email, password=PASSWORD)


def _operator() -> Company:
    at = _beginning(dt.UTC)
    owner = _user("Olive Stern", "olive@alarmdesk.example")
    return open_company(
        name="AlarmDesk Operator", slug="operator", time_zone="America/Denver", at=at, owner=owner, is_operator=True
    )


def _user(name: str, email: str) -> User:
    user: User = User.objects.create_user(email=email, name=name, password=PASSWORD)
    return user


def _beginning(zone: dt.tzinfo) -> dt.datetime:
    """Noon of the day on which the sample dealers opened."""
    day = add_months(clock.now().astimezone(zone).date().replace(day=1), -MONTHS_OF_HISTORY)
    return dt.datetime.combine(day, dt.time(12), zone)


def _dealer(dealer: Dealer) -> Company:
    """A dealer with its staff, taxes, gateway and customers, as it stood half a year ago."""
    owner = _user(*dealer.owner)
    company = open_company(
        name=dealer.name, slug=dealer.slug, time_zone=dealer.time_zone, at=_beginning(dt.UTC), owner=owner,
        colour=dealer.colour, phone=f"+1{dealer.area_code}5550100", email=f"office@{dealer.slug}.example",
        street="100 Main St", city=dealer.city, state=dealer.state, zip_code=dealer.zip_code,
    )  # fmt: skip
    at = _beginning(company.zone)
    security_key, tokenization_key = f"demo-{dealer.slug}-key", f"demo-{dealer.slug}-tokens"
    _tell_outside(
        "merchants", {"name": dealer.slug, "security_key": security_key, "tokenization_key": tokenization_key}
    )
    _set_outside_clock(at)
    with clock.hold(at), inside(company):
        gateway = Gateway.objects.create(
            name="NMI", credentials={"security_key": security_key}, tokenization_key=tokenization_key
        )
        StateTax.objects.create(state=dealer.state, rate=Decimal(dealer.tax), effective_on=at.date().replace(day=1))
        chance = random.Random(dealer.slug)  # noqa: S311  (sample data)
        works = set_up(owner, prefix=f"{dealer.slug[:2].upper()}-", area_code=dealer.area_code)
        for number in range(dealer.customers):
            _customer(dealer, gateway, number, chance, at, works)
    return company


def _customer(
    dealer: Dealer, gateway: Gateway, number: int, chance: random.Random, at: dt.datetime, works: Works
) -> None:
    """One subscriber: monitored monthly, most of them by card or bank account, some by check; a few leads."""
    is_business, is_lead = number < len(BUSINESSES), number % 12 == 11
    mmr = Decimal(chance.choice(("29.95", "34.95", "39.95", "44.95", "54.95"))) * (3 if is_business else 1)
    customer = _account(dealer, number, chance, at, mmr=Decimal("0.00") if is_lead else mmr, is_lead=is_lead)
    if is_lead:
        return
    recurring = schedule(
        customer=customer,
        anchor_on=at.date() + dt.timedelta(days=1 + number % 27),
        every=1,
        unit="month",
        times=chance.choice((None, 36, 60)),
        term=Term.objects.get(days=0 if number % 3 else 15),
        lines=_lines(mmr, is_business=is_business),
        email_on_generation=number % 2 == 0,
        today=at.date(),
        at=at,
        by=SYSTEM.name,
    )
    equip(works, customer, number, chance, at)
    method = _method(customer, gateway, number, at)
    if method.is_processable:
        enrol(recurring_invoice=recurring, method=method, email_on_attempt=True, at=at, by=SYSTEM.name)


def _account(
    dealer: Dealer, number: int, chance: random.Random, at: dt.datetime, *, mmr: Decimal, is_lead: bool
) -> Customer:
    first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number * 7 % len(LAST_NAMES)]
    is_business = number < len(BUSINESSES)
    home = AddressData(
        kind=Address.Kind.SERVICE,
        street=f"{chance.randrange(100, 9900)} {chance.choice(STREETS)}",
        city=dealer.city,
        state=dealer.state,
        zip_code=dealer.zip_code,
    )
    return add_customer(
        at=at,
        by=SYSTEM.name,
        stage=Customer.Stage.LEAD if is_lead else Customer.Stage.CUSTOMER,
        kind=Customer.Kind.BUSINESS if is_business else Customer.Kind.PERSON,
        first_name=first,
        last_name=last,
        business_name=BUSINESSES[number] if is_business else "",
        email=f"{first}.{last}.{number}@mail.example".lower(),
        mmr=mmr,
        customer_since=None if is_lead else add_months(at.date(), -chance.randrange(1, 60)),
        addresses=[home],
        phones=[PhoneData(number=f"({dealer.area_code}) 555-{1000 + number:04d}", kind=Phone.Kind.MOBILE)],
    )


def _lines(mmr: Decimal, *, is_business: bool) -> list[LineInput]:
    monitoring = BillableItem.objects.get(number=MMR_NUMBER)
    lines = [LineInput(monitoring, Decimal(1), monitoring.description, mmr)]
    if is_business:
        service = BillableItem.objects.filter(item_class=BillableItem.Class.SERVICE).exclude(number=MMR_NUMBER).first()
        if service is not None:
            lines.append(LineInput(service, Decimal(1), "Cellular backup", Decimal("12.00")))
    return lines


def _method(customer: Customer, gateway: Gateway, number: int, at: dt.datetime) -> BillingMethod:
    """Three of five pay by card, one by bank account, one by check; the vault of the simulator keeps the first two."""
    if number % 9 == 4:
        return BillingMethod.objects.create(
            customer=customer, kind=BillingMethod.Kind.MANUAL, nickname="Pays by check", is_default=True, created_at=at,
            created_by=SYSTEM.name,
        )  # fmt: skip
    usual = Token(TEST_ACCOUNT, "ach") if number % 5 == 3 else Token(TEST_CARD, "card")
    token = token_of(number, gateway.tokenization_key) or usual
    stored = port_of(gateway).store(StoreRequest(token, vault_id=f"demo{gateway.pk}c{customer.pk}", name=customer.name))
    return BillingMethod.objects.create(
        customer=customer, kind=stored.kind, gateway=gateway, vault_id=stored.vault_id, brand=stored.brand,
        last_four=stored.last_four, expires_on=stored.expires_on, is_default=True, created_at=at,
        created_by=SYSTEM.name, consent_at=at, consent_text="Agreed by phone to be charged monthly.",
    )  # fmt: skip


def _live_through(company: Company) -> None:
    """Run the nights of the months gone by, one a week and the last one today, at their own hour."""
    today = clock.today(company.zone)
    day = _beginning(company.zone).date() + dt.timedelta(days=1)
    while day <= today:
        at = min(starts(day, company), clock.now())
        _set_outside_clock(at)
        with clock.hold(at):
            run = open_night(company, on=day, at=at, by=SYSTEM.name)
            night(company, on=day, now=clock.now, run=run)
        day = today if day < today < day + dt.timedelta(days=7) else day + dt.timedelta(days=7)


def _colleague(company: Company) -> SignIn:
    """Somebody of the office who may do less than the owner."""
    user = _user("Luis Ferrer", "luis@northgate.example")
    with inside(company):
        appoint(user=user, group=Group.objects.get(name="Office"), title="Office manager", at=clock.now())
    return _person("Luis Ferrer", "office of Northgate Security", "/northgate/", user.email)


def _account_holder(company: Company) -> SignIn:
    """A customer of the first dealer with a sign-in to the portal and something to pay."""
    user = _user("Nora Harlan", "nora@mail.example")
    with inside(company):
        payer = (
            Customer.objects.filter(billing_methods__kind=BillingMethod.Kind.CARD, kind=Customer.Kind.PERSON)
            .order_by("pk")
            .first()
        )
        if payer is None:
            raise RuntimeError("The sample dealer has nobody who pays by card.")
        AccountHolder.objects.create(
            customer=payer, email=user.email, user=user, invited_at=clock.now(), invited_by=SYSTEM.name,
            accepted_at=clock.now(),
        )  # fmt: skip
        _service_call(payer)
    return _person("Nora Harlan", "customer of Northgate Security", "/northgate/portal/", user.email)


def _service_call(customer: Customer) -> None:
    """An invoice by hand, due soon: what the portal's visitor finds to pay."""
    from alarmdesk.invoicing.actions import issue

    item = BillableItem.objects.filter(item_class=BillableItem.Class.LABOR).order_by("number").first()
    if item is None:
        raise RuntimeError("The company has no labor item.")
    issue(
        customer=customer,
        type="invoice",
        sale_on=customer.company.local_date(clock.now()),
        term=Term.objects.get(days=15),
        lines=[LineInput(item, Decimal("1.5"), "Service call: keypad swap", Decimal("95.00"))],
        at=clock.now(),
        by=SYSTEM.name,
    )


def _bill_dealers(operator: Company, dealers: Sequence[Company]) -> None:
    """The dealers are customers of the operator, on the same engine."""
    at = clock.now()
    with inside(operator):
        for dealer in dealers:
            seat = AddressData(
                kind=Address.Kind.SERVICE,
                street=dealer.street,
                city=dealer.city,
                state=dealer.state,
                zip_code=dealer.zip_code,
            )
            customer = add_customer(
                at=at, by=SYSTEM.name, kind=Customer.Kind.BUSINESS, business_name=dealer.name, email=dealer.email,
                mmr=Decimal("149.00"), customer_since=at.date(), addresses=[seat],
            )  # fmt: skip
            monitoring = BillableItem.objects.get(number=MMR_NUMBER)
            schedule(
                customer=customer, anchor_on=add_months(at.date().replace(day=1), 1), every=1, unit="month",
                times=None, term=Term.objects.get(days=15), today=at.date(), at=at, by=SYSTEM.name,
                lines=[LineInput(monitoring, Decimal(1), "AlarmDesk subscription", Decimal("149.00"))],
            )  # fmt: skip


def _tell_outside(path: str, payload: dict[str, object]) -> None:
    """Steer the simulator, which plays the gateway and everything else outside."""
    answer = httpx.post(f"{settings.NMI_URL}/control/{path}", json=payload, trust_env=False, timeout=30)
    answer.raise_for_status()


def _set_outside_clock(at: dt.datetime | None) -> None:
    _tell_outside("clock", {"real": True} if at is None else {"now": at.isoformat()})
