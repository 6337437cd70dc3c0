"""Which address of the process does what?"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from simulators.bureaus.backstage import Bureaus
from simulators.control import Control
from simulators.nmi.backstage import Backstage
from simulators.nmi.hosted_fields import STATIC, TokenDesk, collect_script, field_page
from simulators.nmi.wire import Endpoint, KeepConnection, answer_query, answer_transact
from simulators.pages import Pages
from simulators.stripe import backstage, fields
from simulators.stripe.delivering import Postman
from simulators.stripe.wire import Api
from simulators.updater import Updater
from simulators.ways import Ways
from simulators.world import Universe


def build(universe: Universe, postman: Postman) -> ASGIApp:
    """The web application of one simulated world."""
    routes = [
        Route("/api/transact.php", Endpoint(universe, "transact", answer_transact), methods=["GET", "POST"]),
        Route("/api/query.php", Endpoint(universe, "query", answer_query), methods=["GET", "POST"]),
        Route("/token/Collect.js", collect_script),
        Route("/token/field", field_page),
        Route("/token/create", TokenDesk(universe).create, methods=["POST"]),
        Route("/v3/", fields.script),
        Route("/v3/frame", fields.frame),
        Route("/v1/{path:path}", Api(universe), methods=["GET", "POST", "DELETE"]),
        *Control(universe, postman).routes(),
        *Backstage(universe).routes(),
        *Ways(universe).routes(),
        *Updater(universe).routes(),
        *Bureaus(universe).routes(),
        *backstage.Backstage(universe).routes(),
        *Pages(universe).routes(),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return KeepConnection(Starlette(routes=routes))
