"""How do requests of Stripe's API come in and go out: keys, idempotency, errors, and where scripted faults bite?

Idempotency-Key (docs): the first status and body are stored and given again, 500s too, for 24 hours; the same key with
other parameters is a 400 `idempotency_error`; a request whose key is being worked on is a 409; requests that fail
validation are not stored. The work is done at one stroke and is committed together with the stored answer, before
the answer, the cut or the 500 that a fault asks for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from base64 import b64decode
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.nmi.wire import loses_answer
from simulators.stripe.calls import API_VERSION, Call, Desk
from simulators.stripe.forms import Params, decode, mapping
from simulators.stripe.problems import Declined, Problem
from simulators.stripe.routes import Way, way_of
from simulators.stripe.settling import desk_of, settle_due
from simulators.stripe.shelf import new_id
from simulators.world import Universe

ANSWERS_KEPT = 86_400  # keys "can be removed from the system after at least 24 hours" (docs)
BROKEN = {"error": {"message": "An unknown error occurred", "type": "api_error"}}


@dataclass(frozen=True)
class Sent:
    """One request as it came."""

    method: str
    path: str
    params: Params
    key: str
    token: str

    @property
    def print(self) -> str:
        """By which a repeat is recognised: path and parameters."""
        text = json.dumps([self.path, self.params], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def attempt_id(self) -> str:
        """Our name for the operation, in its metadata."""
        found = self.params.get("metadata")
        return str(found.get("attempt_id", "")) if isinstance(found, dict) else ""


@dataclass(frozen=True)
class Reply:
    """What goes out."""

    status: int
    body: str
    request_id: str
    replayed: bool = False

    def response(self, key: str) -> Response:
        """With the headers of the real one (docs)."""
        headers = {"Request-Id": self.request_id, "Stripe-Version": API_VERSION, "Cache-Control": "no-cache, no-store"}
        if key:
            headers["Idempotency-Key"] = key
        if self.replayed:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": self.request_id}
        if self.status >= 500 or self.status == 409:
            headers["Stripe-Should-Retry"] = "true" if self.status == 409 else "false"
        return Response(self.body, self.status, headers, media_type="application/json")


@dataclass(frozen=True)
class Job:
    """A request that may be worked on: whose it is, and which endpoint it means."""

    sent: Sent
    way: Way
    ids: tuple[str, ...]
    merchant: sqlite3.Row
    request_id: str
    is_public: bool

    @property
    def key(self) -> str:
        """The idempotency key of a request that changes something (docs: GET and DELETE are so by themselves)."""
        return self.sent.key if self.sent.method == "POST" else ""


class Api:
    """Everything under /v1, as an ASGI application (a cut connection has no response to return)."""

    def __init__(self, universe: Universe) -> None:
        self.universe, self.memory = universe, universe.memory
        self._busy: set[tuple[int, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, perhaps wait, perhaps fail, work, answer."""
        request_id = new_id("request")
        try:
            job = await self._job(Request(scope, receive), request_id)
        except Problem as problem:
            reply = Reply(problem.status, json.dumps(problem.body), request_id)
            await reply.response("")(scope, receive, send)
            return
        name = (job.merchant["id"], job.key or request_id)
        if name in self._busy:
            await self._conflict(job).response(job.key)(scope, receive, send)
            return
        self._busy.add(name)
        try:
            await self._serve(job, scope, receive, send)
        finally:
            self._busy.discard(name)

    async def _job(self, request: Request, request_id: str) -> Job:
        sent = await _read(request)
        merchant = self._merchant(sent.token)
        is_public = sent.token == merchant["tokenization_key"]
        way, ids = way_of(sent.method, sent.path, is_public=is_public)
        return Job(sent, way, ids, merchant, request_id, is_public)

    async def _serve(self, job: Job, scope: Scope, receive: Receive, send: Send) -> None:
        path = "stripe-query" if job.sent.method == "GET" else "stripe"
        plan = self.universe.faults.plan(path, kind=job.way.kind, order_id=job.sent.attempt_id)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        reply = Reply(500, json.dumps(BROKEN), job.request_id)
        if not plan.fault.endswith("_before"):
            reply = self._answer(job, breaks=plan.fault == "error_500_after")
        if not await loses_answer(plan, scope, receive):
            await reply.response(job.key)(scope, receive, send)

    def _merchant(self, token: str) -> sqlite3.Row:
        row = self.memory.one("SELECT * FROM merchant WHERE security_key = ? OR tokenization_key = ?", token, token)
        if not token:
            raise Problem("You did not provide an API key.", status=401)
        if row is None:
            shown = f"{token[:8]}{'*' * 8}{token[-4:]}"
            raise Problem(f"Invalid API Key provided: {shown}", status=401)
        return row

    def _conflict(self, job: Job) -> Reply:
        problem = Problem(
            f"There is currently another in-progress request using this Idempotent Key ({job.key}), that probably"
            " means you submitted twice, and the other request is still going through.",
            code="idempotency_key_in_use", status=409, kind="idempotency_error",
        )  # fmt: skip
        return Reply(409, json.dumps(problem.body), job.request_id)

    def _answer(self, job: Job, *, breaks: bool) -> Reply:
        """Do the work, or give the stored answer again; everything is committed when this returns."""
        memory, now = self.memory, self.universe.clock.now()
        settle_due(memory, now)
        if job.key:
            name = (job.merchant["id"], job.key)
            row = memory.one("SELECT * FROM stripe_answer WHERE merchant_id = ? AND key = ?", *name)
            if row is not None and now < row["at"] + ANSWERS_KEPT:
                return self._replay(job, row)
            memory.run("DELETE FROM stripe_answer WHERE merchant_id = ? AND key = ?", *name)
        try:
            with memory.transaction():
                status, body = _work(job, desk_of(memory, job.merchant, now, job.request_id, job.key))
                if breaks:
                    status, body = 500, json.dumps(BROKEN)
                self._keep(job, now, status, body)
        except Problem as problem:
            status, body = problem.status, json.dumps(problem.body)
            if problem.is_kept:
                self._keep(job, now, status, body)
        return Reply(status, body, job.request_id)

    def _replay(self, job: Job, row: sqlite3.Row) -> Reply:
        if row["request"] == job.sent.print:
            return Reply(row["status"], row["body"], row["request_id"], replayed=True)
        problem = Problem(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try"
            f" using a key other than '{job.key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
        return Reply(400, json.dumps(problem.body), job.request_id)

    def _keep(self, job: Job, now: int, status: int, body: str) -> None:
        if job.key:
            self.memory.run(
                "INSERT INTO stripe_answer (merchant_id, key, at, request, request_id, status, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                job.merchant["id"], job.key, now, job.sent.print, job.request_id, status, body,
            )  # fmt: skip


def _work(job: Job, desk: Desk) -> tuple[int, str]:
    call = Call(desk, job.sent.params, job.sent.path, job.ids, job.is_public)
    try:
        return 200, json.dumps(call.shelf.expand(job.way.work(call), job.sent.params))
    except Declined as refusal:
        return 402, json.dumps({"error": refusal.error})


async def _read(request: Request) -> Sent:
    """The request, decoded. Raises Problem."""
    body = (await request.body()).decode("utf-8", "replace") if request.method == "POST" else ""
    params = decode("&".join(part for part in (request.url.query, body) if part))
    mapping(params, "metadata")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        token = b64decode(token).decode("utf-8", "replace").partition(":")[0]
    token = str(params.pop("key", "")) or token  # Stripe.js puts its key into the form
    key = request.headers.get("idempotency-key", "")
    if len(key) > 255:
        raise Problem("Idempotency keys must be at most 255 characters.", kind="idempotency_error")
    return Sent(request.method, request.url.path, params, key, token)
