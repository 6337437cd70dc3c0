"""Would the plain model notice? Faults are planted in the program, one at a time, and the model must find each.

A fault is a small wrapper around one of our own functions: what a careless change would do. With each goes the shortest
story that the machine of test_plain_model.py may come upon and in which it matters; without the fault it ends well.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from alarmdesk.payments import allocating, answers, freeing, refunding, sending, settling, taking
from alarmdesk.payments.attempts import new_key
from alarmdesk.payments.gateways.port import Outcome
from alarmdesk.payments.models import Payment, PlannedAllocation
from tests.payments.test_plain_model import Books, books

__all__ = ["books"]
Fault = Callable[[pytest.MonkeyPatch], None]
Story = Callable[[Books], None]
CENT, PART, WHOLE = Decimal("0.01"), Decimal("40.00"), Decimal("100.00")


def nothing(*_: Any, **__: Any) -> None:
    """What a function does that was forgotten."""


def forgets_to_open_the_invoice_when_the_bank_takes_money_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settling, "reverse_all", nothing)


def forgets_to_open_the_invoice_after_a_void(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "reverse_all", nothing)


def gives_back_a_cent_less_than_was_asked_for(patch: pytest.MonkeyPatch) -> None:
    whole = refunding.write_refund
    patch.setattr(refunding, "write_refund", lambda original, amount, **more: whole(original, amount - CENT, **more))


def loses_queued_refunds(patch: pytest.MonkeyPatch) -> None:
    def drop(refund_id: int, **_: Any) -> None:
        Payment.objects.filter(pk=refund_id).update(status="cancelled")

    patch.setattr(refunding, "_begin_queued", drop)


def pays_more_of_an_invoice_than_was_asked_for(patch: pytest.MonkeyPatch) -> None:
    rightly = allocating._Change._insert

    def generously(self: Any, pair: tuple[int, int], amount: Decimal) -> None:
        payment = Payment.objects.get(pk=pair[0])
        due = allocating.Invoice.objects.get(pk=pair[1]).due
        rightly(self, pair, min(amount + CENT, due, payment.unapplied))

    patch.setattr(allocating._Change, "_insert", generously)


def lets_an_invoice_be_paid_over_its_due(patch: pytest.MonkeyPatch) -> None:
    """The rule in Python is gone: PostgreSQL's own refusal is what the caller gets, and not the sentence."""
    rightly = allocating._Change._why_not

    def leniently(self: Any, pair: tuple[int, int], amount: Decimal, changes: Any) -> str:
        why = rightly(self, pair, amount, changes)
        return "" if "more is due" in why else why

    patch.setattr(allocating._Change, "_why_not", leniently)


def charges_again_while_the_first_has_no_answer(patch: pytest.MonkeyPatch) -> None:
    """A lost answer counts as a refusal: the invoice is free again at once."""
    rightly = taking.carry_out

    def hastily(*args: Any, **kwargs: Any) -> Payment:
        payment = rightly(*args, **kwargs)
        if payment.status == Payment.Status.UNKNOWN:
            with taking.inside(args[0]):
                PlannedAllocation.objects.filter(payment=payment).update(is_live=False)
        return payment

    patch.setattr(taking, "carry_out", hastily)


def takes_silence_for_a_yes(patch: pytest.MonkeyPatch) -> None:
    rightly = answers._Recording._decide_without_answer

    def rashly(self: Any, attempt: Any, result: Any) -> None:
        if result.verb == "sale" and not result.never_made:
            said = answers.Answer(Outcome.APPROVED, f"guess-{attempt.pk}", "", "", "")
            self._decide(attempt, replace(result, answer=said))
        else:
            rightly(self, attempt, result)

    patch.setattr(answers._Recording, "_decide_without_answer", rashly)


