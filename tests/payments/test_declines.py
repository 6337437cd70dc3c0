"""Which declines end a method for good?"""

from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.payments.declines import VISA_NEVER, is_hard_nmi, is_hard_stripe
from alarmdesk.payments.models import Attempt, BillingMethod
from alarmdesk.payments.testing import make_card_token
from simulators.nmi.rules import CODES, card_answering
from tests.payments.nights import FIRST, make_subscribers, run_night

NEVER_AGAIN = {"204", "220", "221", "222", "250", "251", "252", "253", "261", "262"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_of_the_gateways_codes_those_of_dead_cards_and_withdrawn_permissions_are_final(code: str) -> None:
    assert is_hard_nmi(code, CODES[code]) is (code in NEVER_AGAIN)


@pytest.mark.parametrize("issuer_code", sorted(VISA_NEVER))
def test_the_issuers_own_word_decides_where_the_gateway_only_says_declined(issuer_code: str) -> None:
    assert is_hard_nmi("200", "DECLINE", issuer_code=issuer_code)
    assert not is_hard_nmi("300", "Rejected", issuer_code=issuer_code)


@pytest.mark.parametrize(
    ("text", "is_hard"),
    [
        ("PIC UP", True),
        ("PICK UP CARD", True),
        ("Closed Account", True),
        ("Revocation of authorization order", True),
        ("Stop payment order", True),
        ("Insufficient funds", False),
        ("Call center is closed", False),
        ("Do not honor", False),
    ],
)
def test_the_processors_words_decide_behind_a_plain_decline(text: str, is_hard: bool) -> None:
    assert is_hard_nmi("200", text) is is_hard


def test_stripes_decline_codes_tell_a_stolen_card_from_an_empty_one() -> None:
    assert is_hard_stripe("stolen_card")
    assert is_hard_stripe("revocation_of_all_authorizations")
    assert not is_hard_stripe("insufficient_funds")
    assert not is_hard_stripe("generic_decline")


@pytest.mark.parametrize(("code", "is_hard"), [(252, True), (202, False)])
def test_a_hard_decline_is_written_on_the_attempt_and_on_the_method(
    shop: Company, world: Any, code: int, is_hard: bool
) -> None:
    make_subscribers(shop, 1, token=make_card_token(world, shop, card_answering(code)))
    assert run_night(shop, FIRST).charges.declined == 1
    with inside(shop):
        assert Attempt.objects.get().is_hard is is_hard
        method = BillingMethod.objects.get()
        assert (method.refused_at is not None, method.refused_code) == (is_hard, str(code) if is_hard else "")
