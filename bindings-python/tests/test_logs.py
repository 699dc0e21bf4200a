"""The engine's log in `logging`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import programs
import stage
import xmp


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def has(self, message: str) -> bool:
        return any(record.getMessage() == message for record in self.records)


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    logger = logging.getLogger("xmp")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_entries_with_their_fields(kept: Kept) -> None:
    logging.getLogger("xmp").setLevel(logging.DEBUG)
    with stage.blocking() as scene:
        known = scene.xmp.within(correlation_id="7" * 32)

        def asked() -> bool:
            known.x.profile(scene.ada.id)
            return kept.has("answered")

        # The engine hears of a level within a second.
        stage.eventually(asked)
        scene.sim.set_fault("status", code=403, route="users.me")
        with pytest.raises(xmp.XmpError):
            known.x.profile(scene.ada.id)
        stage.eventually(lambda: kept.has("failed"))
        record = next(it for it in kept.records if it.getMessage() == "failed")
        assert record.name == "xmp.client.pipeline.trace"
        assert record.levelno == logging.DEBUG
        fields = vars(record)
        assert fields["platform"] == "x"
        assert fields["correlation_id"] == "7" * 32
        assert fields["operation"] == "users.me"
        assert fields["account"] == scene.ada.id
        assert fields["certainty"]
        with scene.xmp.start_worker():
            stage.eventually(lambda: kept.has("worker starts"))


def test_the_level_is_followed(kept: Kept) -> None:
    with stage.blocking() as scene:
        logging.getLogger("xmp").setLevel(logging.WARNING)
        logging.getLogger("xmp.scheduler").setLevel(logging.INFO)

        def started() -> bool:
            scene.xmp.start_worker().stop()
            return kept.has("worker starts")

        stage.eventually(started)
        logging.getLogger("xmp.scheduler").setLevel(logging.NOTSET)
        seen = len(kept.records)
        scene.xmp.start_worker().stop()
        scene.xmp.x.profile(scene.ada.id)
        stage.eventually(lambda: not logging.getLogger("xmp.scheduler").isEnabledFor(logging.INFO))
        assert all(record.levelno >= logging.INFO for record in kept.records[seen:])


def test_no_secret_is_logged_or_shown(tmp_path: Path) -> None:
    ended = programs.run(
        """
        import logging, os, pathlib, stage, xmp, xmp.sync
        logging.basicConfig(level=1, format="%(message)s %(vars)s", filename=os.environ["LOG"])
        factory = logging.getLogRecordFactory()
        def with_all(*args, **more):
            record = factory(*args, **more)
            record.vars = None
            return record
        logging.setLogRecordFactory(with_all)
        class All(logging.Filter):
            def filter(self, record):
                record.vars = {name: value for name, value in vars(record).items() if name != "vars"}
                return True
        logging.getLogger().handlers[0].addFilter(All())
        with stage.blocking() as scene:
            with scene.xmp.start_worker():
                scene.xmp.posts.schedule(xmp.Draft.text("hello").to(scene.ada.id), "k")
                stage.eventually(lambda: len(scene.sim.ledger()) == 1)
            scene.sim.set_fault("token_revoked", account="ada")
            try:
                scene.xmp.x.profile(scene.ada.id)
            except xmp.XmpError as error:
                print(error, repr(error), vars(error))
            secrets = ["app-secret"]
            for request in scene.sim.requests():
                authorization = dict(request.headers).get("authorization", "")
                secrets += [part for part in authorization.split()[1:]]
            print(scene.xmp, scene.sim, stage.config("http://127.0.0.1"))
            pathlib.Path(os.environ["SECRETS"]).write_text("\\n".join(secrets))
        """,
        LOG=f"{tmp_path}/log",
        SECRETS=f"{tmp_path}/secrets",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    shown = (tmp_path / "log").read_text() + ended.stdout
    told = (tmp_path / "secrets").read_text().split()
    assert "answered" in shown, "nothing was logged"
    assert len(told) > 2
    for secret in told:
        assert secret not in shown


def test_a_flood_is_counted_and_logs_that_wait_come_out_at_the_end() -> None:
    ended = programs.run("""
        import logging, sys, threading, stage, xmp
        blocked = threading.Event()
        class Slow(logging.Handler):
            def emit(self, record):
                blocked.wait()
                if hasattr(record, "lost"):
                    print("lost", record.lost > 0)
                elif record.getMessage() == "worker stops":
                    print("stops")
        logging.getLogger("xmp").addHandler(Slow())
        logging.getLogger("xmp").setLevel(logging.DEBUG)
        with stage.blocking() as scene:
            def flood():
                for _ in range(700):
                    worker = scene.xmp.start_worker()
                    worker.stop()
            threads = [threading.Thread(target=flood) for _ in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            blocked.set()
            stage.eventually(lambda: True)
    """)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.split("\n")
    assert "lost True" in lines
    assert "stops" in lines


def test_a_factory_of_records_and_a_filter_that_fails_lose_no_other_entry(kept: Kept) -> None:
    before = logging.getLogRecordFactory()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        record.correlation_id = "the program's own"
        return record

    failing = [True]

    def fail_once(record: logging.LogRecord) -> bool:
        if failing:
            failing.clear()
            raise LookupError("a filter of the program")
        return True

    logging.getLogger("xmp").setLevel(logging.DEBUG)
    logging.setLogRecordFactory(factory)
    raises, logging.raiseExceptions = logging.raiseExceptions, False
    kept.addFilter(fail_once)
    try:
        with stage.blocking() as scene:

            def asked() -> bool:
                scene.xmp.x.profile(scene.ada.id)
                return kept.has("answered")

            stage.eventually(asked)
    finally:
        logging.setLogRecordFactory(before)
        logging.raiseExceptions = raises
    assert not failing
    assert {vars(record)["correlation_id"] for record in kept.records} == {"the program's own"}
    assert any("xmp_correlation_id" in vars(record) for record in kept.records)


def test_silence_is_a_level() -> None:
    ended = programs.run(
        """
import logging, sys
logging.getLogger("xmp").setLevel(sys.maxsize)
import xmp.sync
with xmp.sync.Xmp.open() as engine:
    assert engine.accounts.list() == ()
print("done")
"""
    )
    assert ended.stdout.splitlines() == ["done"], ended.stderr
