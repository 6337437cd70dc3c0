"""Which tables hold bureaus, whom they were asked about, and what became of it?

No column holds a Social Security number or a date of birth: both pass through (inquiring.py, decision 41).
"""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from alarmdesk.company.models import Company, User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.credit.bureaus import port
from alarmdesk.customers.models import Customer
from alarmdesk.lib import phones
from alarmdesk.lib.sealed import SealedJSONField

LOWEST_SCORE, HIGHEST_SCORE = 300, 850
CONSENT = (
    "I authorize {company} to obtain my credit report from a consumer reporting agency, to decide about the service "
    "that I have asked for."
)


class CreditSettings(models.Model):
    """The company's switch and rules: at most one row. Off, nothing of the room is seen or offered (F21)."""

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"
        E = "E", "E"

    company = CompanyKey(related_name="credit_settings")
    turned_on_at = models.DateTimeField("turned on", null=True, blank=True)
    turned_on_by = models.CharField(max_length=120, blank=True, default="")
    grade_a = models.SmallIntegerField("grade A from", default=720)
    grade_b = models.SmallIntegerField("grade B from", default=660)
    grade_c = models.SmallIntegerField("grade C from", default=600)
    grade_d = models.SmallIntegerField("grade D from", default=540)
    passing = models.CharField("lowest grade that passes", max_length=1, choices=Grade, default=Grade.C)
    keep_days = models.SmallIntegerField("days that a result is kept", default=60)
    guard_days = models.SmallIntegerField("days that a failed check is remembered", default=90)
    daily_limit = models.SmallIntegerField("checks per person and day", default=15)
    consent_text = models.TextField("what the consumer agrees to", max_length=1000, default=CONSENT)

    class Meta:
        verbose_name_plural = "credit settings"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company"], name="credit_settings_once"),
            models.CheckConstraint(
                condition=Q(
                    grade_d__gt=LOWEST_SCORE, grade_c__gt=F("grade_d"), grade_b__gt=F("grade_c"),
                    grade_a__gt=F("grade_b"), grade_a__lte=HIGHEST_SCORE,
                ),
                name="credit_grades_descend",
            ),
            models.CheckConstraint(
                condition=Q(keep_days__gte=1, guard_days__gte=1, daily_limit__gte=1), name="credit_limits_positive"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "Credit settings"

    @property
    def is_on(self) -> bool:
        """Whether credit checks are turned on."""
        return self.turned_on_at is not None

    def consent_for(self, company: Company) -> str:
        """What the consumer agrees to, with the company's name in it."""
        return self.consent_text.replace("{company}", company.name)


class Bureau(models.Model):
    """A bureau's account of the company's. `account` is what may be shown, `secrets` what may not; the consumer's
    lines stand in adverse action letters (15 U.S.C. 1681m(a)).
    """

    class Kind(models.TextChoices):
        TRANSUNION = "transunion", "TransUnion"
        EQUIFAX = "equifax", "Equifax"

    company = CompanyKey(related_name="bureaus")
    kind = models.CharField("bureau", max_length=12, choices=Kind)
    name = models.CharField(max_length=80)
    account = models.JSONField(default=dict)
    secrets = SealedJSONField(default=dict)
    is_active = models.BooleanField("active", default=True)
    consumer_name = models.CharField("bureau's name in letters", max_length=120)
    consumer_address = models.CharField("its address for consumers", max_length=200)
    consumer_phone = models.CharField("its toll-free phone", max_length=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("company", Lower("name"), name="credit_bureau_name")]

    def __str__(self) -> str:
        return self.name


class CreditReport(models.Model):
    """One inquiry and what came of it, or a score entered by hand (no bureau). Who asked, about whom, why, and who
    agreed never change; afterwards only state, score, grade and date are left of the result (F6 of domain.md).
    """

    class State(models.TextChoices):
        ASKED = "asked", "Being asked"
        SCORED = "scored", "Scored"
        NO_SCORE = "no_score", "No score"
        NO_HIT = "no_hit", "Not found"
        FROZEN = "frozen", "File frozen"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "No answer"

    class Pull(models.TextChoices):
        SOFT = port.Pull.SOFT.value, "Soft"
        HARD = port.Pull.HARD.value, "Hard"

    class Purpose(models.TextChoices):
        CREDIT = port.Purpose.CREDIT.value, "They apply for credit: installments, or service that is billed afterwards"
        TRANSACTION = port.Purpose.TRANSACTION.value, "They began a transaction with us"
        INSTRUCTION = port.Purpose.INSTRUCTION.value, "They instructed us in writing"

    class How(models.TextChoices):
        PAPER = "paper", "Signed on paper"
        SCREEN = "screen", "Signed on a screen"
        EMAIL = "email", "By e-mail"
        CALL = "call", "On a recorded call"

    company = CompanyKey(related_name="credit_reports")
    customer = Link(Customer, related_name="credit_reports")
    bureau = Link(Bureau, null=True, blank=True, related_name="reports")
    source = models.CharField("where it comes from", max_length=80, blank=True, default="")
    form_token = models.CharField(max_length=40, null=True, blank=True)
    our_reference = models.CharField(max_length=24, blank=True, default="")
    pull = models.CharField(max_length=4, choices=Pull, blank=True, default="")
    first_name = models.CharField(max_length=80, blank=True, default="")
    last_name = models.CharField(max_length=80, blank=True, default="")
    is_cosigner = models.BooleanField("co-signer", default=False)
    address = models.CharField("address asked about", max_length=320, blank=True, default="")
    previous_address = models.CharField("previous address", max_length=320, blank=True, default="")
    place_key = models.CharField(max_length=200, blank=True, default="")
    purpose = models.CharField("permissible purpose", max_length=12, choices=Purpose, blank=True, default="")
    consent_by = models.CharField("who agreed", max_length=161, blank=True, default="")
    consent_how = models.CharField("how", max_length=8, choices=How, blank=True, default="")
    consent_on = models.DateField("agreed on", null=True, blank=True)
    consent_text = models.TextField("agreed to", blank=True, default="")
    override_reason = models.CharField("why the guard was overridden", max_length=300, blank=True, default="")
    override_of = models.TextField("what the guard said", blank=True, default="")
    asked_at = models.DateTimeField("asked")
    asked_by = models.CharField("asked by", max_length=120)
    asked_by_user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    external_id = models.CharField("transaction ID", max_length=40, blank=True, default="")
    score = models.SmallIntegerField(null=True, blank=True)
    grade = models.CharField(max_length=1, choices=CreditSettings.Grade, blank=True, default="")
    applied_at = models.DateTimeField("applied to the customer", null=True, blank=True)
    applied_by = models.CharField("applied by", max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(applied_at__isnull=False), name="credit_one_applied"
            ),
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(state="asked"), name="credit_one_under_way"
            ),
            models.UniqueConstraint(
                fields=["company", "form_token"], condition=Q(form_token__isnull=False), name="credit_form_once"
            ),
            models.CheckConstraint(
                condition=Q(state="scored") & Q(score__gte=LOWEST_SCORE, score__lte=HIGHEST_SCORE) & ~Q(grade="")
                | ~Q(state="scored") & Q(score=None, grade=""),
                name="credit_scored_has_score",
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(state="scored"), name="credit_applied_has_score"
            ),
            models.CheckConstraint(
                condition=Q(bureau=None, state="scored") & ~Q(source="")
                | Q(bureau__isnull=False, consent_on__isnull=False)
                & ~Q(purpose="") & ~Q(consent_by="") & ~Q(consent_how="") & ~Q(consent_text=""),
                name="credit_inquiry_has_consent",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["company", "place_key", "-asked_at"], name="credit_by_place"),
            models.Index(fields=["company", "asked_by_user", "-asked_at"], name="credit_by_asker"),
        ]

    def __str__(self) -> str:
        return f"Credit report of {self.subject_name}"

    @property
    def subject_name(self) -> str:
        """Whom it is about."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_manual(self) -> bool:
        """Whether somebody typed the score in."""
        return self.bureau_id is None

    @property
    def has_answer(self) -> bool:
        """Whether the bureau has said what it found, were it nothing."""
        return self.state in (self.State.SCORED, self.State.NO_SCORE, self.State.NO_HIT, self.State.FROZEN)

    def passes(self, passing: str) -> bool:
        """Whether it has a grade that is good enough."""
        return bool(self.grade) and self.grade <= passing

    def has_failed(self, passing: str) -> bool:
        """Whether the bureau answered, and not well enough."""
        return self.has_answer and not self.passes(passing)


class KeptAnswer(models.Model):
    """What a bureau said beyond score and grade, sealed, until the day on which it is forgotten. No trail: what is
    forgotten must be nowhere.
    """

    company = CompanyKey(related_name="kept_answers")
    report = Link(CreditReport, models.CASCADE, related_name="kept", indexed=False)
    said = SealedJSONField(default=dict)
    forget_on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "report"], name="credit_answer_once")]
        indexes: ClassVar = [models.Index(fields=["company", "forget_on"], name="credit_to_forget")]

    @classmethod
    def of(cls, answer: port.Answer, report: CreditReport, *, forget_on: dt.date) -> "KeptAnswer":
        """The words of an answer, not saved yet."""
        said: dict[str, Any] = {
            "model": answer.model, "factors": list(answer.factors), "alerts": list(answer.alerts),
            "image": answer.image,
        }  # fmt: skip
        return cls(report=report, said=said, forget_on=forget_on)


class AdverseLetter(models.Model):
    """A letter that says no, or not so, because of a report (15 U.S.C. 1681m). All its words are in `said`, sealed; it
    never changes.
    """

    company = CompanyKey(related_name="adverse_letters")
    report = Link(CreditReport, related_name="letters")
    dated_on = models.DateField("date")
    decision = models.CharField(max_length=300)
    said = SealedJSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        verbose_name = "adverse action letter"

    def __str__(self) -> str:
        return f"Adverse action letter of {self.dated_on:%b} {self.dated_on.day}, {self.dated_on.year}"


def shown_phone(number: str) -> str:
    """A bureau's number as people write it, whatever was typed."""
    try:
        return phones.shown(phones.normal(number))
    except phones.BadPhone:
        return number
