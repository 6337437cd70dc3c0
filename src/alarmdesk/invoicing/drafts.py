"""How is a document kept while somebody still writes it, and how does a draft become the document?

Nothing that was typed is lost: each saving is a version of its own, also one that came second and did not know the
first. A draft closes once: two clicks or two people make one document.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing import equipping
from alarmdesk.invoicing.actions import issue
from alarmdesk.invoicing.correcting import supersede
from alarmdesk.invoicing.models import Draft, DraftVersion, Invoice

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a saving: it is the draft now, or it is kept beside what somebody else had saved meanwhile."""

    draft: Draft
    version: DraftVersion

    @property
    def is_in_force(self) -> bool:
        return self.version.version == self.draft.version


def begin_draft(
    *,
    customer: Customer,
    type: str,  # noqa: A002  the trade's word for it (F38)
    content: Content,
    at: dt.datetime,
    by: str,
    key: uuid.UUID | None = None,
    corrects: Invoice | None = None,
) -> tuple[Draft, bool]:
    """A new draft, locked, and True; the one that was begun with the same key, locked, and False."""
    key = key or uuid.uuid4()
    wanted = Draft(customer=customer, type=type, content=content, key=key, corrects=corrects, saved_at=at, saved_by=by)
    Draft.objects.bulk_create([wanted], ignore_conflicts=True)  # waits for whoever is making the same one
    draft = Draft.objects.select_for_update(of=("self",)).get(company=entered(), key=key)
    if draft.versions.exists():
        return draft, False
    _write_version(draft, content, at=at, by=by)
    return draft, True


def keep(draft: Draft, content: Content, *, on_version: int, type: str, at: dt.datetime, by: str) -> Kept:  # noqa: A002
    """Save what was typed over version `on_version` of a draft that is held and open.

    Where somebody saved another version meanwhile, theirs stays in force and this one is kept beside it. The same
    words again are no new version.
    """
    if content == draft.content:
        return Kept(draft, draft.versions.get(version=draft.version))
    last = draft.versions.order_by("-version").first()
    if draft.version != on_version and last is not None and last.content == content:
        return Kept(draft, last)
    version = _write_version(draft, content, at=at, by=by)
    if draft.version == on_version:
        draft.content, draft.version, draft.type = content, version.version, type
        draft.saved_at, draft.saved_by = at, by
        draft.save(update_fields=["content", "version", "type", "saved_at", "saved_by"])
    return Kept(draft, version)


def issue_draft(draft: Draft, *, reason: str = "", at: dt.datetime, by: str, **document: Any) -> Invoice:
    """Make the document of a held, open draft and close the draft, both or neither; `document` as `issue` takes it.

    One that corrects another takes its place, with its recurring invoice, which needs a reason. Raises what `issue` and
    `supersede` raise.
    """
    with transaction.atomic():
        if draft.corrects is not None:
            equipping.release(draft.corrects, at=at)  # the lines that come in its place bill the same pieces
        of = draft.corrects.recurring_invoice if draft.corrects is not None else None
        invoice = issue(customer=draft.customer, recurring_invoice=of, at=at, by=by, **document)
        if draft.corrects is not None:
            supersede(draft.corrects, invoice, reason=reason, at=at, by=by)
        _close(draft, at=at, by=by, issued_as=invoice)
    return invoice


def discard(draft: Draft, *, at: dt.datetime, by: str) -> None:
    """Delete a held, open draft: it is on no list any more."""
    _close(draft, at=at, by=by)


def _close(draft: Draft, *, at: dt.datetime, by: str, issued_as: Invoice | None = None) -> None:
    draft.closed_at, draft.closed_by, draft.issued_as = at, by, issued_as
    draft.save(update_fields=["closed_at", "closed_by", "issued_as"])


def _write_version(draft: Draft, content: Content, *, at: dt.datetime, by: str) -> DraftVersion:
    last = draft.versions.aggregate(last=Max("version"))["last"] or 0
    version: DraftVersion = DraftVersion.objects.create(
        draft=draft, version=last + 1, content=content, saved_at=at, saved_by=by
    )
    return version
