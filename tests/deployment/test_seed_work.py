"""Does the demo's equipment hold together? Made by the rooms' own verbs, it leaves something for every button."""

import random

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer
from alarmdesk.deployment.seed_work import equip, place_one_on_test, set_up
from alarmdesk.invoicing import audit
from alarmdesk.invoicing.equipping import piece_lines, untaken_lines
from alarmdesk.monitoring.queries import running
from alarmdesk.office.testing import make_open_company, owner_of


def test_the_sample_dealers_customers_have_equipment_and_systems():
    company = make_open_company()
    seller = owner_of(company).user
    with inside(company):
        works = set_up(seller, prefix="NO-", area_code="918")
        chance = random.Random("northgate")
        people = [make_customer(kind=Customer.Kind.BUSINESS if n < 2 else Customer.Kind.PERSON) for n in range(22)]
        for number, person in enumerate(people):
            equip(works, person, number, chance, OPENED)
        place_one_on_test(at=OPENED)
        assert company.systems.count() == len([n for n in range(22) if n % 8 != 5])
        assert company.systems.filter(out_of_service_on__isnull=False).count() == 1
        assert running(company, at=OPENED).count() == 1
        assert [len(untaken_lines(people[3])), len(piece_lines(people[5]))] == [1, 3]
        assert list(audit.differences()) == []
