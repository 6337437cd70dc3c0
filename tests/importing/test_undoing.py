"""How is a whole import taken back, and when not?"""

import datetime as dt

import pytest
from tests.importing.test_bad_files import HEAD, row
from tests.importing.test_importing import BILLED, many

MADE = (
    "customers", "addresses", "phones", "recurring_invoices", "recurring_lines", "billing_methods", "auto_pays",
    "search_entries", "waiting_methods", "import_chunks",
)  # fmt: skip
ALL = {
    "phone_mobile": "(918) 555-0142", "service_street": "2 Elm", "billing_method": "test-card", "auto_pay": "yes",
    **BILLED,
}  # fmt: skip


def sizes(desk):
    from alarmdesk.company.entering import inside

    with inside(desk.company):
        return {name: getattr(desk.company, name).count() for name in MADE}


def test_undoing_removes_all_that_the_import_made_and_nothing_else(desk, rival):
    desk.bring(HEAD + row("OURS", **ALL))
    rival.bring(HEAD + row("THEIRS", **ALL))
    before, theirs = sizes(desk), sizes(rival)
    vault = dict(desk.vault.stored)

    kept = desk.bring(many(30, **ALL))
    assert sizes(desk)["auto_pays"] == 31
    kept = desk.undo(kept)

    assert kept.state == "undone"
    assert sizes(desk) == before
    assert sizes(rival) == theirs
    assert desk.vault.stored == vault
    assert before["customers"] == before["auto_pays"] == 1


def test_an_undone_file_can_be_brought_in_again(desk):
    text = many(5, **ALL)
    desk.undo(desk.bring(text))

    assert desk.counts(desk.bring(text))["customers"] == 5


def test_an_import_whose_customer_has_an_invoice_stays_and_the_account_is_named(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice
    from alarmdesk.office.importing.undoing import BuiltUpon

    kept = desk.bring(many(3, **ALL))
    with inside(desk.company):
        make_invoice(desk.company.customers.get(account_number="M-00001"))
    before = sizes(desk)

    with pytest.raises(BuiltUpon, match=r"M-00001 \(invoices\)"):
        desk.undo(kept)

    assert sizes(desk) == before
    with inside(desk.company):
        assert set(desk.company.recurring_invoices.values_list("next_on", flat=True)) == {dt.date(2026, 12, 1)}


def test_an_import_whose_customer_has_a_payment_stays(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing.testing import NOW, TODAY
    from alarmdesk.office.importing.undoing import BuiltUpon
    from alarmdesk.payments.models import Payment

    kept = desk.bring(many(3, **ALL))
    with inside(desk.company):
        Payment.objects.create(
            customer=desk.company.customers.get(account_number="M-00002"), number=1, method="cash", amount=5,
            status="complete", received_on=TODAY, created_at=NOW, created_by="Rosa",
        )  # fmt: skip

    with pytest.raises(BuiltUpon, match=r"M-00002 \(payments\)"):
        desk.undo(kept)


def test_a_recurring_invoice_that_was_added_by_hand_keeps_the_import(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_recurring
    from alarmdesk.office.importing.undoing import BuiltUpon

    kept = desk.bring(many(2, **ALL))
    with inside(desk.company):
        make_recurring(desk.company.customers.get(account_number="M-00000"))

    with pytest.raises(BuiltUpon, match="recurring invoices"):
        desk.undo(kept)


def test_an_account_that_is_billed_while_the_undo_runs_stays_and_is_named(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_invoice
    from alarmdesk.office.importing import undoing
    from alarmdesk.office.importing.testing import NOW

    kept = desk.bring(many(3, **ALL))
    with inside(desk.company):
        undoing.start_undo(kept, at=NOW, by="Rosa")
        assert not desk.company.recurring_invoices.exclude(next_on=None).exists()
        make_invoice(desk.company.customers.get(account_number="M-00001"))
    undoing.undo_import(desk.company, kept.pk, open_vault=lambda _: desk.vault, **desk.common)

    kept = desk.fresh(kept)
    with inside(desk.company):
        assert desk.company.customers.get().account_number == "M-00001"
        assert desk.company.recurring_invoices.get().next_on == dt.date(2026, 12, 1)
    assert "M-00001 (invoices)" in kept.run.counts["note"]


def test_an_undo_that_was_killed_goes_on(desk, monkeypatch):
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing import undoing
    from alarmdesk.office.importing.testing import NOW

    monkeypatch.setattr(undoing, "BATCH", 4)
    kept = desk.bring(many(12, **ALL))
    with inside(desk.company):
        run = undoing.start_undo(kept, at=NOW, by="Rosa")
    removal = undoing._Removal(desk.company, kept, desk.common["actor"], desk.common["now"], lambda _: desk.vault)
    removal.remove(removal.batch(after=0), run)
    assert sizes(desk)["customers"] == 8

    undoing.undo_import(desk.company, kept.pk, open_vault=lambda _: desk.vault, **desk.common)

    assert set(sizes(desk).values()) == {0}
    assert desk.fresh(kept).state == "undone"


def test_a_file_that_was_not_imported_cannot_be_undone(desk):
    from alarmdesk.office.importing.checking import NotNow

    with pytest.raises(NotNow, match="nothing to undo"):
        desk.undo(desk.check(HEAD + row()))
