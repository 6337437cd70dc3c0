"""How does NMI do what the port asks? Direct Post for what changes something, the Query API for what is true.

The wire format is NMI's own: form fields out, form fields or XML back. The key of an operation travels as `orderid`,
by which the Query API finds it again. Nothing of a card or account passes here: only vault ids and tokens.
Source: billing.md 2 and 5, domain.md B6 and F3; docs.nmi.com (Payment API, Query API).
"""

import datetime as dt
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from itertools import groupby
from urllib.parse import parse_qsl

from alarmdesk.lib.clients import Poster, WireError
from alarmdesk.lib.xml import Element, ParseError, parse
from alarmdesk.payments.declines import is_hard_nmi
from alarmdesk.payments.gateways import nmi_reading as reading
from alarmdesk.payments.gateways.port import (
    Answer,
    BadCredentials,
    Batch,
    ChargeRequest,
    Event,
    Forged,
    HostedFields,
    MethodChange,
    NoAnswer,
    Outcome,
    Refused,
    Standing,
    StatementLine,
    StoredMethod,
    StoreRequest,
)

PAGE = 500
DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class NMI:
    """One merchant account at NMI, reached at `url` with its security key."""

    url: str
    security_key: str
    tokenization_key: str
    checks_duplicates: bool
    http: Poster
    webhook_key: str = ""

    def verify(self) -> None:
        self._query(transaction_id="0")

    def store(self, request: StoreRequest) -> StoredMethod:
        fields = {
            "customer_vault": "add_customer",
            "customer_vault_id": request.vault_id,
            "payment_token": request.token.value,
            "first_name": request.name,
            "email": request.email,
        }
        try:
            self._post(fields)
        except Refused as refusal:
            if "duplicate customer vault" not in str(refusal).lower():
                raise
        return self._vaulted(request.vault_id)

    def forget(self, vault_id: str) -> None:
        try:
            self._post({"customer_vault": "delete_customer", "customer_vault_id": vault_id})
        except Refused as refusal:
            if "invalid customer vault" not in str(refusal).lower():
                raise

    def sale(self, request: ChargeRequest) -> Answer:
        return self._charge("sale", request)

    def credit(self, request: ChargeRequest) -> Answer:
        return self._charge("credit", request)

    def refund(self, *, key: str, external_id: str, amount: Decimal) -> Answer:
        return self._moved(
            {"type": "refund", "transactionid": external_id, "amount": f"{amount:.2f}", "orderid": key},
            Outcome.APPROVED,
        )

    def void(self, *, key: str, external_id: str) -> Answer:
        return self._moved({"type": "void", "transactionid": external_id, "orderid": key}, Outcome.VOIDED)

    def look_up(self, key: str, *, since: dt.datetime | None = None) -> Answer | None:
        elements = self._query(order_id=key, **({"start_date": _stamp(since)} if since else {}))
        if not elements:
            return None
        # several only when a refusal was followed by another try under one key: the one that moved money counts
        found = [each.answer for each in map(reading.read, elements) if each is not None]
        best = min(found, key=lambda answer: answer.outcome is Outcome.DECLINED, default=None)
        if best is None or (best.outcome is Outcome.DECLINED and len(found) < len(elements)):
            raise NoAnswer("The gateway has not decided yet.")
        return best

    def statement(self, since: dt.datetime, until: dt.datetime) -> Iterator[StatementLine]:
        page = 0
        while True:
            elements = self._query(
                start_date=_stamp(since), end_date=_stamp(until), result_limit=str(PAGE), page_number=str(page)
            )
            for element in elements:
                told = reading.read(element)
                if told is not None and told.line is not None:
                    yield told.line
            if len(elements) < PAGE:
                return
            page += 1

    def batches(
        self, since: dt.datetime, until: dt.datetime, lines: Sequence[StatementLine] | None = None
    ) -> Iterator[Batch]:
        """NMI reports no batches of their own: they are what the statement's settled lines say they were settled in."""
        settled = [
            line
            for line in (self.statement(since, until) if lines is None else lines)
            # a line that came back lately may have been settled long ago, in a batch that is not told whole here
            if line.batch_id and line.settled_at and since <= line.settled_at < until
        ]
        for batch_id, together in groupby(
            sorted(settled, key=lambda line: line.batch_id), key=lambda line: line.batch_id
        ):
            several = list(together)
            amount = sum((line.amount if line.verb == "sale" else -line.amount for line in several), Decimal("0.00"))
            yield Batch(batch_id, max(line.settled_at for line in several if line.settled_at), len(several), amount)

    def read_webhook(self, headers: Mapping[str, str], body: bytes, *, at: dt.datetime) -> Event:
        signed = dict(part.partition("=")[::2] for part in headers.get("Webhook-Signature", "").split(","))
        meant = hmac.new(self.webhook_key.encode(), signed.get("t", "").encode() + b"." + body, "sha256").hexdigest()
        # as bytes: of texts with other letters than a signature's the comparison would complain
        if not self.webhook_key or not hmac.compare_digest(meant.encode(), signed.get("s", "").encode()):
            raise Forged("The signature is not the gateway's.")
        try:
            told = json.loads(body)
            about = told["event_body"]
            return Event(
                str(told["event_id"]),
                str(told["event_type"]),
                at,
                key=str(about.get("order_id") or ""),
                external_id=str(about.get("transaction_id") or ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Forged("The webhook cannot be read.") from None

    def tells_of_methods(self, kind: str) -> bool:
        return kind.startswith("acu.")

    def changed_methods(self, since: dt.datetime, until: dt.datetime) -> Iterator[MethodChange]:
        """What the Automatic Card Updater did, from the vault's report. That `acu_status` names closed accounts and
        holders to be asked is our reading: the documents name the events for it, not how the report shows them.
        """
        page, several = 0, list[Element]()
        while page == 0 or len(several) == PAGE:
            root = self._xml(
                {"report_type": "customer_vault", "date_search": "updated", "start_date": _stamp(since),
                 "end_date": _stamp(until), "result_limit": str(PAGE), "page_number": str(page)}
            )  # fmt: skip
            several = root.findall("customer_vault/customer")
            for customer in several:
                status = reading.STANDINGS.get(customer.findtext("acu_status") or "", Standing.GOOD)
                yield MethodChange(reading.stored(customer, customer.findtext("customer_vault_id") or ""), status)
            page += 1

    def hosted_fields(self) -> HostedFields:
        return HostedFields(f"{self.url}/token/Collect.js", self.url, self.tokenization_key)

    def _charge(self, verb: str, request: ChargeRequest) -> Answer:
        fields = {
            "type": verb,
            "amount": f"{request.amount:.2f}",
            "orderid": request.key,
            "order_description": request.description,
            **_drawn_from(request),
            **({"billing_method": "recurring"} if request.recurring else {}),
            **({"sec_code": "WEB" if request.by_customer else "PPD"} if request.kind == "ach" else {}),
            **({} if self.checks_duplicates else {"dup_seconds": "0"}),
        }
        answer = self._moved(fields, Outcome.APPROVED)
        if answer.code == DUPLICATE and request.recurring:
            # one card may pay for many accounts: the refusal is definite and our key is unused, so it is safe to insist
            answer = self._moved({**fields, "dup_seconds": "0"}, Outcome.APPROVED)
        return answer

    def _moved(self, fields: dict[str, str], good: Outcome) -> Answer:
        """Post an operation that moves money. An answer that calls it a duplicate is checked by our key: it is either
        our own, made before, or another equal charge, and then this one was not made (code DUPLICATE).
        """
        said = self._answer(fields)
        code, text = said.get("response_code", ""), said.get("responsetext", "")
        if said["response"] == "1":
            good = Outcome.HELD if reading.is_held(text) else good
            return Answer(good, said.get("transactionid", ""), code, text, _raw(said))
        if "duplicate transaction" in text.lower():
            made = self.look_up(fields["orderid"])
            if made is not None and made.outcome is not Outcome.DECLINED:
                return made
            text = "The gateway took it for a repeat of an equal charge made minutes before, and did not make it."
            code = DUPLICATE
        is_hard = is_hard_nmi(code, text, issuer_code=said.get("processor_response_code", ""))
        return Answer(Outcome.DECLINED, said.get("transactionid", ""), code, reading.plain(text), _raw(said), is_hard)

    def _post(self, fields: dict[str, str]) -> dict[str, str]:
        said = self._answer(fields)
        if said["response"] != "1":
            raise Refused(reading.plain(said.get("responsetext", "")))
        return said

    def _answer(self, fields: dict[str, str]) -> dict[str, str]:
        """The gateway's definite answer. Raises NoAnswer, BadCredentials."""
        text = self._send("/api/transact.php", fields)
        said = dict(parse_qsl(text.strip(), keep_blank_values=True))
        if said.get("response") not in ("1", "2", "3"):
            raise NoAnswer("The gateway's answer cannot be read.")
        if said["response"] == "3" and "authentication failed" in said.get("responsetext", "").lower():
            raise BadCredentials("Invalid credentials: the gateway does not accept the security key.")
        return said

    def _query(self, **fields: str) -> list[Element]:
        root = self._xml(fields)
        return root.findall("transaction")

    def _vaulted(self, vault_id: str) -> StoredMethod:
        root = self._xml({"report_type": "customer_vault", "customer_vault_id": vault_id})
        customer = root.find("customer_vault/customer")
        if customer is None:
            raise Refused("The gateway's vault does not hold the method.")
        return reading.stored(customer, vault_id)

    def _xml(self, fields: dict[str, str]) -> Element:
        text = self._send("/api/query.php", fields)
        try:
            root = parse(text)
        except ParseError:
            raise NoAnswer("The gateway's report cannot be read.") from None
        error = root.findtext("error_response")
        if error and ("authentication" in error.lower() or "invalid username" in error.lower()):
            raise BadCredentials("Invalid credentials: the gateway does not accept the security key.")
        if error:
            raise NoAnswer(f"The gateway answered a question with: {error.strip()}")
        return root

    def _send(self, path: str, fields: dict[str, str]) -> str:
        try:
            reply = self.http.post(self.url + path, {"security_key": self.security_key, **fields})
        except WireError as error:
            raise NoAnswer(f"The gateway did not answer ({error}).") from error
        if reply.status != HTTPStatus.OK:
            raise NoAnswer(f"The gateway answered with HTTP {reply.status}.")
        return reply.text


def _drawn_from(request: ChargeRequest) -> dict[str, str]:
    """A method of the vault, told as a stored credential, or what a one-off token stands for."""
    if request.token is not None:
        return {"payment_token": request.token.value}
    first = request.initial_transaction_id
    return {
        "customer_vault_id": request.vault_id,
        "initiated_by": "customer" if request.by_customer else "merchant",
        "stored_credential_indicator": "used" if first else "stored",
        **({"initial_transaction_id": first} if first else {}),
    }


def _raw(said: dict[str, str]) -> str:
    """The answer as it came, without what a vault repeats of the customer."""
    kept = ("response", "responsetext", "authcode", "transactionid", "avsresponse", "cvvresponse", "orderid", "type",
            "response_code")  # fmt: skip
    return "&".join(f"{name}={said[name]}" for name in kept if name in said)


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")
