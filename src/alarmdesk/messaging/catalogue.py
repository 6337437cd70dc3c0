"""Which letters can a company put into its own words, and what are ours?

The rooms that write them fill the placeholders in. Each letter has those of EVERY besides its own.
"""

from django.utils.html import format_html, format_html_join

from alarmdesk.messaging.texts import Block, Letter, Link, Placeholder, Strong

_ROWS = (("Monitoring", "$49.95"), ("Grand Total", "$54.07"))
_TABLE = format_html("<table>{}</table>", format_html_join("", '<tr><td>{}</td><td align="right">{}</td></tr>', _ROWS))
_DOCUMENT = Block("\n".join(f"{label}: {amount}" for label, amount in _ROWS), _TABLE)
_INVOICES = Block("  Invoice 1042: $54.07", format_html("<table><tr><td>{}</td></tr></table>", "Invoice 1042: $54.07"))
_SIGNATURE = Block("Your company\n(918) 555-0142", format_html("<p>{}</p>", "Your company, (918) 555-0142"))
_AGAIN = "We try again on Nov 24, 2026."
_NEXT = Block(_AGAIN, format_html("<p>{}</p>", _AGAIN))
_PAY = Link("Pay online", "https://example.com/pay/")
_PORTAL = Link("Your account", "https://example.com/portal/")

EVERY = (
    Placeholder("customer.name", "The customer's name", "Dana Whitfield"),
    Placeholder("company.name", "Your company's name", "Your company"),
    Placeholder("company.phone", "Your phone number", "(918) 555-0142"),
    Placeholder("company.email", "Your e-mail address", "office@example.com"),
    Placeholder("signature", "Your name, phone and e-mail, line by line", _SIGNATURE),
)
NUMBER = Placeholder("number", "Its number", "1042")
AMOUNT = Placeholder("amount", "The amount", "$54.07")
DUE = Placeholder("due", "What is still due", "$54.07")
DUE_DATE = Placeholder("due_date", "When it is due", "Dec 6, 2026")
LEAD = Placeholder(
    "lead", "A sentence that says what is due, or that nothing is", Strong("$54.07 is due by Dec 6, 2026.")
)
DOCUMENT = Placeholder("document", "Its lines and sums", _DOCUMENT)
NOTE = Placeholder("note", "The note on it, if there is one", "Thank you for your business.")
PAY_LINK = Placeholder("pay_link", "A link to pay, where something is due and you take payments online", _PAY)
SIGN_LINK = Placeholder(
    "sign_link", "A link to read, sign or decline it", Link("Read it online", "https://example.com/quote/")
)
PORTAL = Placeholder("portal", "A link to the customer's account", _PORTAL)
METHOD = Placeholder("method", "The card, account or way of paying", "Visa ending 4242")
DATE = Placeholder("date", "The day of it", "Nov 21, 2026")
INVOICES = Placeholder("invoices", "The invoices that it is about", _INVOICES)

_PAPER = (NUMBER, AMOUNT, LEAD, DOCUMENT, NOTE, PAY_LINK, DUE, DUE_DATE, *EVERY)
_PAPER_BODY = (
    "Hello {{ customer.name }},\n\n{{ lead }}\n\n{{ pay_link }}\n\n{{ document }}\n\n{{ note }}\n\n{{ signature }}"
)

