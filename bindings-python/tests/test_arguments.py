"""Every parameter of every method refuses a wrong type, by name, before anything native is called."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import check_surface
import stage
import xmp
import xmp.sim
import xmp.sync
import xmp.sync.sim
from xmp import _native
from xmp._aio import AioCaller
from xmp._blocking import BlockingCaller

SURFACE = check_surface.described()
TYPES = {one["name"]: one for one in SURFACE["types"]}
NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


def shape(of: Any) -> tuple[str, Any]:
    """A type as a word and what is within it; an alias as what it stands for."""
    word, inner = next(iter(of.items())) if isinstance(of, dict) else (of, None)
    if word != "named":
        return word, inner
    if inner == "MediaSource":
        return "source", None
    definition = TYPES[inner]
    kind = next(it for it in ("alias", "record", "words", "tagged") if it in definition)
    return shape(definition["alias"]) if kind == "alias" else (kind, definition)


def live(name: str) -> Any:
    """A record's class."""
    return getattr(xmp, name, None) or getattr(xmp.sim, name)


def right(of: Any) -> Any:
    """A value that fits."""
    word, inner = shape(of)
    if word == "record":
        return live(inner["name"])(
            **{it["name"]: right(it["type"]) for it in inner["record"] if "default" not in it}
        )
    if word == "tagged":
        form = next(it for it in inner["tagged"] if "empty" in it)
        return getattr(live(inner["name"]), form["word"])()
    values = {
        "text": "x",
        "secret": "x",
        "path": "x",
        "source": "x",
        "int": 1,
        "bool": True,
        "attachment": b"x",
    }
    values |= {"time": NOW, "duration": timedelta(1), "list": (), "map": {}, "json": {}, "optional": None}
    return inner["words"][0]["word"] if word == "words" else values[word]


def wrong(of: Any) -> Iterator[Any]:
    """Values that don't fit."""
    word, inner = shape(of)
    if word == "optional":
        yield from (it for it in wrong(inner) if it is not None)
    elif word == "list":
        yield from (None, 7, "abc", b"abc", {})
        yield from ([it] for it in wrong(inner))
    elif word == "map":
        yield from (None, 7, "abc", [], {7: right(inner)}, {"\ud800": right(inner)})
        yield from ({"name": it} for it in wrong(inner))
    elif word in ("text", "secret"):
        yield from (None, 7, True, b"x", ["x"], "half \ud800", object())
    elif word in ("path", "source"):
        yield from (None, 7, True, ["x"], "half \ud800", object())
    elif word == "int":
        yield from (None, True, -1, 2**64, -(10**5000), 1.0, math.nan, "1")
    elif word == "bool":
        yield from (None, 0, 1, "yes")
    elif word == "time":
        yield from (None, 0, "2030-01-01T00:00:00Z", datetime(2030, 1, 1), NOW.date())
    elif word == "duration":
        yield from (None, 5, 5.0, math.nan, timedelta(seconds=-1))
    elif word == "attachment":
        yield from (None, 7, "x", [1])
    elif word == "words":
        yield from (None, 7, "no such word", "half \ud800")
    elif word == "json":
        yield from (math.nan, [math.inf], object(), {"a": object()}, "half \ud800", b"x")
    else:
        yield from (None, 7, "x", {}, object())


def taken() -> set[str]:
    """The records that parameters are made of."""
    found: set[str] = set()
    rest = [field["type"] for one in SURFACE["operations"] for field in one["params"]]
    while rest:
        word, inner = shape(rest.pop())
        if word in ("optional", "list", "map"):
            rest.append(inner)
        elif word in ("record", "tagged") and inner["name"] not in found:
            found.add(inner["name"])
            rest += [it["type"] for it in inner.get("record", ())]
            rest += [it["value"] for it in inner.get("tagged", ()) if "value" in it]
    return found


def things(caller: Any, module: Any, sim: Any) -> dict[str, Any]:
    """Things to call methods on, which would fail if anything native were called."""
    engine = module.Xmp(caller)
    return {
        "": None,
        "Xmp": engine,
        "Xmp.accounts": engine.accounts,
        "Xmp.posts": engine.posts,
        "Xmp.series": engine.series,
        "Xmp.queues": engine.queues,
        "Xmp.consumers": engine.consumers,
        "Xmp.platform": engine.x,
        "RunningWorker": module.RunningWorker(caller),
        "Sim": sim.Sim(caller),
        "Sim.clock": sim.Sim(caller).clock,
        "Draft": xmp.Draft(),
        "When": xmp.When,
    }


