"""How far is the selling to a lead: in the company's own stages, on the board, in the list, until it is won or lost?"""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import OPENED, make_bare_company
from alarmdesk.customers import pipeline
from alarmdesk.customers.actions import convert_lead
from alarmdesk.customers.models import LeadStage, Opportunity
from alarmdesk.customers.permissions import customers, lead_stages, leads
from alarmdesk.customers.testing import make_customer, make_lead

LATER = OPENED + dt.timedelta(days=3)


def stage(name: str) -> LeadStage:
    return next(one for one in pipeline.stages() if one.name == name)


def names() -> list[str]:
    return [one.name for one in pipeline.stages()]


def test_a_company_begins_with_five_stages_and_a_lead_with_the_first():
    with inside(make_bare_company()):
        lead = make_lead(mmr=Decimal("39.95"))
        assert names() == ["New", "Contacted", "Quoted", "Won", "Lost"]
        held = pipeline.opportunity_of(lead)
        assert (held.stage.name, held.expected_mmr, held.staged_at) == ("New", Decimal("39.95"), OPENED)
        assert pipeline.opportunity_of(make_customer()) is None


def test_who_is_lost_is_lost_for_a_reason_and_may_be_taken_up_again():
    with inside(make_bare_company()):
        lead = make_lead()
        with pytest.raises(pipeline.ReasonMissing):
            pipeline.move_lead(lead, stage("Lost"), at=LATER, lost_reason="  ")
        held = pipeline.move_lead(lead, stage("Lost"), at=LATER, lost_reason=" Moved  away ")
        assert (held.stage.name, held.lost_reason, held.staged_at) == ("Lost", "Moved away", LATER)
        held = pipeline.move_lead(lead, stage("Contacted"), at=LATER)
        assert (held.stage.name, held.lost_reason) == ("Contacted", "")


def test_a_lead_is_won_by_becoming_a_customer_and_its_story_stays():
    with inside(make_bare_company()):
        lead = make_lead()
        pipeline.move_lead(lead, stage("Quoted"), at=OPENED)
        with pytest.raises(pipeline.OnlyByBuying):
            pipeline.move_lead(lead, stage("Won"), at=LATER)
        convert_lead(lead, at=LATER, by="Rosa")
        held = pipeline.opportunity_of(lead)
        assert (held.stage.name, held.staged_at) == ("Won", LATER)
        moves = TrailEntry.objects.filter(customer_id=lead.pk, table="customers_opportunity", verb="update")
        assert moves.filter(old__stage_id=stage("Quoted").pk, new__stage_id=stage("Won").pk).count() == 1
        with pytest.raises(pipeline.NotALead):
            pipeline.move_lead(lead, stage("New"), at=LATER)


def test_each_stage_says_how_many_and_how_much():
    with inside(make_bare_company()):
        for price in ("39.95", "10.05"):
            make_lead(mmr=Decimal(price))
        pipeline.move_lead(make_lead(mmr=Decimal("99.00")), stage("Quoted"), at=LATER)
        told = {one.stage.name: (one.count, one.expected) for one in pipeline.standings()}
        assert told["New"] == (2, Decimal("50.00"))
        assert told["Quoted"] == (1, Decimal("99.00"))
        assert told["Won"] == (0, Decimal(0))


# --- the company's own stages


def test_stages_are_added_before_the_ends_renamed_moved_and_deleted(office):
    with inside(office.company):
        pipeline.furnish_stages()
        quoted, lost = stage("Quoted"), stage("Lost")
    assert office.post("settings/lead-stages/new/", {"name": "Site visit"}).status_code == 302
    with inside(office.company):
        assert names() == ["New", "Contacted", "Quoted", "Site visit", "Won", "Lost"]
        visit = stage("Site visit")
    office.post(f"settings/lead-stages/{visit.pk}/move/", {"to": "earlier"})
    version = office.get(f"settings/lead-stages/{lost.pk}/").context["version"].token
    office.post(f"settings/lead-stages/{lost.pk}/", {"name": "Gone", "version": version})
    with inside(office.company):
        assert names() == ["New", "Contacted", "Site visit", "Quoted", "Won", "Gone"]
        pipeline.move_lead(make_lead(), quoted, at=LATER)
    answer = office.post(f"settings/lead-stages/{quoted.pk}/delete/")
    assert "1 lead stands in Quoted. Move them first." in answer.content.decode()
    assert office.post(f"settings/lead-stages/{visit.pk}/delete/").status_code == 302
    answer = office.post(f"settings/lead-stages/{lost.pk}/delete/")
    assert "It can be renamed, not deleted." in answer.content.decode()
    answer = office.post("settings/lead-stages/new/", {"name": "quoted"})
    assert "There is a stage “quoted” already." in answer.content.decode()
    with inside(office.company):
        assert [one.outcome for one in pipeline.stages()] == ["open", "open", "open", "won", "lost"]


def test_the_last_open_stage_stays():
    with inside(make_bare_company()):
        for name in ("Contacted", "Quoted"):
            pipeline.delete_stage(stage(name) if name in names() else LeadStage())
        with pytest.raises(pipeline.StageNeeded, match="last open stage"):
            pipeline.delete_stage(stage("New"))


