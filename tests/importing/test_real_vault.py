"""Does the gateway's own wire format agree with the import?"""

from tests.importing.test_importing import BILLED, many
from tests.importing.test_undoing import sizes


def test_test_methods_are_stored_at_the_gateway_once_and_forgotten_by_an_undo(desk, world):
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing import undoing, whole
    from alarmdesk.office.importing.testing import NOW
    from alarmdesk.payments.gateways.choosing import port_of

    world.merchant("Import", security_key="import-key", tokenization_key="import-token")
    with inside(desk.company):
        gateway = desk.company.gateways.get()
        gateway.credentials = {"security_key": "import-key"}
        gateway.save()
    kept = desk.check(many(12, billing_method="test-card", auto_pay="yes", **BILLED))
    desk.start(kept)
    # one was stored by a try that was killed before it could write
    from alarmdesk.office.importing.vaulting import TOKENS, beginning
    from alarmdesk.payments.gateways.port import StoreRequest, Token

    name = f"{beginning(desk.company.pk, kept.pk)}2"
    port_of(gateway).store(StoreRequest(Token(TOKENS["card"], "card"), vault_id=name))

    whole.import_file(desk.company, kept.pk, **desk.common)

    with inside(desk.company):
        methods = list(desk.company.billing_methods.order_by("vault_id"))
    assert len({method.vault_id for method in methods}) == 12
    assert {(method.kind, method.brand, len(method.last_four)) for method in methods} == {("card", "Visa", 4)}
    assert sizes(desk)["auto_pays"] == 12

    with inside(desk.company):
        undoing.start_undo(kept, at=NOW, by="Rosa")
    undoing.undo_import(desk.company, kept.pk, **desk.common)
    assert desk.fresh(kept).run.counts["left_in_vault"] == 0
    again = port_of(gateway).store(StoreRequest(Token(TOKENS["ach"], "ach"), vault_id=name))
    assert again.kind == "ach"
