"""By which words is a customer found, and who is found by these words?

A search entry is " words of the name | words of all else", every word after one space, so that `% cald%` asks for a
word's beginning. One pure rule derives it (`entry_text`) and one turns what was typed into patterns (`patterns`): both
go through `plain`, so that accents, case and punctuation never part them. The SQL function alarmdesk_search
(migration 0002) does the asking. Figures and reasons: performance.md, "Search".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered_id
from alarmdesk.customers.models import Customer
from alarmdesk.lib.audit import Difference

WORDS_ASKED = 4  # alarmdesk_search takes so many patterns; the longest say the most
BATCH = 2_000
_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[^\W_]\S*@\S*[^\W_]")
_NOT_MAIL = re.compile(r"[^\w@.+'-]")
_APOSTROPHES = re.compile("['’ʼ]")
_PHONE_ONLY = re.compile(r"[\d\s().+/-]+")
_SEVEN = re.compile(r"\d{3}[\s.-]*\d{4}")
_OF_AMERICA = re.compile(r"^\s*\+1(?=\D|\d{10}$)")

READ = """
select c.id, c.first_name, c.last_name, c.business_name, c.account_number, c.email,
    array(select concat_ws(' ', a.street, a.street_2, a.city, a.state, a.zip_code) from customers_address a
          where a.company_id = c.company_id and a.customer_id = c.id order by a.kind),
    array(select p.number from customers_phone p
          where p.company_id = c.company_id and p.customer_id = c.id order by p.id)
from customers_customer c
"""
WRITE = """
insert into customers_searchentry as s (company_id, customer_id, q)
select %s, derived.customer_id, derived.q
from unnest(%s::bigint[], %s::text[]) as derived (customer_id, q)
on conflict (company_id, customer_id) do update set q = excluded.q where s.q <> excluded.q
"""
FIND = r"""
select hit.id
from alarmdesk_search(%(patterns)s::text[], %(stage)s, %(at_most)s) as hit (id)
join customers_searchentry s on s.customer_id = hit.id
order by s.q like %(phrase)s desc, s.q like %(by_name)s desc, s.q, hit.id
"""


def find(text: str, *, stage: Customer.Stage | str | None = None, at_most: int = 300) -> list[int]:
    """Ids of the entered company's customers that have every typed word at a word's beginning, in their name, account
    number, e-mail, addresses or phone numbers; those found by name first. An empty text finds the newest.
    """
    if not text.strip():
        everyone = Customer.objects.filter(stage=stage) if stage else Customer.objects.all()
        return list(everyone.order_by("-pk").values_list("pk", flat=True)[:at_most])
    asked = patterns(text)
    if not asked:
        return []
    values = {
        "patterns": asked,
        "stage": str(stage) if stage else None,
        "at_most": at_most,
        "phrase": "".join(f" {_escaped(word)}" for word in _typed_words(text)) + "%",
        "by_name": asked[0] + "|%",
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, values)
        return [row[0] for row in cursor.fetchall()]


def refresh(customer_ids: Iterable[int]) -> None:
    """Derive the search entries of these customers of the entered company anew: two statements for each 2,000."""
    ids = list(customer_ids)
    for start in range(0, len(ids), BATCH):
        derived = _derived("where c.id = any(%s::bigint[])", [ids[start : start + BATCH]])
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [entered_id(), list(derived), list(derived.values())])


def differences() -> Iterator[Difference]:
    """The entered company's search entries that do not equal what they derive from, and those that are missing."""
    last = 0
    while derived := _derived("where c.id > %s order by c.id limit %s", [last, BATCH]):
        last = max(derived)
        with connection.cursor() as cursor:
            cursor.execute(
                "select customer_id, q from customers_searchentry where customer_id = any(%s::bigint[])",
                [list(derived)],
            )
            stored: dict[int, str] = dict(cursor.fetchall())
        for customer_id, text in derived.items():
            if stored.get(customer_id) != text:
                yield Difference("customer", str(customer_id), "search entry", stored.get(customer_id, "none"), text)


def _derived(where: str, params: list[Any]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(READ + where, params)
        return {
            row[0]: entry_text(names=row[1:4], account_number=row[4], email=row[5], addresses=row[6], phones=row[7])
            for row in cursor.fetchall()
        }


# --- the two pure rules


def entry_text(
    *, names: Iterable[str], account_number: str, email: str, addresses: Iterable[str], phones: Iterable[str]
) -> str:
    """What a customer is found by. Phones are E.164."""
    by_name = dict.fromkeys(word for name in names for word in _words(name))
    whole_account = " ".join(plain(account_number).replace("|", " ").split())
    local_part = email.partition("@")[0]
    rest = [
        whole_account,
        _squeezed(plain(account_number)),
        *_words(account_number),
        _NOT_MAIL.sub("", plain(email)),
        *_words(local_part),
        *(word for address in addresses for word in _words(address)),
        *(word for phone in phones for word in _phone_words(phone)),
    ]
    return "".join(f" {word}" for word in [*by_name, "|", *dict.fromkeys(filter(None, rest))])


def patterns(text: str) -> list[str]:
    """LIKE patterns for what was typed, at most four; the longest words where there are more."""
    words = sorted(dict.fromkeys(_typed_words(text)), key=len, reverse=True)
    return [f"% {_escaped(word)}%" for word in words[:WORDS_ASKED]]


def plain(text: str) -> str:
    """Without case and accents: “Núñez” and “NUNEZ” are one."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def _typed_words(text: str) -> list[str]:
    asked = _OF_AMERICA.sub("", plain(text))
    if number := _typed_phone(asked):
        return [number]
    words = (_NOT_MAIL.sub("", token) if _MAIL.search(token) else _squeezed(token) for token in asked.split())
    return [word for word in words if _WORD.search(word)]


def _typed_phone(text: str) -> str:
    """The digits when the whole text is a telephone number, in whatever format; else ""."""
    if not _PHONE_ONLY.fullmatch(text):
        return ""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits.startswith("1"):
        return digits[1:]
    is_abroad = text.lstrip().startswith("+") and len(digits) > 7
    return digits if len(digits) == 10 or is_abroad or _SEVEN.fullmatch(text.strip()) else ""


def _words(text: str) -> Iterator[str]:
    """Every word, whole without its punctuation and its pieces: smith-o'hara -> smithohara, smith, ohara, o, hara."""
    for token in plain(text).split():
        pieces = _WORD.findall(token)
        if pieces:
            yield "".join(pieces)
        if len(pieces) > 1:
            yield from _WORD.findall(_APOSTROPHES.sub("", token))
            yield from pieces
        if _MAIL.search(token):
            yield _NOT_MAIL.sub("", token)


def _phone_words(e164: str) -> Iterator[str]:
    digits = re.sub(r"\D", "", e164)
    if digits:
        national = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
        yield from (national, national[-7:], national[-4:])


def _squeezed(text: str) -> str:
    return "".join(_WORD.findall(text))


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
