"""How does an adverse action letter become a PDF? By a template of its own, on the company's letterhead."""

import json
from pathlib import Path

from alarmdesk.company.letterhead import sender_as_json, sender_of
from alarmdesk.company.models import Company
from alarmdesk.credit.declining import Said
from alarmdesk.credit.models import AdverseLetter
from alarmdesk.lib.furniture import day
from alarmdesk.lib.press import press_of

TEMPLATE = Path(__file__).parent / "typst" / "letter.typ"
TITLE = "Notice of action taken"


def pdf(letter: AdverseLetter, company: Company) -> bytes:
    """The letter as PDF: the same letter is the same file."""
    said, sender = Said.of(letter), sender_of(company)
    told = {
        "title": TITLE,
        "date": day(letter.dated_on),
        **{name: getattr(said, name) for name in Said.__slots__},
    }
    body = f'{{"sender": {sender_as_json(sender)}, "letter": {json.dumps(told)}}}'
    return press_of(TEMPLATE).pdf(body, sender.logo, int(letter.made_at.timestamp()), tags=True)


def file_name(letter: AdverseLetter) -> str:
    """notice-2026-11-21-12.pdf"""
    return f"notice-{letter.dated_on:%Y-%m-%d}-{letter.pk}.pdf"
