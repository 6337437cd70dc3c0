"""What does /api/query.php answer?

Docs: `transaction_id` (comma list), `order_id`, `condition` (comma list), `action_type`, `start_date`/`end_date`
(YYYYMMDDhhmmss in UTC, by the date of any action), `result_limit`, `page_number` (from 0), `result_order`,
`report_type=customer_vault` (with `date_search=updated` those entries that changed in the span); XML with one
`<transaction>` and its `<action>`s. Seen: refunds are transactions of their own with `original_transaction_id` and a
negative amount; `<error_response>` in an otherwise empty answer. Declined transactions are found too (condition
failed, action with success 0).
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from simulators.clock import read_stamp, stamp
from simulators.memory import Memory
from simulators.nmi.accounts import Account, Form
from simulators.nmi.settlement import settle_due
from simulators.nmi.transact import cents, find_merchant

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
CHUNK = 500
MAX_ID = 2**62
INTERNAL = ("settle", "check_return", "check_late_return", "chargeback", "chargeback_reversal")


class Unclear(Exception):
    """A parameter that cannot be read."""


def query(memory: Memory, form: Form, now: int) -> str:
    """The XML answer to one query."""
    merchant = find_merchant(memory, form)
    if merchant is None:
        return error("Authentication Failed")
    settle_due(memory, now)
    try:
        if form.get("report_type") == "customer_vault":
            return _vault_report(memory, merchant["id"], form)
        return _transaction_report(memory, merchant["id"], form)
    except (Unclear, ValueError) as problem:
        return error(str(problem))


def error(text: str) -> str:
    """An answer that only says what is wrong."""
    return f"{HEAD}<nm_response>\n<error_response>{escape(text)}</error_response>\n</nm_response>\n"


def _transaction_report(memory: Memory, merchant_id: int, form: Form) -> str:
    where, values = _conditions(form)
    order = "DESC" if form.get("result_order") == "reverse" else "ASC"
    limit = int(form.get("result_limit") or -1)
    offset = int(form.get("page_number") or 0) * max(limit, 0)
    # a page's transactions are found by their ids: what is skipped before them is not read
    found = f"SELECT id FROM txn WHERE merchant_id = ?{where} ORDER BY id {order} LIMIT ? OFFSET ?"  # noqa: S608
    rows = memory.all(
        f"SELECT * FROM txn WHERE id IN ({found}) ORDER BY id {order}",  # noqa: S608
        merchant_id, *values, limit, offset,
    )  # fmt: skip
    actions = _actions(memory, [row["id"] for row in rows])
    body = "".join(_transaction(row, actions[row["id"]]) for row in rows)
    return f"{HEAD}<nm_response>\n{body}</nm_response>\n"


def _conditions(form: Form) -> tuple[str, list[object]]:
    where, values = "", list[object]()
    for name, column in (("transaction_id", "id"), ("order_id", "order_id"), ("condition", "condition")):
        if form.get(name):
            # An order id is taken whole: it may hold a comma.
            wanted = [form[name]] if name == "order_id" else [each.strip() for each in form[name].split(",")]
            if name == "transaction_id" and not all(each.isdecimal() and int(each) < MAX_ID for each in wanted):
                raise Unclear("Invalid transaction_id")
            where += f" AND {column} IN ({', '.join('?' * len(wanted))})"
            values += wanted
    if form.get("action_type"):
        wanted = form["action_type"].split(",")
        marks = ", ".join("?" * len(wanted))
        where += f" AND EXISTS (SELECT 1 FROM action WHERE txn_id = txn.id AND type IN ({marks}))"  # noqa: S608
        values += wanted
    if form.get("start_date") or form.get("end_date"):
        where += " AND EXISTS (SELECT 1 FROM action WHERE txn_id = txn.id AND at BETWEEN ? AND ?)"
        values += [
            read_stamp(form["start_date"]) if form.get("start_date") else 0,
            read_stamp(form["end_date"]) if form.get("end_date") else MAX_ID,
        ]
    return where, values


def _actions(memory: Memory, ids: list[int]) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        marks = ", ".join("?" * len(part))
        for row in memory.all(f"SELECT * FROM action WHERE txn_id IN ({marks}) ORDER BY id", *part):  # noqa: S608
            found[row["txn_id"]].append(row)
    return found


def _transaction(row: sqlite3.Row, actions: list[sqlite3.Row]) -> str:
    account, details = Account.load(row["account"]), json.loads(row["details"])
    is_card = row["method"] == "card"
    fields = {
        "transaction_id": row["id"], "transaction_type": "cc" if is_card else "ck", "condition": row["condition"],
        "order_id": row["order_id"], "authorization_code": row["authcode"],
        "original_transaction_id": row["original_id"] or "", "customerid": row["vault_id"],
        "customer_vault_id": row["vault_id"], "currency": details.get("currency", "USD"),
        **{name: details.get(name, "") for name in ("order_description", "ponumber", "first_name", "last_name")},
        "address_1": details.get("address1", ""), "city": details.get("city", ""), "state": details.get("state", ""),
        "postal_code": details.get("zip", ""), "country": details.get("country", ""),
        "email": details.get("email", ""), "phone": details.get("phone", ""),
        "cc_number": account.masked if is_card else "", "cc_hash": account.fingerprint if is_card else "",
        "cc_exp": account.exp, "cc_bin": account.bin, "cc_type": account.brand, "csc_response": account.cvv_result,
        "check_account": "" if is_card else account.masked, "check_hash": "" if is_card else account.fingerprint,
        "check_aba": account.aba, "check_name": account.name, "account_holder_type": account.holder,
        "account_type": account.kind, "sec_code": details.get("sec_code", ""),
    }  # fmt: skip
    custom = "".join(
        f'<merchant_defined_field id="{name.rsplit("_", 1)[1]}">{escape(value)}</merchant_defined_field>\n'
        for name, value in sorted(details.items())
        if name.startswith("merchant_defined_field_")
    )
    return f"<transaction>\n{_tags(fields)}{custom}{''.join(map(_action, actions))}</transaction>\n"


def _action(row: sqlite3.Row) -> str:
    fields = {
        "amount": cents(row["amount"]), "action_type": row["type"], "date": stamp(row["at"]),
        "success": row["success"], "source": "internal" if row["type"] in INTERNAL else "api",
        "response_text": row["text"], "batch_id": row["batch_id"] or 0, "processor_batch_id": row["batch_id"] or "",
        "response_code": row["code"], "processor_response_text": row["text"] if not row["success"] else "",
        "processor_response_code": row["code"] if not row["success"] else "",
    }  # fmt: skip
    return f"<action>\n{_tags(fields)}</action>\n"


def _vault_report(memory: Memory, merchant_id: int, form: Form) -> str:
    wanted, values = "", list[object]()
    if form.get("customer_vault_id"):
        wanted, values = " AND vault_id = ?", [form["customer_vault_id"]]
    if form.get("date_search") == "updated":
        wanted += " AND updated_at BETWEEN ? AND ?"
        values += [
            read_stamp(form["start_date"]) if form.get("start_date") else 1,
            read_stamp(form["end_date"]) if form.get("end_date") else MAX_ID,
        ]
    limit = int(form.get("result_limit") or -1)
    rows = memory.all(
        f"SELECT * FROM vault WHERE merchant_id = ?{wanted} ORDER BY at, vault_id LIMIT ? OFFSET ?",  # noqa: S608
        merchant_id, *values, limit, int(form.get("page_number") or 0) * max(limit, 0),
    )  # fmt: skip
    body = "".join(_customer(row) for row in rows)
    return f"{HEAD}<nm_response>\n<customer_vault>\n{body}</customer_vault>\n</nm_response>\n"


def _customer(row: sqlite3.Row) -> str:
    account, details = Account.load(row["account"]), json.loads(row["details"])
    is_card = account.method == "card"
    fields = {
        **{name: details.get(name, "") for name in ("first_name", "last_name", "company", "city", "state", "email")},
        "address_1": details.get("address1", ""), "postal_code": details.get("zip", ""),
        "phone": details.get("phone", ""), "cc_number": account.masked if is_card else "",
        "cc_hash": account.fingerprint if is_card else "", "cc_exp": account.exp, "cc_bin": account.bin,
        "cc_type": account.brand, "check_account": "" if is_card else account.masked,
        "check_hash": "" if is_card else account.fingerprint, "check_aba": account.aba, "check_name": account.name,
        "account_holder_type": account.holder, "account_type": account.kind, "created": stamp(row["at"]),
        "updated": stamp(row["updated_at"] or row["at"]), "acu_status": row["updater"],
        "customer_vault_id": row["vault_id"],
    }  # fmt: skip
    return f"<customer id={quoteattr(row['vault_id'])}>\n{_tags(fields)}</customer>\n"


def _tags(fields: dict[str, object]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>\n" for name, value in fields.items())