INVOICE = Letter(
    "invoice", "Invoice", "brings an invoice", _PAPER, "Invoice {{ number }} from {{ company.name }}", _PAPER_BODY
)
QUOTE = Letter(
    "quote", "Quote", "brings a quote", (*_PAPER, SIGN_LINK), "Quote {{ number }} from {{ company.name }}",
    _PAPER_BODY.replace("pay_link", "sign_link"),
)  # fmt: skip
CREDIT = Letter(
    "credit", "Credit", "brings a credit", _PAPER, "Credit {{ number }} from {{ company.name }}", _PAPER_BODY
)
RECEIPT = Letter(
    "receipt", "Receipt", "thanks for a payment", (NUMBER, AMOUNT, DATE, METHOD, INVOICES, PORTAL, *EVERY),
    "Receipt for your payment of {{ amount }}",
    "Hello {{ customer.name }},\n\nthank you. {{ company.name }} has received your payment of {{ amount }} on "
    "{{ date }} ({{ method }}).\n\n{{ invoices }}\n\nPayment {{ number }}. {{ portal }}\n\n{{ signature }}",
)  # fmt: skip
MONEY_BACK = Letter(
    "money_back", "Money back", "tells of money that was sent to the customer",
    (NUMBER, AMOUNT, DATE, METHOD, PORTAL, *EVERY),
    "{{ company.name }} has sent you {{ amount }}",
    "Hello {{ customer.name }},\n\n{{ company.name }} has sent you {{ amount }} on {{ date }} ({{ method }}).\n\n"
    "Payment {{ number }}. {{ portal }}\n\n{{ signature }}",
)  # fmt: skip
PAYMENT_FAILED = Letter(
    "payment_failed", "Payment failed", "tells that an automatic payment was refused, and what happens next",
    (
        Placeholder("headline", "What happened, as a subject", "Your payment of $54.07 did not go through"),
        Placeholder("reason", "Why, as the card's bank says", "Insufficient funds."),
        Placeholder("next", "What happens next", _NEXT),
        AMOUNT, DATE, METHOD, INVOICES, PAY_LINK, PORTAL, *EVERY,
    ),
    "{{ headline }}",
    "Hello {{ customer.name }},\n\nyour automatic payment of {{ amount }} on {{ date }} ({{ method }}) did not go "
    "through: {{ reason }}\n\n{{ invoices }}\n\n{{ next }}\n\n{{ pay_link }}\n\n{{ portal }}\n\n{{ signature }}",
)  # fmt: skip
PAYMENT_RETURNED = Letter(
    "payment_returned", "Payment returned", "tells that a payment was sent back by the bank, and what happens next",
    (
        Placeholder("reason", "Why, in plain words", "There was not enough money in the account."),
        Placeholder("next", "What happens next", _NEXT),
        AMOUNT, DATE, METHOD, INVOICES, PAY_LINK, PORTAL, *EVERY,
    ),
    "Your payment of {{ amount }} came back",
    "Hello {{ customer.name }},\n\nyour payment of {{ amount }} on {{ date }} ({{ method }}) came back to us: "
    "{{ reason }}\n\n{{ invoices }}\n\n{{ next }}\n\n{{ pay_link }}\n\n{{ portal }}\n\n{{ signature }}",
)  # fmt: skip
CARD_EXPIRING = Letter(
    "card_expiring", "Card expiring", "tells that a card on Auto Pay expires soon", (METHOD, DATE, PORTAL, *EVERY),
    "Your {{ method }} expires soon",
    "Hello {{ customer.name }},\n\n{{ method }}, which your automatic payments are drawn from, is good through "
    "{{ date }} only.\n\nIf your bank has sent you a new card, put it on file before then, and nothing is "
    "interrupted.\n{{ portal }}\n\nIf you have done so already, there is nothing left to do.\n\n{{ signature }}",
)  # fmt: skip
STATEMENT = Letter(
    "statement", "Statement", "brings a statement of the account",
    (
        NUMBER,
        Placeholder("balance", "What is open, less credit on account", "$54.07"),
        Placeholder("from_date", "The first day of the statement", "Nov 1, 2026"),
        Placeholder("to_date", "Its last day", "Nov 30, 2026"),
        Placeholder("document", "What is open, credit on account, and the balance", _DOCUMENT),
        PAY_LINK, *EVERY,
    ),
    "Statement {{ number }} from {{ company.name }}: {{ balance }}",
    "Hello {{ customer.name }},\n\nhere is your statement from {{ company.name }} of {{ from_date }} to {{ to_date }}. "
    "It is attached.\n\n{{ document }}\n\n{{ pay_link }}\n\n{{ signature }}",
)  # fmt: skip
RATE_CHANGE = Letter(
    "rate_change", "Rate change notice", "tells of a new price before it counts",
    (
        Placeholder("letter", "What you wrote when you made the increase", "To keep up with our costs, prices change."),
        Placeholder("amount_before", "Each invoice until then", "$49.95"),
        Placeholder("amount", "Each invoice from then on", "$54.95"),
        Placeholder("date", "From when it counts", "Jan 1, 2027"),
        Placeholder("first_date", "The day of the first invoice with it", "Jan 14, 2027"),
        Placeholder("document", "What is billed from then on, and both prices", _DOCUMENT),
        *EVERY,
    ),
    "Your price from {{ date }}",
    "Hello {{ customer.name }},\n\n{{ letter }}\n\n{{ document }}\n\nThe first invoice with the new price is made on "
    "{{ first_date }}.\n\n{{ signature }}",
)  # fmt: skip

