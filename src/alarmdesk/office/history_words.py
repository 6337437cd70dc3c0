"""How do the tables and columns of the trail read to a dealer? Where the model's own names are not good enough.

A test walks every trailed table and column: one that is added needs a word here only if its own says nothing.
"""

import calendar
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from alarmdesk.lib.amounts import plain
from alarmdesk.messaging.catalogue import LETTERS
from alarmdesk.office.billing_audit import BY_CODE
from alarmdesk.office.permissions import RESOURCES, VERBS

ICONS = {
    "customers_customer": "user-round",
    "customers_address": "map-pin",
    "customers_phone": "phone",
    "customers_contact": "phone-call",
    "customers_contactphone": "phone-call",
    "customers_customeragency": "siren",
    "customers_tagging": "tag",
    "customers_merge": "merge",
    "customers_opportunity": "sparkles",
    "customers_customerfile": "file",
    "customers_note": "sticky-note",
    "customers_ticket": "ticket",
    "customers_ticketcomment": "message-square",
    "invoicing_customertax": "percent",
    "invoicing_findingdismissal": "archive",
    "invoicing_invoice": "file-text",
    "invoicing_quoteanswer": "file-pen",
    "invoicing_recurringinvoice": "repeat",
    "invoicing_taxcertificate": "shield-off",
    "payments_billingmethod": "credit-card",
    "payments_payment": "banknote",
    "payments_autopay": "zap",
    "payments_promise": "handshake",
    "equipment_piece": "package",
    "credit_creditreport": "gauge",
    "credit_adverseletter": "file-text",
    "monitoring_system": "radio-tower",
    "monitoring_zone": "shield",
    "monitoring_test": "flask-conical",
    "scheduling_appointment": "calendar-days",
    "scheduling_assignment": "hard-hat",
    "portal_accountholder": "key-round",
    "portal_paylinkwithdrawal": "link",
}
# what hangs on a customer, as the filter calls it
TABLES = {
    "customers_customer": "Account",
    "customers_address": "Addresses",
    "customers_phone": "Phones",
    "customers_contact": "Contacts",
    "customers_contactphone": "Phones of contacts",
    "customers_customeragency": "Agencies",
    "customers_tagging": "Tags",
    "customers_merge": "Merged records",
    "customers_opportunity": "Selling",
    "customers_customerfile": "Files",
    "customers_note": "Notes",
    "customers_ticket": "Tickets",
    "customers_ticketcomment": "Comments on tickets",
    "invoicing_invoice": "Documents voided",
    "invoicing_quoteanswer": "Answers to quotes",
    "invoicing_recurringinvoice": "Recurring invoices",
    "invoicing_customertax": "Tax rate",
    "invoicing_taxcertificate": "Exemption certificates",
    "invoicing_findingdismissal": "Findings dismissed",
    "payments_autopay": "Auto Pay",
    "payments_billingmethod": "Billing methods",
    "payments_payment": "Payments",
    "payments_promise": "Promises to pay",
    "equipment_piece": "Equipment",
    "credit_creditreport": "Credit reports",
    "credit_adverseletter": "Adverse action letters",
    "monitoring_system": "System",
    "monitoring_zone": "Zones",
    "monitoring_test": "Tests of the system",
    "scheduling_appointment": "Appointments",
    "scheduling_assignment": "Who is on appointments",
    "portal_accountholder": "Portal access",
    "portal_paylinkwithdrawal": "Pay links withdrawn",
}
# one row of a table, where the model's own name is not a dealer's
NOUNS = {
    "company_groupgrant": "grant of a group",
    "credit_bureau": "credit bureau",
    "customers_contactphone": "phone of a contact",
    "customers_filequota": "room for files",
    "customers_mapping": "mapping of an import",
    "equipment_packageline": "equipment in a package",
    "invoicing_customertax": "tax rate",
    "invoicing_findingdismissal": "dismissal of a finding",
    "invoicing_printout": "print run",
    "invoicing_statetax": "tax rate of a state",
    "invoicing_stateexemption": "exemption in a state",
    "invoicing_taxcertificate": "exemption certificate",
    "messaging_mailsender": "sender of mails",
    "monitoring_accountblock": "block of account numbers",
    "monitoring_test": "test of the system",
    "payments_autopay": "Auto Pay",
    "payments_discrepancy": "difference at the gateway",
    "payments_dunningpolicy": "collections policy",
    "payments_promise": "promise to pay",
    "portal_accountholder": "portal access",
    "portal_paylinkwithdrawal": "pay link",
}
# keys, references of other systems and what the line's own time and author say already
UNTOLD = frozenset(
    {
        "id",
        "company_id",
        "customer_id",
        "created_at",
        "created_by",
        "added_at",
        "added_by",
        "opened_at",
        "kept_at",
        "kept_by",
        "merged_at",
        "merged_by",
        "staged_at",
        "key",
        "digest",
        "media_type",
        "opened_by",
        "written_at",
        "written_by",
        "connected_at",
        "connected_by",
        "asked_by_user_id",
        "form_token",
        "our_reference",
        "place_key",
        "received_on",
        "run_id",
        "gateway_id",
        "vault_id",
        "initial_transaction_id",
        "consent_ip",
        "consent_text",
        "next_seq",
        "first_seq",
        "q",
    }
)
UNTOLD_HERE = frozenset(
    {
        ("customers_merge", "merged_id"),
        ("invoicing_findingdismissal", "about"),
        ("invoicing_findingdismissal", "facts"),
        ("invoicing_findingdismissal", "dismissed_at"),
        ("invoicing_findingdismissal", "dismissed_by"),
        ("invoicing_quoteanswer", "at"),
        ("portal_paylinkwithdrawal", "at"),
        ("portal_paylinkwithdrawal", "by"),
        ("portal_accountholder", "invited_at"),
        ("portal_accountholder", "invited_by"),
        ("payments_promise", "made_at"),
        ("payments_promise", "made_by"),
        ("credit_adverseletter", "made_at"),
        ("credit_adverseletter", "made_by"),
        ("scheduling_technician", "feed_serial"),
    }
)
LABELS = {
    ("company_company", "is_operator"): "Runs the installation",
    ("company_company", "slug"): "Name in addresses",
    ("company_group", "is_administrator"): "May do everything",
    ("customers_filequota", "most"): "Room for files, in bytes",
    ("invoicing_billableitem", "is_predefined"): "Comes with AlarmDesk",
    ("invoicing_invoice", "voided_at"): "Void since",
    ("invoicing_invoice", "void_reason"): "Why",
    ("invoicing_quoteanswer", "ip"): "Network address",
    ("invoicing_quoteanswer", "user_agent"): "Browser",
    ("invoicing_rateincrease", "how"): "Raised by",
    ("invoicing_rateincrease", "value"): "Raised by so much",
    ("invoicing_recurringinvoice", "raised_by_id"): "Made by the rate increase",
    ("invoicing_recurringinvoice", "follows_id"): "Follows after",
    ("invoicing_term", "is_default"): "The default",
    ("payments_discrepancy", "external_id"): "Transaction ID",
    ("payments_discrepancy", "batch_id"): "Batch",
    ("payments_payment", "disputed_by"): "Dispute at the gateway",
    ("payments_payment", "is_automatic"): "By Auto Pay",
    ("payments_payment", "original_id"): "Gives back",
    ("scheduling_technician", "feed_since"): "Calendar address since",
}


def _of_grants(code: Any) -> str:
    return next((resource.label for resource in RESOURCES if resource.code == code), str(code))


def _verb(code: Any) -> str:
    special = {verb: label for resource in RESOURCES for verb, label in resource.special.items()}
    return VERBS.get(code) or special.get(code, str(code))


def _bare(value: Any) -> str:
    return plain(Decimal(str(value)))


# codes whose words no list of choices holds
WORDS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("company_groupgrant", "resource"): _of_grants,
    ("company_groupgrant", "verb"): _verb,
    ("customers_ticketfilter", "query"): lambda query: str(query).replace("&", ", ").replace("=", ": ") or "Everything",
    ("invoicing_findingdismissal", "kind"): lambda code: BY_CODE[code].title if code in BY_CODE else str(code),
    ("invoicing_rateincrease", "value"): _bare,
    ("messaging_mailtext", "letter"): lambda code: LETTERS[code].label if code in LETTERS else str(code),
    ("scheduling_workinghours", "weekday"): lambda day: calendar.day_name[int(day)],
}
