"""How does a sealing key go out of use? Everything that is sealed is sealed again with the newest key."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.lib.sealed import SealedJSONField, Unsealable

ACTOR = Actor("system", "Key rotation")


@dataclass(slots=True)
class Resealed:
    """How many values were sealed again, how many were sealed with the newest key already, and which do not open."""

    again: int = 0
    already: int = 0
    closed: list[str] = field(default_factory=list)


def reseal(companies: list[Company]) -> Resealed:
    """Seal all values of these companies with the newest key, a transaction for each company. Safe to run again.

    A value whose key is not here stays as it is and is named.
    """
    done = Resealed()
    for company in companies:
        with inside(company, actor=ACTOR):
            for model, column in _sealed_columns():
                _reseal_rows(company, model, column, done)
    return done


def _sealed_columns() -> list[tuple[type[models.Model], str]]:
    return [
        (model, each.name)
        for model in apps.get_models()
        for each in model._meta.local_fields
        if isinstance(each, SealedJSONField)
    ]


def _reseal_rows(company: Company, model: type[models.Model], column: str, done: Resealed) -> None:
    newest = next(iter(settings.SEALING_KEYS))
    rows = model._default_manager.filter(company=company).exclude(**{column: {}})
    held: dict[int, str] = dict(rows.values_list("pk", Cast(column, models.TextField())).order_by("pk"))
    for pk, text in held.items():
        key = text.partition(":")[0]
        if key == newest:
            done.already += 1
            continue
        try:
            row: Any = rows.select_for_update().get(pk=pk)
        except Unsealable as error:
            done.closed.append(f"{company.slug}: {model._meta.verbose_name} {pk}: {error}")
            continue
        row.save(update_fields=[column])
        done.again += 1
