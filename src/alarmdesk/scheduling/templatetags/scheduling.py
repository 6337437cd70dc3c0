"""What does a template say of an appointment? Its state as a pill, its time, its facts."""

import datetime as dt
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from alarmdesk.company.addresses import at
from alarmdesk.lib.furniture import day, icon, moment, pill
from alarmdesk.scheduling import words
from alarmdesk.scheduling.board import Bar
from alarmdesk.scheduling.models import Appointment

register = template.Library()
NOBODY = 2**53
EDGE = mark_safe('<i class="bar-edge" aria-hidden="true"></i>')


@register.simple_tag
def appointment_pill(appointment: Appointment, at: dt.datetime) -> SafeString:
    """Where it stands."""
    return pill(*words.state(appointment, at))


@register.simple_tag(takes_context=True)
def appointment_bar(context: Context, bar: Bar, technician: int) -> SafeString:
    """A bar of the day's board: a link that can be dragged. Written here, not as a template, for a day has hundreds."""
    own, when = bar.appointment, words.hours(bar.appointment)
    starts = int(own.starts_at.timestamp()) if own.starts_at else 0
    move = (
        format_html(
            ' data-move="{}" data-seen="{}-{}-{}"', _page(context, "scheduling:move", own.pk), technician, starts,
            own.minutes,
        )
        if bar.can_move else ""
    )  # fmt: skip
    return format_html(
        '<li class="bar tone-{} at-{} for-{} lane-{}" data-starts="{}" data-minutes="{}"{}>'
        '<a id="bar-{}{}" href="{}" draggable="false" title="{}, {}: {}"><strong>{}{}</strong><span>{}</span>'
        "<small>{} · {}{}</small></a>{}</li>\n",
        bar.tone, bar.block.at, bar.block.length, bar.lane, starts, own.minutes, move,
        own.pk, "" if bar.assignment.is_lead else f"-{bar.assignment.pk}",
        _page(context, "scheduling:appointment", own.pk),
        own.customer.name, when, own.work, icon("check") if own.done_at else "", own.customer.name, own.work,
        when, pill(*words.state(own, context["now"])), "" if bar.assignment.is_lead else " · helps",
        EDGE if bar.can_move else "",
    )  # fmt: skip


def _page(context: Context, name: str, pk: int) -> str:
    """The path of a page of one appointment; where it stands is asked once for each drawing."""
    drawing: Any = context.render_context
    known: dict[str, str] = drawing.setdefault("scheduling_pages", {})
    if name not in known:
        known[name] = at(name, pk=NOBODY)
    return known[name].replace(str(NOBODY), str(pk))


@register.filter
def hours(appointment: Appointment) -> str:
    """From when to when, without the day."""
    return words.hours(appointment)


@register.filter
def appointments(count: int) -> str:
    """How many, with the noun."""
    return words.some(count)


@register.filter
def takes(minutes: int | None) -> str:
    """A length in words, "" where there is none."""
    return words.length(minutes) if minutes is not None else ""


@register.filter
def crew(appointment: Appointment) -> str:
    """Who is on it, the lead first; asks nothing where the crew is at hand."""
    return ", ".join(str(row.technician) for row in appointment.assignments.all())


@register.filter
def appointment_facts(appointment: Appointment) -> list[dict[str, Any]]:
    """What was planned, for pieces/facts.html."""
    place, phone = appointment.customer.service_address, appointment.customer.first_phone
    when = f"{day(appointment.starts_at)}, {words.hours(appointment)}" if appointment.starts_at else ""
    facts: list[dict[str, Any]] = [
        {"label": "When", "value": when or "To be scheduled"},
        {"label": "Takes", "value": words.length(appointment.minutes)},
        {"label": "Who", "value": crew(appointment)},
        {"label": "Where", "value": place.one_line if place else "", "can_copy": bool(place)},
        {"label": "Phone", "value": str(phone) if phone else "", "url": f"tel:{phone.number}" if phone else ""},
        {"label": "Mails", "value": "Confirmation and reminder" if appointment.mails_customer else "None"},
        {"label": "Made", "value": f"{day(appointment.created_at)} by {appointment.created_by}"},
    ]
    return [fact for fact in facts if fact["value"]]


@register.filter
def said(appointment: Appointment) -> list[dict[str, Any]]:
    """What became of it, the latest first, for pieces/timeline.html."""
    of = appointment
    spent = f" in {words.length(of.spent_minutes)}" if of.spent_minutes else ""
    told = [
        (of.cancelled_at, of.cancelled_by, "Cancelled", of.cancel_reason, "circle-x", "bad"),
        (of.done_at, of.done_by, f"Done{spent}", of.done_work, "circle-check", "ok"),
        (of.on_site_at, of.on_site_by, "On site", "", "map-pin", "warn"),
        (of.on_my_way_at, of.on_my_way_by, "On my way", "", "truck", "info"),
    ]
    return [
        {
            "at": at,
            "when": moment(at),
            "text": text,
            "note": f"{note} · {by}" if note else by,
            "icon": icon,
            "kind": kind,
        }
        for at, by, text, note, icon, kind in told
        if at is not None
    ]
