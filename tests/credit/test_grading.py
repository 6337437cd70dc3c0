"""Every score has one grade, a better score never a worse one."""

from hypothesis import given
from hypothesis import strategies as st

from alarmdesk.credit.grading import grade_of
from alarmdesk.credit.models import HIGHEST_SCORE, LOWEST_SCORE, CreditReport, CreditSettings

SCORES = st.integers(LOWEST_SCORE, HIGHEST_SCORE)
GRADES = ("grade_a", "grade_b", "grade_c", "grade_d")


def _rules(bounds: list[int]) -> CreditSettings:
    return CreditSettings(company_id=1, **dict(zip(GRADES, sorted(bounds, reverse=True), strict=True)))


RULES = st.lists(st.integers(LOWEST_SCORE + 1, HIGHEST_SCORE), min_size=4, max_size=4, unique=True).map(_rules)


@given(RULES, SCORES, SCORES)
def test_a_better_score_has_no_worse_grade(rules, one, other):
    worse, better = sorted((one, other))
    assert grade_of(better, rules) <= grade_of(worse, rules)
    assert grade_of(rules.grade_b, rules) == "B"
    assert grade_of(rules.grade_b - 1, rules) >= "C"


@given(st.sampled_from("ABCDE"), st.sampled_from("ABCD"))
def test_a_report_passes_or_fails(grade, passing):
    report = CreditReport(company_id=1, state="scored", grade=grade)
    assert report.passes(passing) is (grade <= passing)
    assert report.has_failed(passing) is (grade > passing)
