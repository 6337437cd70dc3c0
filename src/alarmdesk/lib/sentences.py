"""What does a form say of what was typed, where Django speaks of values and characters? One place for all forms.

A field that can say more says it itself (`error_messages`); these are the sentences of all others, of models' fields,
too.
"""

from django.core import validators

SENTENCES = (
    (validators.MaxLengthValidator, "Write at most %(limit_value)d characters: these are %(show_value)d."),
    (validators.MinLengthValidator, "Write at least %(limit_value)d characters: these are %(show_value)d."),
    (validators.MaxValueValidator, "Write %(limit_value)s or less."),
    (validators.MinValueValidator, "Write %(limit_value)s or more."),
)
DECIMALS = {
    "invalid": "Write a number.",
    "max_digits": "Write at most %(max)s digits.",
    "max_decimal_places": "Write at most %(max)s decimals.",
    "max_whole_digits": "Write at most %(max)s digits before the point.",
}


def speak_plainly() -> None:
    """Give Django's validators our sentences. Once, when the program starts."""
    for validator, sentence in SENTENCES:
        validator.message = sentence
    validators.DecimalValidator.messages = DECIMALS
