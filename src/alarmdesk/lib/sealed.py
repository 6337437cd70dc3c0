"""How is a secret kept in the database? Encrypted, with a key that lives in the environment only.

ALARMDESK_SEALING_KEYS lists keys newest first as "id:key,id:key"; every sealed text names the key that sealed it, so
keys rotate: add a new one in front, reseal at leisure, drop the old one.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


class Unsealable(Exception):
    """A sealed value was written with a key that this installation does not have."""


def seal(text: str) -> str:
    """Encrypt a text with the newest key."""
    key_id, key = next(iter(settings.SEALING_KEYS.items()))
    return f"{key_id}:{Fernet(key).encrypt(text.encode()).decode()}"


def unseal(sealed: str) -> str:
    """Decrypt a sealed text. Raises Unsealable when its key is not here or the text was tampered with."""
    key_id, _, token = sealed.partition(":")
    key = settings.SEALING_KEYS.get(key_id)
    if key is None:
        raise Unsealable(f"The key “{key_id}” is not among this installation's keys.")
    try:
        return Fernet(key).decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unsealable("A sealed value does not open: it was changed, or its key was.") from None


class SealedJSONField(models.TextField):  # type: ignore[type-arg]
    """A small JSON object that is ciphertext at rest: in the table, in backups and in the trail."""

    description = "Sealed JSON object"
    _pyi_private_set_type: dict[str, Any]  # type: ignore[assignment]
    _pyi_private_get_type: dict[str, Any]  # type: ignore[assignment]

    def from_db_value(self, value: str | None, *_: object) -> dict[str, Any] | None:
        if not value:
            return {} if value == "" else None
        opened: dict[str, Any] = json.loads(unseal(value))
        return opened

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return seal(json.dumps(value)) if value else ""