def frees_the_oldest_allocation_first(patch: pytest.MonkeyPatch) -> None:
    def other_way_round(payment: Payment, free: Decimal, refund: Payment, at: Any) -> None:
        for allocation in payment.allocations.filter(reverses=None, reversals=None).order_by("pk"):
            if free <= 0:
                return
            freeing._insert(payment, allocation.invoice_id, -allocation.amount, refund, at, reverses=allocation)
            if allocation.amount > free:
                freeing._insert(payment, allocation.invoice_id, allocation.amount - free, refund, at)
            free -= allocation.amount

    patch.setattr(freeing, "_take_back", other_way_round)


def gives_the_money_back_twice(patch: pytest.MonkeyPatch) -> None:
    rightly = sending.perform

    def doubly(port: Any, asked: Any) -> Any:
        if asked.verb == "refund":
            port.refund(key=new_key(), external_id=asked.of_external_id, amount=asked.request.amount)
        return rightly(port, asked)

    patch.setattr(sending, "perform", doubly)


def paid(machine: Books, *totals: Decimal, settled: bool = True) -> None:
    """Invoices paid by one charge, which has settled."""
    for total in totals:
        machine.bill(total=total)
    machine.charge(number=0, several=True, loses="")
    if settled:
        machine.the_gateway_settles()
        machine.we_read_the_statement()
    machine.our_books_are_the_model()


def a_return(machine: Books) -> None:
    paid(machine, WHOLE)
    machine.the_bank_returns(number=0, is_new=False)
    machine.we_read_the_statement()


def a_void(machine: Books) -> None:
    paid(machine, WHOLE, settled=False)
    machine.give_back(number=0, amount=None)


def a_refund(machine: Books) -> None:
    paid(machine, WHOLE)
    machine.give_back(number=0, amount=PART)


def a_refund_of_two_invoices(machine: Books) -> None:
    paid(machine, Decimal(60), Decimal(60))
    machine.give_back(number=0, amount=Decimal(70))


def a_queued_refund(machine: Books) -> None:
    paid(machine, WHOLE, settled=False)
    machine.give_back(number=0, amount=PART)
    machine.the_gateway_settles()
    machine.we_read_the_statement()


def an_allocation(machine: Books) -> None:
    machine.receive_cash(amount=WHOLE)
    machine.bill(total=Decimal(30))
    machine.apply_by_hand(number=0, shares=[Decimal(20)])


def an_allocation_above_due(machine: Books) -> None:
    machine.receive_cash(amount=WHOLE)
    machine.bill(total=Decimal(30))
    machine.apply_by_hand(number=0, shares=[PART])


def a_lost_answer(machine: Books) -> None:
    machine.bill(total=WHOLE)
    machine.charge(number=0, several=False, loses="before")


def a_charge_while_one_has_no_answer(machine: Books) -> None:
    machine.bill(total=WHOLE)
    machine.charge(number=0, several=False, loses="after")
    machine.our_books_are_the_model()
    machine.pay_own_amount(amount=WHOLE)


PLANTED: list[tuple[Fault, Story]] = [
    (forgets_to_open_the_invoice_when_the_bank_takes_money_back, a_return),
    (forgets_to_open_the_invoice_after_a_void, a_void),
    (gives_back_a_cent_less_than_was_asked_for, a_refund),
    (gives_the_money_back_twice, a_refund),
    (frees_the_oldest_allocation_first, a_refund_of_two_invoices),
    (loses_queued_refunds, a_queued_refund),
    (pays_more_of_an_invoice_than_was_asked_for, an_allocation),
    (lets_an_invoice_be_paid_over_its_due, an_allocation_above_due),
    (takes_silence_for_a_yes, a_lost_answer),
    (charges_again_while_the_first_has_no_answer, a_charge_while_one_has_no_answer),
]


def lived(books: type[Books], story: Story) -> None:
    """A story with the machine's own checks, as Hypothesis would run it."""
    machine = books()
    story(machine)
    machine.our_books_are_the_model()
    machine.teardown()


@pytest.mark.parametrize(("fault", "story"), PLANTED, ids=lambda each: each.__name__)
def test_the_model_finds_a_program_that(
    books: type[Books], fault: Fault, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(books, story)
    fault(monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)):
        lived(books, story)
