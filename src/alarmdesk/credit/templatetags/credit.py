"""What does a template say of a credit report? Its state or grade as a pill, its facts, what became of it in words."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from alarmdesk.credit.models import CreditReport
from alarmdesk.credit.views.running import told
from alarmdesk.lib.furniture import day, moment, pill

register = template.Library()

State = CreditReport.State
KINDS = {State.FAILED: "bad", State.UNKNOWN: "warn", State.ASKED: "info"}
GRADES = {"A": "ok", "B": "ok", "C": "info", "D": "warn", "E": "bad"}


@register.simple_tag
def report_pill(report: CreditReport) -> SafeString:
    """The grade, or why there is none."""
    if report.grade:
        return pill(GRADES[report.grade], f"Grade {report.grade}")
    return pill(KINDS.get(State(report.state), "plain"), report.get_state_display())


@register.filter
def in_words(report: CreditReport) -> str:
    """What became of it, as a sentence."""
    return told(report)


@register.filter
def result_kind(report: CreditReport, passing: str) -> str:
    """How the sentence is coloured; `passing` is the lowest grade that is good enough."""
    if report.grade:
        return "ok" if report.passes(passing) else "bad"
    return "bad" if report.state == State.FAILED else "warn"


@register.filter
def verdict(report: CreditReport, passing: str) -> str:
    """Whether the grade is good enough, as a sentence; "" where there is none."""
    if not report.grade:
        return ""
    asked = "Grade A is asked for" if passing == "A" else f"Grade {passing} or better is asked for"
    return f"{asked}: it passes." if report.passes(passing) else f"{asked}: it does not pass."


@register.filter
def inquiry_facts(report: CreditReport) -> list[dict[str, Any]]:
    """Who asked about whom, why, and who agreed, for pieces/facts.html."""
    told_of: dict[str, str] = {
        "About": f"{report.subject_name}{', co-signer' if report.is_cosigner else ''}",
        "Address": report.address,
        "Previous address": report.previous_address,
        "Bureau": str(report.bureau or ""),
        "Source": report.source,
        "Inquiry": report.get_pull_display(),
        "Transaction ID": report.external_id,
        "Asked" if report.bureau else "Entered": f"{moment(report.asked_at)} by {report.asked_by}",
        "Purpose": report.get_purpose_display(),
        "Consent": f"{report.consent_by}, {report.get_consent_how_display().lower()}, {day(report.consent_on)}"
        if report.consent_by
        else "",
        "Agreed to": report.consent_text,
        "Guard overridden": report.override_reason,
        "The guard said": report.override_of.replace("\n", " "),
    }
    return [{"label": label, "value": value} for label, value in told_of.items() if value]