def call(method: Any, given: dict[str, Any]) -> None:
    """Calls a method as far as the check of its arguments."""
    result = method(**given)
    if inspect.isasyncgen(result):
        result = result.__anext__()
    if hasattr(result, "__next__"):
        next(result)
    elif hasattr(result, "send"):
        result.send(None)


def cases() -> Iterator[Any]:
    """Each method with each wrong value of each of its parameters."""
    pages = {one["name"]: one for one in SURFACE["operations"]}
    methods = [*SURFACE["operations"], *SURFACE["sugar"]]
    methods += [{**pages[one["pages"]], "name": one["name"]} for one in SURFACE["streams"]]
    for twin in (False, True):
        for method in methods:
            for field in method["params"]:
                if "platform" in field["name"] and ".platform." in method["name"]:
                    continue
                yield pytest.param(
                    twin, method, field, id=f"{'sync ' * twin}{method['name']}({field['name']})"
                )


@pytest.mark.parametrize(("twin", "method", "field"), list(cases()))
def test_a_wrong_argument_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, twin: bool, method: dict[str, Any], field: dict[str, Any]
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("something native was called")

    monkeypatch.setattr(_native, "Call", never)
    caller, module, sim = (BlockingCaller(), xmp.sync, xmp.sync.sim) if twin else (AioCaller(), xmp, xmp.sim)
    path, _, name = method["name"].rpartition(".")
    if name == "new":
        target: Any = xmp.ManualClock
    elif path == "ManualClock":
        target = object.__new__(xmp.ManualClock)
        target._caller = caller
        target = getattr(target, name)
    else:
        target = getattr(things(caller, module, sim)[path], name)
    given = {it["name"]: right(it["type"]) for it in method["params"] if "default" not in it}
    given = {it: value for it, value in given.items() if not (path == "Xmp.platform" and it == "platform")}
    tried = 0
    for value in wrong(field["type"]):
        tried += 1
        with pytest.raises((TypeError, ValueError)) as caught:
            call(target, {**given, field["name"]: value})
        assert f"({field['name']})" in str(caught.value), str(caught.value)
        assert len(str(caught.value)) < 500
    assert tried >= 3


@pytest.mark.parametrize(
    ("record", "field"),
    [
        pytest.param(one["name"], field, id=f"{one['name']}({field['name']})")
        for one in TYPES.values()
        for field in one.get("record", ())
        if one["name"] in taken()
    ],
)
def test_a_record_refuses_a_wrong_field(record: str, field: dict[str, Any]) -> None:
    given = {it["name"]: right(it["type"]) for it in TYPES[record]["record"] if "default" not in it}
    for value in wrong(field["type"]):
        with pytest.raises((TypeError, ValueError), match=rf"\({field['name']}\)"):
            live(record)(**{**given, field["name"]: value})


def test_what_is_wrong_for_the_engine_alone_is_an_error_of_the_engine() -> None:
    with stage.blocking() as scene:
        calls: list[tuple[str, Callable[[], object]]] = [
            ("params.shape", lambda: scene.xmp.posts.get("no id")),
            ("params.shape", lambda: scene.sim.set_fault("status", code=70000)),
            ("params.shape", lambda: scene.xmp.tenant("no tenant has a space")),
            ("platform.absent", lambda: scene.xmp.accounts.connect("elsewhere", stage.REDIRECT)),
            ("home.unusable", lambda: xmp.sync.Xmp.open(home="a\0b")),
        ]
        for code, fails in calls:
            with pytest.raises(xmp.XmpError) as caught:
                fails()
            assert caught.value.code == code
            assert caught.value.kind in ("validation", "configuration", "unsupported"), caught.value


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64 - 1])
def test_the_largest_numbers_are_no_accident(number: int) -> None:
    with xmp.sync.Xmp.open() as engine:
        assert engine.events(after=number) == ()
        assert engine.posts.list(limit=number) == ()


def test_parameters_by_name_alone() -> None:
    with stage.blocking() as scene:
        with pytest.raises(TypeError):
            scene.xmp.posts.list(["published"])  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            scene.xmp.posts.get()  # type: ignore[call-arg]
