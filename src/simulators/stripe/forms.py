"""How are nested parameters written in a form, and what does an endpoint find in them?

Docs: `metadata[attempt_id]=x`, `payment_method_types[]=card`, `expand[0]=latest_charge`. Everything is text. An
unknown parameter is refused as the real one refuses it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from simulators.stripe.problems import Problem

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
PART = re.compile(r"\[([^\[\]]*)\]")
LARGEST = 99_999_999
Params = dict[str, Any]


def decode(text: str) -> Params:
    """Nested dicts and lists out of form-encoded text. Raises Problem."""
    found: Params = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        match = KEY.match(key)
        if match is None:
            raise Problem(f"Invalid parameter name: {key}", code="parameter_invalid", param=key)
        _put(found, [match[1], *PART.findall(match[2])], value)
    return {name: _listed(value) for name, value in found.items()}


def _put(found: Params, path: list[str], value: str) -> None:
    """Place a value; a list is a dict with numbers for keys until `_listed`."""
    for part in path[:-1]:
        inner = found.setdefault(part, {})
        if not isinstance(inner, dict):
            raise Problem(f"Invalid parameter: {part}", code="parameter_invalid", param=part)
        found = inner
    last = path[-1]
    found[str(len(found)) if last == "" else last] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdecimal() for name in inner) else inner


def check_known(params: Params, known: set[str]) -> None:
    """Raises Problem for a parameter that the endpoint does not have."""
    strange = sorted(set(params) - known - {"expand"})
    if strange:
        raise Problem(f"Received unknown parameter: {strange[0]}", code="parameter_unknown", param=strange[0])


def need(params: Params, name: str) -> str:
    """A required text. Raises Problem."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def cents(params: Params, name: str) -> int:
    """A required whole number of cents, 1 or more. Raises Problem."""
    text = need(params, name)
    if not text.isdecimal():
        raise Problem(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if not 0 < int(text) <= LARGEST:
        raise Problem("Invalid amount", code="amount_too_small" if int(text) == 0 else "amount_too_large", param=name)
    return int(text)


def is_true(params: Params, name: str) -> bool:
    """A boolean; false when missing. Raises Problem."""
    value = params.get(name, "false")
    if value not in ("true", "false"):
        raise Problem(f"Invalid boolean: {value}", code="parameter_invalid_boolean", param=name)
    return bool(value == "true")


def mapping(params: Params, name: str) -> Params:
    """A nested part; empty when missing. Raises Problem."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise Problem(f"Invalid hash: {name}", code="parameter_invalid", param=name)
    return value


def listing(params: Params, name: str) -> list[str]:
    """A list of texts; empty when missing. Raises Problem."""
    value = params.get(name) or []
    if not isinstance(value, list):
        raise Problem(f"Invalid array: {name}", code="parameter_invalid", param=name)
    return [str(each) for each in value]


def metadata(params: Params, before: dict[str, str] | None = None) -> dict[str, str]:
    """The metadata after this request: an empty value takes a key away (docs)."""
    given = mapping(params, "metadata")
    merged = {**(before or {}), **{name: str(value) for name, value in given.items()}}
    return {name: value for name, value in merged.items() if value != ""}
