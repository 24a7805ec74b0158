"""Measures the endpoint: 200 clients send 50 requests each, over new or kept connections.

They run in a process of their own, because the test AWS runs in this one and would make them wait.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from shellvault.core.record import Record
from tests.endpoint.serving import prepare, serve

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from tests.endpoint.serving import Serving
    from tests.sandbox import Sandbox

CLIENTS, REQUESTS = 200, 50
LIFE = 2  # seconds that a session lasts; short enough that some expire during the run
TARGET = 150  # milliseconds, for the 99th percentile
_OK = b"HTTP/1.1 200 "


class EndpointLoad(Record):
    """The result of one run; times are in seconds. `sessions` is how many sessions AWS issued during it."""

    title: str
    times: tuple[float, ...]
    failures: int
    took: float
    sessions: int

    def format(self) -> str:
        """Return a row of the printed table."""
        middle, tail = (self.times[len(self.times) * percent // 100] * 1000 for percent in (50, 99))
        rate = len(self.times) / self.took
        counts = f"{len(self.times):>7} requests{self.failures:>4} failures{rate:>7.0f}/s"
        times = f"{middle:>6.0f} ms{tail:>6.0f} ms p99   target {TARGET} ms"
        return f"{self.title:<18}{counts}{times}{self.sessions:>4} sessions in {self.took:.0f} s\n"


def measure_endpoint(sandbox: Sandbox) -> list[EndpointLoad]:
    """Measure new connections and kept ones."""
    prepare(sandbox)
    sandbox.aws.world.session_life = LIFE
    with serve(sandbox) as serving, ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(_run, serving.port, _write_request(serving, keeps=True), 4, keeps=True).result()  # fills caches
        return [_measure(sandbox, serving, process, keeps=keeps) for keeps in (False, True)]


def _measure(sandbox: Sandbox, serving: Serving, process: Executor, *, keeps: bool) -> EndpointLoad:
    before = sandbox.aws.world.count("AssumeRole")
    request = _write_request(serving, keeps=keeps)
    found, took = process.submit(_run, serving.port, request, CLIENTS, keeps=keeps).result()
    times = sorted(seconds for seconds, _is_ok in found)
    failures = sum(not is_ok for _seconds, is_ok in found)
    sessions = sandbox.aws.world.count("AssumeRole") - before
    return EndpointLoad("kept connections" if keeps else "new connections", tuple(times), failures, took, sessions)


def _write_request(serving: Serving, *, keeps: bool) -> bytes:
    lines = [f"GET {serving.path} HTTP/1.1", *(f"{name}: {value}" for name, value in serving.headers.items())]
    return "\r\n".join([*lines, *([] if keeps else ["Connection: close"]), "", ""]).encode()


def _run(port: int, request: bytes, clients: int, *, keeps: bool) -> tuple[list[tuple[float, bool]], float]:
    """Return how long each request took and whether it succeeded, and how long all of them took together."""

    async def act_together() -> list[list[tuple[float, bool]]]:
        return await asyncio.gather(*(_act(port, request, keeps=keeps) for _ in range(clients)))

    start = time.perf_counter()
    groups = asyncio.run(act_together())
    return [each for group in groups for each in group], time.perf_counter() - start


async def _act(port: int, request: bytes, *, keeps: bool) -> list[tuple[float, bool]]:
    """Send all requests of one client; return how long each took, and whether it succeeded."""
    found: list[tuple[float, bool]] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(REQUESTS):
        start = time.perf_counter()
        if number and not keeps:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found.append((await _ask(reader, writer, request), time.perf_counter() - start)[::-1])
    writer.close()
    return found


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
        await reader.readexactly(length)
    except (OSError, asyncio.IncompleteReadError):
        return False
    return head.startswith(_OK)