_WHEN = (
    DATE,
    Placeholder("time", "When it begins", "9:00 AM"),
    Placeholder("until", "When it is expected to end", "11:00 AM"),
    Placeholder("what", "Install, Service or Removal", "Service"),
    Placeholder("work", "What is to be done", "Keypad does not respond"),
    Placeholder("technician", "Who comes", "Luis Ferrer"),
    Placeholder("address", "Where", "2210 E 15th St, Tulsa, OK 74104"),
    *EVERY,
)
APPOINTMENT = Letter(
    "appointment", "Appointment", "tells of an appointment, and again when it is moved", _WHEN,
    "Your appointment on {{ date }} at {{ time }}",
    "Hello {{ customer.name }},\n\n{{ company.name }} will be with you on {{ date }} from {{ time }} to {{ until }}."
    "\n\n{{ what }}: {{ work }}\nWho comes: {{ technician }}\nWhere: {{ address }}\n\n"
    "If that does not suit you, call us at {{ company.phone }}.\n\n{{ signature }}",
)  # fmt: skip
APPOINTMENT_REMINDER = Letter(
    "appointment_reminder", "Appointment reminder", "reminds of an appointment the day before", _WHEN,
    "Tomorrow at {{ time }}: {{ company.name }} comes to you",
    "Hello {{ customer.name }},\n\na short reminder: {{ company.name }} will be with you tomorrow, {{ date }}, from "
    "{{ time }} to {{ until }}.\n\n{{ what }}: {{ work }}\nWho comes: {{ technician }}\nWhere: {{ address }}\n\n"
    "If that does not suit you, call us at {{ company.phone }}.\n\n{{ signature }}",
)  # fmt: skip
APPOINTMENT_OFF = Letter(
    "appointment_off", "Appointment called off", "tells that an appointment does not take place",
    (Placeholder("reason", "Why, if you gave a reason", "The part has not arrived."), *_WHEN),
    "Your appointment on {{ date }} does not take place",
    "Hello {{ customer.name }},\n\nyour appointment with {{ company.name }} on {{ date }} at {{ time }} does not take "
    "place.\n\n{{ reason }}\n\nTo find another time, call us at {{ company.phone }}.\n\n{{ signature }}",
)  # fmt: skip

PERSONAL = Letter(
    "personal", "Personal mail", "is what your people begin with when they write to a customer", EVERY,
    "A message from {{ company.name }}", "Hello {{ customer.name }},\n\n\n\n{{ signature }}",
)  # fmt: skip

LETTERS = {
    letter.code: letter
    for letter in (
        INVOICE, QUOTE, CREDIT, STATEMENT, RECEIPT, MONEY_BACK, PAYMENT_FAILED, PAYMENT_RETURNED, CARD_EXPIRING,
        RATE_CHANGE, APPOINTMENT, APPOINTMENT_REMINDER, APPOINTMENT_OFF, PERSONAL,
    )
}  # fmt: skip
