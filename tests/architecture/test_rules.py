"""Do the numbered rules that the code cites stand in docs/rules.md, and are the places that it names there?"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alarmdesk"
RULES = (ROOT / "docs" / "rules.md").read_text()
NUMBERS = re.findall(r"^\| ([FD]\d+) \|", RULES, re.MULTILINE)
# the notes that the product was planned by have numbers of their own: "domain.md F3"
CITED = re.compile(r"(?<!\.md )\b([FD])(\d{1,2})\b(?:-[FD]?(\d{1,2})\b)?")


def test_every_rule_and_decision_stands_there_once():
    assert [f"D{n}" for n in range(1, 15)] + [f"F{n}" for n in range(1, 90)] == NUMBERS


def test_every_number_that_the_code_cites_is_a_rule():
    cited = {
        f"{kind}{int(number)}": path.relative_to(SOURCE)
        for path in SOURCE.rglob("*.py")
        for kind, *ends in CITED.findall(path.read_text())
        for number in ends
        if number
    }
    assert len(cited) > 30
    assert {number: path for number, path in cited.items() if number not in NUMBERS} == {}


def test_every_rule_of_customers_and_their_money_has_a_story_that_names_it():
    stories = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
    named: set[int] = set()
    for first, last in re.findall(r"\bF(\d+)(?:-F?(\d+))?\b", stories):
        named |= set(range(int(first), int(last or first) + 1))
    for numbers in re.findall(r"def test((?:_f\d+)+)_", stories):
        named |= {int(number) for number in numbers.split("_f")[1:]}
    assert set(range(23, 68)) - named == set()


def test_every_place_that_the_page_names_is_there():
    named = set(re.findall(r"`([a-z_/0-9]+\.py)`", RULES)) - {"tests/architecture/test_rules.py"}
    assert len(named) > 30
    assert [place for place in sorted(named) if not (SOURCE / place).is_file()] == []
