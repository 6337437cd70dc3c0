"""How is a file kept that is brought in from another system, with what it made and what is wrong with it?"""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Lower

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer


class Mapping(models.Model):
    """A named way to read a CSV of another system: column -> field, translations of values, constants."""

    company = CompanyKey(related_name="mappings")
    name = models.CharField(max_length=80)
    rules = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("company", Lower("name"), name="customers_mapping_name")]

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One file brought in from another system, with its run; undone as a whole or not at all.

    `as_of` is the company's date at the check, by which dates are judged; `through_line` is the last line of the
    file whose rows are in, committed together with them, so that a killed import goes on where it stood.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        CHECKED = "checked", "Checked"
        IMPORTING = "importing", "Importing"
        IMPORTED = "imported", "Imported"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    company = CompanyKey(related_name="imports")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    file_name = models.CharField(max_length=200)
    rules = models.JSONField(default=dict)
    run = Link(Run, models.SET_NULL, null=True, blank=True, related_name="imports")
    rows = models.BigIntegerField(default=0)
    bad_rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField("size in bytes", default=0)
    digest = models.CharField("SHA-256 of the file", max_length=64, blank=True, default="")
    as_of = models.DateField(null=True, blank=True)
    skips_bad_rows = models.BooleanField("import the good rows only", default=False)
    through_line = models.BigIntegerField(default=0)
    imported_rows = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    imported_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name


class ImportChunk(models.Model):
    """A piece of an uploaded file as it came, so that any worker can read it and memory stays bounded."""

    company = CompanyKey(related_name="import_chunks")
    of_import = Link(Import, models.CASCADE, related_name="chunks", indexed=False)
    position = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "of_import", "position"], name="customers_chunk_once")
        ]


class ImportProblem(models.Model):
    """A bad cell of an import: its line, its column, what was there and what is wrong with it."""

    company = CompanyKey(related_name="import_problems")
    of_import = Link(Import, models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    column = models.CharField(max_length=120, blank=True, default="")
    value = models.CharField(max_length=200, blank=True, default="")
    message = models.CharField(max_length=300)

    def as_row(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "value": self.value, "message": self.message}


class WaitingMethod(models.Model):
    """An imported customer's test card or test account that the gateway has not stored yet; gone once it has.

    Until then there is no billing method and no Auto Pay. `failure` says why the gateway would not take it.
    """

    company = CompanyKey(related_name="waiting_methods")
    of_import = Link(Import, models.CASCADE, related_name="waiting_methods")
    customer = Link(Customer, models.CASCADE, related_name="waiting_methods")
    line = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=[("card", "Card"), ("ach", "Bank account")])
    auto_pay = models.BooleanField(default=False)
    failure = models.CharField(max_length=300, blank=True, default="")
