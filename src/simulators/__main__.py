"""How is the simulated world started and stopped?

`python -m simulators --state DIR` prints one JSON line with its addresses when it listens, runs until SIGTERM or
SIGINT, and knows everything again when it is started with the same folder, even after kill -9.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from simulators import mail
from simulators.app import build
from simulators.stripe.delivering import Postman
from simulators.world import Universe

BACKLOG = 1024


class WebServer(uvicorn.Server):
    """uvicorn without its own signal handlers: SIGTERM is a clean end here, with exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description="The outside world in a box.")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder of the durable memory")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025, help="HTTP port, 0 chooses one")
    parser.add_argument("--smtp-port", type=int, default=2525, help="SMTP port, 0 chooses one")
    options = parser.parse_args()
    asyncio.run(serve(options.state, options.host, options.port, options.smtp_port))


def open_door(host: str, port: int) -> socket.socket:
    """A listening socket. It names TCP itself: asyncio sets TCP_NODELAY only then, else answers take 40 ms longer."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((host, port))
    door.listen(BACKLOG)
    return door


async def serve(folder: Path, host: str, port: int, smtp_port: int) -> None:
    """Listen on both ports until a signal comes."""
    universe = Universe(folder)
    postman = Postman(universe)
    loop = asyncio.get_running_loop()
    web = WebServer(
        uvicorn.Config(
            build(universe, postman), lifespan="off", log_level="warning", access_log=False, proxy_headers=False,
            server_header=False, timeout_graceful_shutdown=1, timeout_keep_alive=60,
        )
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, web, "should_exit", True)
    door = open_door(host, port)
    post = await loop.create_server(mail.server(universe), host, smtp_port)
    addresses = {
        "http": f"http://{host}:{door.getsockname()[1]}",
        "smtp": post.sockets[0].getsockname()[1],
    }
    # Both sockets listen already: whoever connects now is served as soon as uvicorn accepts.
    print(json.dumps(addresses), flush=True)  # noqa: T201 (the promise of this command)
    webhooks = asyncio.create_task(postman.work())
    await web.serve(sockets=[door])
    webhooks.cancel()
    post.close()
    universe.memory.close()


if __name__ == "__main__":
    main()
