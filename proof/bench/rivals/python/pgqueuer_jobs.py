"""pgqueuer: 5 queue managers with a connection each, batches of 100, as in its own benchmark."""

import asyncio
import json
import logging
import sys
import time

import asyncpg
import uvloop
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

MANAGERS = 5
BATCH = 100
# Rows in one INSERT.
BULK = 1000


async def main(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()

    start = time.perf_counter()
    for at in range(0, count, BULK):
        numbers = range(at, min(at + BULK, count))
        size = len(numbers)
        await queries.enqueue(["nothing"] * size, [str(n).encode() for n in numbers], [0] * size)
    enqueue = time.perf_counter() - start

    managers = []
    for _ in range(MANAGERS):
        manager = QueueManager(Queries(AsyncpgDriver(await asyncpg.connect(url))))

        @manager.entrypoint("nothing")
        async def nothing(job: Job) -> None:
            pass

        managers.append(manager)
    start = time.perf_counter()
    await asyncio.gather(*(manager.run(batch_size=BATCH, mode=QueueExecutionMode.drain) for manager in managers))
    drain = time.perf_counter() - start
    left = await connection.fetchval("SELECT count(*) FROM pgqueuer")
    if left:
        raise SystemExit(f"{left} jobs are left")
    print(json.dumps({"enqueue.seconds": enqueue, "drain.seconds": drain}))


logging.disable(logging.WARNING)
uvloop.run(main(sys.argv[1], int(sys.argv[2])))
