"""Can a company work as soon as it is open?"""

import pytest

from alarmdesk.company.actions import SlugTaken
from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED, make_user
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, MMR_NUMBER
from alarmdesk.office.actions import held_by
from alarmdesk.office.opening import open_company
from alarmdesk.office.permissions import all_grants
from alarmdesk.office.testing import make_open_company, owner_of


def test_a_new_company_has_five_groups_and_its_owner_may_do_everything():
    company = make_open_company()
    with inside(company):
        names = set(company.groups.values_list("name", flat=True))
    assert names == {"Administrators", "Office", "Accounting", "Sales", "Technicians"}
    owner = owner_of(company)
    assert owner.title == "Owner"
    with inside(company):
        assert owner.grants() is None


def test_a_new_company_can_bill_monitoring_and_activation_at_once():
    company = make_open_company()
    with inside(company):
        numbers = set(company.billable_items.values_list("number", flat=True))
        assert company.terms.filter(is_default=True).count() == 1
    assert {ACTIVATION_FEE_NUMBER, MMR_NUMBER} <= numbers


def test_every_grant_of_a_new_group_is_one_that_a_room_declares():
    company = make_open_company()
    with inside(company):
        held = {grant for group in company.groups.prefetch_related("grants") for grant in held_by(group)}
    assert held
    assert held <= all_grants()


def test_technicians_look_customers_up_and_see_no_money():
    company = make_open_company()
    with inside(company):
        held = {str(grant) for grant in held_by(company.groups.get(name="Technicians"))}
    seen = {"customers.view", "messages.view", "systems.view", "systems.modify", "contacts.view", "tags.view"}
    kept = {"notes.view", "notes.create", "files.view", "files.create"}
    assert held == seen | kept | {"tickets.view", "tickets.create", "tickets.modify", "appointments.own"}


def test_two_companies_cannot_have_one_short_name():
    company = make_open_company()
    with pytest.raises(SlugTaken):
        open_company(name="Other", slug=company.slug, time_zone="America/Denver", at=OPENED, owner=make_user())


@pytest.mark.parametrize("slug", ["account", "companies", "static", "portal", "healthz"])
def test_no_company_can_take_an_address_of_the_house(slug: str):
    with pytest.raises(SlugTaken):
        open_company(name="Other", slug=slug, time_zone="America/Denver", at=OPENED, owner=make_user())
