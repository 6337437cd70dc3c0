"""How much of the processor does a call of a gateway take, and a transaction of its report? `make bench-wire`.

Beside ours: httpcore, one client kept, and the whole report read by the parser in Python that a parser of the standard
library is once its C part is left out (what defusedxml does). A server in another process answers at once; counted is
the processor time of this process's thread alone.
"""

import argparse
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue
from typing import Any

BODY = b"response=1&responsetext=Approved&authcode=123456&transactionid=9000000001&orderid=abcdef&response_code=100"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(BODY)
FIELDS = {
    "security_key": "k" * 32,
    "type": "sale",
    "amount": "39.95",
    "customer_vault_id": "v" * 20,
    "orderid": "o" * 20,
}
TRANSACTION = f"<transaction>{''.join(f'<field_{n}>value {n}</field_{n}>' for n in range(52))}</transaction>"


def main() -> None:
    """Prints a line for each way, and ours as a share of the other."""
    parser = argparse.ArgumentParser(prog="make bench-wire", description=__doc__)
    parser.add_argument("--calls", type=int, default=3_000)
    parser.add_argument("--transactions", type=int, default=5_000)
    chosen = parser.parse_args()
    ports: SimpleQueue[int] = multiprocessing.SimpleQueue()
    multiprocessing.Process(target=serve, args=(ports,), daemon=True).start()
    url = f"http://127.0.0.1:{ports.get()}/api/transact.php"
    compare("call", chosen.calls, ours(url), httpcores(url))
    from alarmdesk.lib.xml import parse

    report = f"<nm_response>{TRANSACTION * chosen.transactions}</nm_response>"
    compare(
        "transaction read", chosen.transactions, lambda: parse(report), lambda: parsed_in_python(report), at_once=True
    )


def compare(what: str, count: int, our: Callable[[], Any], other: Callable[[], Any], *, at_once: bool = False) -> None:
    """Microseconds of this thread for each of `count`, ours and the other's; `at_once`: one call does them all."""
    spent = []
    for work in (our, other):
        work()
        begun = time.thread_time()
        for _ in range(1 if at_once else count):
            work()
        spent.append((time.thread_time() - begun) / count * 1e6)
    print(f"{what}: ours {spent[0]:.0f} us, the other {spent[1]:.0f} us: {spent[0] / spent[1]:.0%}", flush=True)


def ours(url: str) -> Callable[[], Any]:
    from alarmdesk.lib.clients import Clients

    clients = Clients(connect=5, answer=5)
    return lambda: clients.post(url, FIELDS)


def httpcores(url: str) -> Callable[[], Any]:
    from urllib.parse import urlencode

    import httpcore

    client = httpcore.ConnectionPool(max_connections=1, retries=0)
    headers = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", "AlarmDesk")]
    return lambda: client.request("POST", url, headers=headers, content=urlencode(FIELDS).encode()).content


def parsed_in_python(text: str) -> Any:
    """By the standard library's parser as it is without its accelerator."""
    from test.support.import_helper import import_fresh_module

    return import_fresh_module("xml.etree.ElementTree", blocked=["_elementtree"]).fromstring(text)


def serve(ports: "SimpleQueue[int]") -> None:
    """Answer every request on every connection."""
    door = socket.create_server(("127.0.0.1", 0))
    ports.put(door.getsockname()[1])
    while True:
        caller, _ = door.accept()
        threading.Thread(target=answer, args=(caller,), daemon=True).start()


def answer(caller: socket.socket) -> None:
    with caller, caller.makefile("rb") as asked:
        while line := asked.readline():
            length = 0
            while line.strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = asked.readline()
            asked.read(length)
            caller.sendall(HEAD + BODY)


if __name__ == "__main__":
    sys.exit(main())
