"""How does a word come onto a customer, and how does the company keep its words in order (F26, D11)?"""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer, Tag, Tagging
from alarmdesk.lib.inserting import insert_columns

LONGEST = 40
AT_ONCE = 2_000
OFFERED = 200


class BadTag(ValueError):
    """Nothing was written, or more than fits on a tag."""


class TagTaken(ValueError):
    """Another tag has the name, in whatever case."""


class TagGone(ValueError):
    """The tag was deleted or merged."""


def in_use() -> QuerySet[Tag]:
    """The entered company's tags, by name."""
    return entered().tags.filter(retired_at=None).order_by("name", "pk")


def on_customer(customer: Customer) -> QuerySet[Tagging]:
    """The customer's tags, by name: one query."""
    return customer.taggings.select_related("tag").order_by("tag__name", "pk")


def offered(customer: Customer) -> list[str]:
    """The names of tags in use that the customer does not have."""
    rows = in_use().exclude(taggings__customer=customer)
    return list(rows.values_list("name", flat=True)[:OFFERED])


def tag_named(text: str, *, colour: str = Tag.Colour.GREY, at: dt.datetime, by: str) -> Tag:
    """The company's tag of that name, in whatever case; a new one of that colour where there is none. Raises BadTag."""
    name = _clean(text)
    held = in_use().filter(name__iexact=name).first()
    if held is not None:
        return held
    # two who type the same new word at once: the second finds the first's
    Tag.objects.bulk_create([Tag(name=name, colour=colour, created_at=at, created_by=by)], ignore_conflicts=True)
    made = in_use().filter(name__iexact=name).first()
    if made is None:
        raise TagGone(f"“{name}” was deleted this very moment. Save it once more.")
    return made


def tag_customer(
    customer: Customer, text: str, *, colour: str = Tag.Colour.GREY, at: dt.datetime, by: str
) -> tuple[Tag, bool]:
    """Put a tag on a lead or customer (F26); the tag, and whether it is new there. Raises BadTag."""
    tag = tag_named(text, colour=colour, at=at, by=by)
    return tag, tag_many([customer.pk], tag, at=at, by=by) == 1


def tag_many(customer_ids: Iterable[int], tag: Tag, *, at: dt.datetime, by: str) -> int:
    """Put a tag on many; how many did not have it. Raises TagGone."""
    ids = sorted(set(customer_ids))
    added = 0
    with transaction.atomic():
        _hold(tag)
        for start in range(0, len(ids), AT_ONCE):
            written = insert_columns(
                Tagging,
                {"customer_id": ids[start : start + AT_ONCE]},
                constants={"tag_id": tag.pk, "added_at": at, "added_by": by},
                on_conflict="on conflict (company_id, customer_id, tag_id) do nothing",
                returning=["id"],
            )
            added += len(written)
    return added


def untag_many(customer_ids: Iterable[int], tag: Tag) -> int:
    """Take a tag off; how many had it."""
    ids = sorted(set(customer_ids))
    removed = 0
    with transaction.atomic():
        for start in range(0, len(ids), AT_ONCE):
            rows = Tagging.objects.filter(tag=tag, customer_id__in=ids[start : start + AT_ONCE])
            removed += rows.delete()[0]
    return removed


def save_tag(tag: Tag) -> None:
    """Another name or colour; it is the same tag wherever it is. Raises BadTag, TagTaken."""
    tag.name = _clean(tag.name)
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as error:
        if "customers_tag_once" not in str(error):
            raise
        raise TagTaken(f"There is a tag “{tag.name}” already. Merge the two instead.") from error


def merge_tags(tag: Tag, into: Tag, *, at: dt.datetime, by: str) -> int:
    """Whoever has the one has the other from now on, once; how many that are. The one is gone. Raises TagGone."""
    if tag.pk == into.pk:
        raise TagGone("Choose another tag: these two are one.")
    with transaction.atomic():
        for held in sorted((tag, into), key=lambda one: one.pk):
            _hold(held)
        both = Tagging.objects.filter(tag=into).values("customer")
        count = tag.taggings.count()
        tag.taggings.filter(customer__in=both).delete()
        tag.taggings.update(tag=into)
        _retire(tag, at=at, by=by)
    return count


def delete_tag(tag: Tag, *, at: dt.datetime, by: str) -> int:
    """Take a tag off everybody and out of use; how many had it. Raises TagGone."""
    with transaction.atomic():
        _hold(tag)
        count = tag.taggings.all().delete()[0]
        _retire(tag, at=at, by=by)
    return count


def _retire(tag: Tag, *, at: dt.datetime, by: str) -> None:
    tag.retired_at, tag.retired_by = at, by
    tag.save(update_fields=["retired_at", "retired_by"])


def _hold(tag: Tag) -> None:
    """Nobody merges or deletes a tag while it is being put on somebody."""
    if entered().tags.select_for_update(of=("self",)).filter(pk=tag.pk, retired_at=None).first() is None:
        raise TagGone(f"The tag “{tag}” is not there any more.")


def _clean(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise BadTag("Write a word or two.")
    if len(name) > LONGEST:
        raise BadTag(f"A tag has at most {LONGEST} letters.")
    return name
