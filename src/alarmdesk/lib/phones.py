"""How is a telephone number kept and found? As E.164 digits, however it was typed."""

import phonenumbers

REGION = "US"


class BadPhone(ValueError):
    """The text is no telephone number."""


def normal(text: str) -> str:
    """The number as E.164, such as +19185550142. Raises BadPhone with a sentence fit to show."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        raise BadPhone(f"“{text}” is not a phone number. Write it like (918) 555-0142.") from None
    if not phonenumbers.is_possible_number(number):
        raise BadPhone(f"“{text}” has the wrong number of digits. Write it like (918) 555-0142.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown(e164: str) -> str:
    """The number as people of its country write it."""
    try:
        number = phonenumbers.parse(e164, REGION)
    except phonenumbers.NumberParseException:
        return e164
    style = phonenumbers.PhoneNumberFormat
    home = number.country_code == 1
    return phonenumbers.format_number(number, style.NATIONAL if home else style.INTERNATIONAL)