# --- the pages


@pytest.fixture
def lead(office):
    with inside(office.company):
        return make_lead(first_name="Theo", last_name="Okafor", mmr=Decimal("44.95"))


def test_the_board_moves_a_lead_without_javascript(office, lead):
    page = office.get("leads/board/").content.decode()
    assert "Theo Okafor" in page
    assert "$44.95" in page
    with inside(office.company):
        contacted, lost, won = stage("Contacted"), stage("Lost"), stage("Won")
    answer = office.post(f"leads/{lead.pk}/stage/", {"stage": contacted.pk, "back": "board"})
    assert answer["Location"] == f"/{office.company.slug}/leads/board/"
    answer = office.post(f"leads/{lead.pk}/stage/", {"stage": lost.pk})
    assert answer["Location"] == f"/{office.company.slug}/leads/{lead.pk}/lose/"
    answer = office.post(f"leads/{lead.pk}/stage/", {"stage": won.pk})
    assert answer["Location"] == f"/{office.company.slug}/leads/{lead.pk}/convert/"
    assert office.post(f"leads/{lead.pk}/stage/", {"stage": "0"}).status_code == 404
    with inside(office.company):
        assert pipeline.opportunity_of(lead).stage == contacted
    assert office.post(f"leads/{lead.pk}/lose/", {"lost_reason": ""}).status_code == 422
    assert office.post(f"leads/{lead.pk}/lose/", {"lost_reason": "Too dear"}).status_code == 302
    assert "Too dear" in office.get("leads/board/").content.decode()


def test_all_of_the_selling_is_on_one_form_and_on_the_leads_page(office, lead):
    page = office.get(f"leads/{lead.pk}/selling/")
    version = page.context["version"].token
    with inside(office.company):
        quoted, lost = stage("Quoted"), stage("Lost")
    said = {
        "stage": quoted.pk, "expected_mmr": "49.95", "source": "Home show", "sales_rep": office.staff.user_id,
        "next_step": "Call about the quote", "next_step_on": "2026-12-05", "lost_reason": "", "version": version,
    }  # fmt: skip
    assert office.post(f"leads/{lead.pk}/selling/", said).status_code == 302
    page = office.get(f"customers/{lead.pk}/").content.decode()
    for text in ("Quoted", "$49.95", "Home show", "Call about the quote · Dec 5, 2026"):
        assert text in page, text
    # somebody else saves over it: they see it first
    answer = office.post(f"leads/{lead.pk}/selling/", {**said, "source": "Radio"})
    assert answer.status_code == 422
    assert "Save anyway" in answer.content.decode()
    answer = office.post(f"leads/{lead.pk}/selling/", {**said, "stage": lost.pk, "version": ""})
    assert answer.status_code == 422
    with inside(office.company):
        lead.refresh_from_db()
        assert lead.sales_rep == office.staff.user
        assert Opportunity.objects.get(customer=lead).source == "Home show"


def test_the_list_shows_one_stage_and_sorts_by_the_next_step(office, lead):
    with inside(office.company):
        other = make_lead(first_name="Ann")
        pipeline.move_lead(other, stage("Quoted"), at=LATER)
        Opportunity.objects.filter(customer=lead).update(next_step_on=dt.date(2026, 1, 2))
        Opportunity.objects.filter(customer=other).update(next_step_on=dt.date(2026, 1, 1))
        quoted = stage("Quoted")
    page = office.get(f"leads/?show={quoted.pk}").content.decode()
    assert "Ann Whitfield" in page
    assert "Theo Okafor" not in page
    page = office.get("leads/?sort=next_on").content.decode()
    assert page.index("Ann Whitfield") < page.index("Theo Okafor")


@pytest.mark.parametrize("path", ["leads/", "leads/board/"])
def test_the_pages_ask_equally_often_however_many_leads_there_are(office, path, questions_of):
    with inside(office.company):
        make_lead()
    few = questions_of(office, path)
    with inside(office.company):
        for _ in range(9):
            make_lead()
    assert questions_of(office, path) == few


def test_who_may_only_look_moves_nobody(office, lead):
    viewer = office.colleague(leads.view)
    page = viewer.get("leads/board/").content.decode()
    assert "Theo Okafor" in page
    assert "/stage/" not in page
    assert viewer.post(f"leads/{lead.pk}/stage/", {}).status_code == 403
    assert viewer.get(f"leads/{lead.pk}/selling/").status_code == 403
    assert viewer.get("settings/lead-stages/").status_code == 403
    looker = office.colleague(lead_stages.view).get("settings/lead-stages/").content.decode()
    assert "Contacted" in looker
    assert "/new/" not in looker


def test_customers_who_were_won_are_not_told_to_who_may_see_leads_alone(office, lead):
    with inside(office.company):
        convert_lead(lead, at=LATER, by="Rosa")
    assert "Theo Okafor" not in office.colleague(leads.view).get("leads/board/").content.decode()
    assert "Theo Okafor" in office.colleague(leads.view, customers.view).get("leads/board/").content.decode()
