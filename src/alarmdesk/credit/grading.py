"""Which grade does a score get? By the company's own bounds, on the day of the answer."""

from alarmdesk.credit.models import CreditSettings

Grade = CreditSettings.Grade


def grade_of(score: int, rules: CreditSettings) -> str:
    """A to E."""
    bounds = {Grade.A: rules.grade_a, Grade.B: rules.grade_b, Grade.C: rules.grade_c, Grade.D: rules.grade_d}
    return next((grade for grade, bound in bounds.items() if score >= bound), Grade.E).value
