"""How does a letter get its words? A company's own, or ours: a subject and a body with placeholders in double braces.

A placeholder is replaced by what the room that writes the letter knows of it, and by nothing else: this is no template
language, there is nothing to compute or to reach. A line in which a placeholder has nothing to say is left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from alarmdesk.company.models import Company
from alarmdesk.lib.furniture import phone
from alarmdesk.messaging.models import MailText

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
LONGEST_SUBJECT = 200


class Unwordable(ValueError):
    """A text that cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Link:
    """A value that leads somewhere: the words of the link, and its address ("" leaves the line out)."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A value that the reader opens the letter for."""

    words: str


@dataclass(frozen=True, slots=True)
class Block:
    """A value of several lines, such as those of an invoice, in both forms. `html` was escaped where it was made."""

    text: str
    html: SafeString


Value = str | Link | Strong | Block


def block(template: str, context: Mapping[str, object]) -> Block:
    """A value out of two templates of ours, NAME.txt and NAME.html."""
    html = render_to_string(f"{template}.html", dict(context))
    return Block(render_to_string(f"{template}.txt", dict(context)).strip("\n"), mark_safe(html))  # noqa: S308  it escapes


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What may stand in braces: its name, what it says, and a sample for the preview."""

    name: str
    says: str
    sample: Value


@dataclass(frozen=True, slots=True)
class Letter:
    """A kind of letter: its placeholders, and our own words for it."""

    code: str
    label: str
    when: str
    placeholders: tuple[Placeholder, ...]
    subject: str
    body: str

    @property
    def samples(self) -> dict[str, Value]:
        return {each.name: each.sample for each in self.placeholders}


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in words: subject, plain text, and the same in HTML, without what the outbox draws around it."""

    subject: str
    text: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that are in force for a kind of letter. Ask once for many letters of a kind."""

    letter: Letter
    subject: str
    body: str

    def write(self, values: Mapping[str, Value]) -> Written:
        """Put the values in. Raises KeyError when the room does not know a placeholder of its letter."""
        subject = " ".join(_PLACEHOLDER.sub(lambda met: _plain(values[met[1]]), self.subject).split())
        lines = [line for line in self.body.splitlines() if not _is_mute(line, values)]
        title = subject[:LONGEST_SUBJECT]
        return Written(title, _text(lines, values), _html(lines, values))


def wording(letter: Letter) -> Wording:
    """The words of the entered company: its own where it has some. One query."""
    own = MailText.objects.filter(letter=letter.code).first()
    return Wording(letter, own.subject, own.body) if own else ours(letter)


def ours(letter: Letter) -> Wording:
    """Our own words."""
    return Wording(letter, letter.subject, letter.body)


def check(letter: Letter, words: str, *, is_subject: bool = False) -> None:
    """Whether a text can be used for a kind of letter. Raises Unwordable."""
    known = letter.samples
    for name in _PLACEHOLDER.findall(words):
        if name not in known:
            raise Unwordable(f"There is no {{{{ {name} }}}} in this letter.")
        if is_subject and isinstance(known[name], (Block, Link)):
            raise Unwordable(f"{{{{ {name} }}}} cannot stand in a subject: it is more than a few words.")
    rest = _PLACEHOLDER.sub("", words)
    if "{{" in rest or "}}" in rest:
        raise Unwordable("A placeholder is a name in two pairs of braces, such as {{ customer.name }}.")
    if is_subject and len(words.splitlines()) > 1:
        raise Unwordable("A subject is one line.")


def signature(company: Company) -> Block:
    """The company at the foot of a letter: name, phone, e-mail."""
    lines = [line for line in (company.name, phone(company.phone), company.email) if line]
    return Block("\n".join(lines), format_html("<p>{}</p>", _broken(lines)))


def facts_of(company: Company, customer_name: str) -> dict[str, Value]:
    """The placeholders that every letter has."""
    return {
        "customer.name": customer_name,
        "company.name": company.name,
        "company.phone": phone(company.phone),
        "company.email": company.email,
        "signature": signature(company),
    }


def _is_mute(line: str, values: Mapping[str, Value]) -> bool:
    """Whether a placeholder of the line has nothing to say."""
    return any(not _plain(values[name]).strip() for name in _PLACEHOLDER.findall(line))


def _plain(value: Value) -> str:
    """A value as plain text."""
    if isinstance(value, Link):
        return f"{value.words}: {value.url}" if value.url else ""
    if isinstance(value, Strong):
        return value.words
    return value.text if isinstance(value, Block) else value


def _text(lines: list[str], values: Mapping[str, Value]) -> str:
    told = "\n".join(_PLACEHOLDER.sub(lambda met: _plain(values[met[1]]), line).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", told).strip() + "\n"


def _html(lines: list[str], values: Mapping[str, Value]) -> SafeString:
    """Paragraphs between empty lines; a block that stands alone in its line stands between paragraphs."""
    parts: list[SafeString] = []
    paragraph: list[SafeString] = []
    for line in [*lines, ""]:
        alone = _PLACEHOLDER.fullmatch(line.strip())
        block = values[alone[1]] if alone else None
        if line.strip() and not isinstance(block, Block):
            paragraph.append(format_html_join("", "{}", ((part,) for part in _pieces(line, values))))
            continue
        if paragraph:
            parts.append(format_html("<p>{}</p>", _broken(paragraph)))
            paragraph = []
        if isinstance(block, Block):
            parts.append(block.html)
    return format_html_join("\n", "{}", ((part,) for part in parts))


def _pieces(line: str, values: Mapping[str, Value]) -> Iterator[str]:
    """The line's own words and its values, in turn."""
    for place, piece in enumerate(_PLACEHOLDER.split(line)):
        yield _marked(values[piece]) if place % 2 else piece


def _marked(value: Value) -> str:
    """A value within a line of HTML."""
    if isinstance(value, Link):
        return format_html('<a href="{}">{}</a>', value.url, value.words)
    if isinstance(value, Strong):
        return format_html("<strong>{}</strong>", value.words)
    return value.text if isinstance(value, Block) else value


def _broken(lines: list[str] | list[SafeString]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))
