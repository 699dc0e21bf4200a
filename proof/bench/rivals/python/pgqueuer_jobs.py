"""pgqueuer: 5 queue managers with a connection each, batches of 100, as in its own benchmark."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable

import asyncpg
import uvloop
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

Work = Callable[[Job], Awaitable[None]]

MANAGERS = 5
BATCH = 100
# Rows in one INSERT.
BULK = 1000


INTENTS = """CREATE TABLE intents (
    id bigserial PRIMARY KEY, job bigint NOT NULL, began_at timestamptz NOT NULL DEFAULT now(), text text NOT NULL)"""


async def fill(queries: Queries, entrypoint: str, count: int) -> None:
    for at in range(0, count, BULK):
        numbers = range(at, min(at + BULK, count))
        size = len(numbers)
        await queries.enqueue([entrypoint] * size, [str(n).encode() for n in numbers], [0] * size)


async def drain(url: str, connection: asyncpg.Connection, entrypoint: str, work: Work) -> float:
    """Works off what is there; gives the seconds that it took."""
    managers = []
    for _ in range(MANAGERS):
        manager = QueueManager(Queries(AsyncpgDriver(await asyncpg.connect(url))))
        manager.entrypoint(entrypoint)(work)
        managers.append(manager)
    start = time.perf_counter()
    await asyncio.gather(*(manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain) for manager in managers))
    took = time.perf_counter() - start
    left = await connection.fetchval("SELECT count(*) FROM pgqueuer")
    if left:
        raise SystemExit(f"{left} jobs are left")
    return took


async def main(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    await connection.execute(INTENTS)
    pool = await asyncpg.create_pool(url, min_size=10, max_size=10)

    async def nothing(job: Job) -> None:
        pass

    async def intended(job: Job) -> None:
        n = int(job.payload or b"0")
        text = f"Post number {n} of a run, of about the length that posts have."
        await pool.execute("INSERT INTO intents (job, text) VALUES ($1, $2)", n, text)

    start = time.perf_counter()
    await fill(queries, "nothing", count)
    enqueue = time.perf_counter() - start
    alone = await drain(url, connection, "nothing", nothing)
    await fill(queries, "intended", count)
    with_intent = await drain(url, connection, "intended", intended)
    measured = {"enqueue.seconds": enqueue, "drain.seconds": alone, "drain.seconds_with_intent": with_intent}
    print(json.dumps(measured))


logging.disable(logging.WARNING)
uvloop.run(main(sys.argv[1], int(sys.argv[2])))
