"""What does every bureau's adapter promise? The same stories are told to both; the simulator's log judges."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from alarmdesk.credit.bureaus.equifax import Equifax, Member
from alarmdesk.credit.bureaus.port import (
    BadCredentials,
    BureauPort,
    Finding,
    Inquiry,
    NoAnswer,
    Place,
    Pull,
    Purpose,
    Refused,
    Subject,
    Untold,
)
from alarmdesk.credit.bureaus.transunion import Subscriber, TransUnion
from alarmdesk.credit.bureaus.wire import masked, points
from alarmdesk.lib.clients import Clients
from simulators.client import World

HOME = Place("2210 E 15th St", "Tulsa", "OK", "74104")
SSN = "123-45-6789"
PATIENCE = 1.0


@dataclass
class Counter:
    """A subscriber's account at one bureau of the simulated world."""

    world: World
    bureau: str
    code: str
    port: BureauPort

    def ask(self, last: str = "Whitfield", first: str = "Dana", *, pull: Pull = Pull.SOFT, **fields: Any) -> Any:
        """What the bureau says of somebody."""
        subject = Subject(first, last, fields.pop("place", HOME), **fields)
        return self.port.inquire(Inquiry("ref-1", pull, Purpose.TRANSACTION, subject))

    def log(self) -> list[dict[str, Any]]:
        """What the bureau has noted."""
        return self.world.inquiries(self.code)


def _port(world: World, bureau: str, secret: str) -> BureauPort:
    http = Clients(connect=PATIENCE, answer=PATIENCE)
    if bureau == "equifax":
        member = Member("999FZ1", "02781", "ACRO", wants_image=True, security_digits=secret, pin="42")
        return Equifax(world.http, member, http)
    subscriber = Subscriber("06", "22", "A", "1234567", "07000", "00W18", secret)
    return TransUnion(world.http, subscriber, http)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A simulated world of the contract's own: its stories forget everything."""
    with World.start(tmp_path_factory.mktemp("bureaus")) as world:
        yield world


@pytest.fixture(params=["transunion", "equifax"])
def counter(request: pytest.FixtureRequest, outside: World) -> Counter:
    outside.reset()
    code = {"equifax": "999FZ1", "transunion": "A06221234567"}[request.param]
    outside.subscriber(request.param, code, "7742" if request.param == "equifax" else "77")
    return Counter(outside, request.param, code, _port(outside, request.param, "77"))


def test_credentials_are_known_or_not_and_checking_them_looks_nobody_up(counter: Counter) -> None:
    counter.port.verify()
    wrong = _port(counter.world, counter.bureau, "78")
    with pytest.raises(BadCredentials):
        wrong.verify()
    with pytest.raises(BadCredentials):
        wrong.inquire(Inquiry("ref-1", Pull.SOFT, Purpose.CREDIT, Subject("Dana", "Whitfield", HOME)))
    assert counter.log() == []


def test_a_score_comes_with_its_model_its_factors_and_the_bureaus_number(counter: Counter) -> None:
    counter.world.consumer("Dana", "Whitfield", 712)
    answer = counter.ask()
    assert (answer.finding, answer.score) == (Finding.SCORED, 712)
    assert answer.model
    assert len(answer.factors) == 4
    assert answer.alerts == ()
    (noted,) = counter.log()
    assert answer.external_id == noted["number"]
    assert (noted["reference"], noted["is_hard"], noted["has_ssn"], noted["has_birth_date"]) == ("ref-1", 0, 0, 0)
    assert noted["address"] == "2210 E 15th St, Tulsa OK 74104"
    assert noted["purpose"]


def test_a_hard_inquiry_with_everything_is_noted_as_such(counter: Counter) -> None:
    previous = Place("7 Elm St", "Wichita", "KS", "67202")
    counter.ask(pull=Pull.HARD, previous=previous, ssn=Untold("123456789"), born_on=Untold("1980-05-06"))
    (noted,) = counter.log()
    assert (noted["is_hard"], noted["has_ssn"], noted["has_birth_date"]) == (1, 1, 1)
    assert noted["previous"] == "7 Elm St, Wichita KS 67202"


@pytest.mark.parametrize(
    ("last", "finding"), [("Nofile", Finding.NO_HIT), ("Frost", Finding.FROZEN), ("Thinfile", Finding.NO_SCORE)]
)
def test_who_has_no_score_is_told_apart(counter: Counter, last: str, finding: Finding) -> None:
    answer = counter.ask(last)
    assert (answer.finding, answer.score, answer.factors) == (finding, None, ())
    assert len(counter.log()) == 1


def test_the_dead_come_with_an_alert(counter: Counter) -> None:
    (alert,) = counter.ask("Graves").alerts
    assert "deceased" in alert


def test_letters_of_every_alphabet_arrive(counter: Counter) -> None:
    counter.ask("Ó Dálaigh <&>", "Zoë")
    (noted,) = counter.log()
    assert (noted["first"], noted["last"]) == ("Zoë", "Ó Dálaigh <&>")


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_500_before", "error_500_after", "hang"])
def test_without_an_answer_nobody_asks_again(counter: Counter, fault: str) -> None:
    counter.world.fault(fault, path=counter.bureau, times=1)
    with pytest.raises(NoAnswer):
        counter.ask()
    assert len(counter.log()) == (0 if fault.endswith("before") else 1)


def test_what_the_bureau_will_not_do_is_said_in_its_words(counter: Counter) -> None:
    with pytest.raises(Refused, match="required"):
        counter.ask("")
    assert counter.log() == []


def test_what_passes_through_cannot_be_printed_pickled_or_seen_in_an_error() -> None:
    import pickle

    told = Untold(SSN)
    subject = replace(Subject("Dana", "Whitfield", HOME), ssn=told)
    for shown in (repr(told), str(told), f"{told}", "%s" % told, repr(subject)):  # noqa: UP031
        assert SSN not in shown
    with pytest.raises(TypeError):
        pickle.dumps(subject)
    assert told.tell() == SSN


def test_what_looks_like_a_number_of_social_security_is_masked() -> None:
    assert masked("SSN 123-45-6789, 123456789 or 123 45 6789; code 07000") == (
        "SSN •••-••-••••, •••-••-•••• or •••-••-••••; code 07000"
    )


@pytest.mark.parametrize(
    ("text", "score"), [("+712", 712), ("00712", 712), ("850", 850), ("+004", None), ("", None), ("٧١٢", None)]
)
def test_only_points_of_300_to_850_are_a_score(text: str, score: int | None) -> None:
    assert points(text) == score


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>hello</html>",
        '<!DOCTYPE a [<!ENTITY b "c">]><EfxReport>&b;</EfxReport>',
        '<creditBureau xmlns="http://www.transunion.com/namespace"><product/></creditBureau>',
    ],
)
def test_an_answer_that_says_nothing_or_too_much_is_no_answer(counter: Counter, body: str) -> None:
    from alarmdesk.lib.clients import Reply

    class Strange:
        def send(self, *_: Any) -> Reply:
            return Reply(200, body)

    strange = replace(counter.port, http=Strange())  # type: ignore[type-var]
    with pytest.raises(NoAnswer):
        strange.inquire(Inquiry("r", Pull.SOFT, Purpose.CREDIT, Subject("Dana", "Whitfield", HOME)))


def test_the_bureaus_remember_when_they_are_killed(counter: Counter) -> None:
    counter.ask()
    counter.world.kill()
    counter.world.restart()
    assert len(counter.log()) == 1
    assert httpx.get(counter.world.http + "/control/bureaus/log").json()["inquiries"][0]["last"] == "Whitfield"
