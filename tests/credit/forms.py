"""What does a browser send when it runs a credit check?"""

from typing import Any

from alarmdesk.credit.inquiring import new_token


def sheet(at: Any, **fields: Any) -> dict[str, Any]:
    """The form about Dana at home, with her consent, for the bureau `at`; a field of None is left out."""
    first, last = fields.get("first_name", "Dana"), fields.get("last_name", "Whitfield")
    said = {
        "token": new_token(), "bureau": at.pk, "pull": "soft", "who": "customer", "first_name": first,
        "last_name": last, "street": "2210 E 15th St", "city": "Tulsa", "state": "OK", "zip_code": "74104",
        "purpose": "transaction", "consent_by": f"{first} {last}", "consent_how": "paper",
        "consent_on": "2026-11-21", "consent": "on",
    }  # fmt: skip
    return {name: value for name, value in {**said, **fields}.items() if value is not None}


def moved(street: str) -> dict[str, str]:
    """Where they lived before."""
    return {
        "is_new_here": "on", "previous_street": street, "previous_city": "Wichita", "previous_state": "KS",
        "previous_zip_code": "67202",
    }  # fmt: skip
