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


def test_every_place_that_the_page_names_is_there():
    named = set(re.findall(r"`([a-z_/0-9]+\.py)`", RULES)) - {"tests/architecture/test_rules.py"}
    assert len(named) > 30
    assert [place for place in sorted(named) if not (SOURCE / place).is_file()] == []
