"""How do requests of the gateway's API come in and go out, and where do scripted faults bite?

Form-encoded in the body or the query string (POST or GET, as the real one takes both); the work itself is done at
one stroke on the event loop and is committed before the answer, the cut or the 500 that a fault asks for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.faults import Plan
from simulators.memory import Memory
from simulators.nmi.accounts import Form
from simulators.nmi.query import query
from simulators.nmi.transact import transact
from simulators.world import Universe

CONNECTION = "simulators.connection"
Work = Callable[[Memory, Form, int], Response]


def answer_transact(memory: Memory, form: Form, now: int) -> Response:
    """The Direct Post answer, form-encoded under text/html as the real one sends it."""
    return HTMLResponse(urlencode(transact(memory, form, now)))


def answer_query(memory: Memory, form: Form, now: int) -> Response:
    """The Query answer."""
    return Response(query(memory, form, now), media_type="text/xml")


class Endpoint:
    """One address of the gateway's API, as an ASGI application (a cut connection has no response to return)."""

    def __init__(self, universe: Universe, path: str, work: Work) -> None:
        self.universe, self.path, self.work = universe, path, work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, perhaps wait, perhaps fail, work, answer."""
        form = await _read_form(Request(scope, receive))
        order_id = form.get("orderid") or form.get("order_id", "")
        plan = self.universe.faults.plan(self.path, kind=form.get("type", ""), order_id=order_id)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        response: Response = HTMLResponse("Internal Server Error", status_code=500)
        if not plan.fault.endswith("_before"):
            done = self.work(self.universe.memory, form, self.universe.clock.now())
            response = done if not plan.fault else response
        if not await loses_answer(plan, scope, receive):
            await response(scope, receive, send)


class KeepConnection:
    """Hands the raw connection to the endpoints, since ASGI itself knows no way to hang up without an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the connection (uvicorn's `send` is a method of its request, which holds it) and go on."""
        if scope["type"] == "http":
            scope[CONNECTION] = getattr(getattr(send, "__self__", None), "transport", None)
        await self.app(scope, receive, send)


async def _read_form(request: Request) -> Form:
    body = (await request.body()).decode("utf-8", "replace") if request.method == "POST" else ""
    pairs = parse_qsl(request.url.query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
    return dict(pairs)


async def loses_answer(plan: Plan, scope: Scope, receive: Receive) -> bool:
    """Hang up, or say nothing, when the plan asks for it; True when no answer may be sent any more."""
    if plan.fault == "hang":
        try:
            await asyncio.wait_for(_gone(receive), plan.seconds)
        except TimeoutError:
            scope[CONNECTION].close()
    elif plan.fault in ("drop_before", "drop_after"):
        scope[CONNECTION].close()
    else:
        return False
    await _gone(receive)
    return True


async def _gone(receive: Receive) -> None:
    """Wait until the connection is closed from either side."""
    while (await receive())["type"] != "http.disconnect":
        pass
