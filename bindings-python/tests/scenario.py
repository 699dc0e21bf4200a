"""Runs a story of tests/scenarios: with asyncio, or without."""

from __future__ import annotations

import asyncio
import base64
import inspect
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import check_surface
import peer
import xmp
import xmp.sim
import xmp.sync
import xmp.sync.sim
from xmp import _wire

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
SURFACE = check_surface.described()
TYPES = {one["name"]: one for one in SURFACE["types"]}
METHODS = {one["name"]: one for one in SURFACE["operations"]}
METHODS |= {one["name"]: METHODS[one["pages"]] | {"stream": True} for one in SURFACE["streams"]}
GIVE_UP_SECONDS = 30


def read(folder: Path, name: str) -> tuple[list[dict[str, Any]], str | None]:
    """The steps of a story, after those of the file that it begins with, and the peer it is played on."""
    story = tomllib.loads((folder / name).read_text())
    begins_with = story.get("begins_with")
    before, _ = read(folder, begins_with) if begins_with else ([], None)
    return [*before, *story.get("steps", [])], story.get("peer")


def run(file: Path, tmp: Path, twin: bool) -> None:
    """Plays a story; what is not as it says is an AssertionError that names the step."""
    steps, name = read(file.parent, file.name)
    with peer.running(name) if name else nullcontext() as told:
        tell(Story(tmp, twin, told), steps, twin)


def tell(story: Story, steps: list[dict[str, Any]], twin: bool) -> None:
    """Plays the steps of a story."""
    if not twin:
        asyncio.run(story.play(steps))
        return
    try:
        story.play(steps).send(None)  # Without asyncio nothing in it waits.
    except StopIteration:
        return
    raise AssertionError("a twin waited for an event loop")


class Story:
    """A story as it is played, and what was kept in it."""

    def __init__(self, tmp: Path, twin: bool, told: dict[str, Any] | None) -> None:
        self.twin = twin
        self.modules = (xmp.sync, xmp.sync.sim) if twin else (xmp, xmp.sim)
        self.kept: dict[str, Any] = {"tmp": str(tmp), "peer": told}
        self.opened: list[Any] = []

    async def play(self, steps: list[dict[str, Any]]) -> None:
        try:
            for number, step in enumerate(steps):
                try:
                    await self.step(step)
                except Exception as error:
                    raise AssertionError(f"step {number} ({step['call']}): {error!r}") from error
        finally:
            for thing in reversed(self.opened):
                end = getattr(thing, "close", None) or getattr(thing, "stop", None)
                if end is not None:
                    await settled(end())

    async def step(self, step: Mapping[str, Any]) -> None:
        """One step, again and again where it has an `until`."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            answer = await self.answer(step)
            if "until" not in step:
                break
            try:
                same(answer, self.filled(step["until"]), "answer")
                break
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            await self.advance(step.get("advance"))
        if "expect" in step:
            same(answer, self.filled(step["expect"]), "answer")
        if "as" in step:
            self.kept[step["as"]] = answer

    async def advance(self, advance: Mapping[str, Any] | None) -> None:
        """Moves the clocks, and lets what is on its way get there."""
        for name in advance["things"] if advance else ():
            thing = self.kept[name]
            by = to_python("duration", advance["by"]) if advance else timedelta()
            (thing if isinstance(thing, xmp.ManualClock) else thing.clock).advance(by)
        if self.twin:
            time.sleep(0.01)
        else:
            await asyncio.sleep(0.01)

    async def answer(self, step: Mapping[str, Any]) -> Any:
        """The answer of a call as plain data, or the thing that it opened."""
        method = METHODS[step["call"]]
        try:
            answer = await settled(self.call(step, method))
        except xmp.XmpError as error:
            if "error" not in step:
                raise
            failure = to_wire({"named": "Failure"}, error._failure)
            same(failure, self.filled(step["error"]), "error")
            return None
        assert "error" not in step, f"it did not fail: {answer!r}"
        if method.get("opens"):
            self.opened.append(answer)
            return answer
        of: Any = method.get("answer")
        if "stream" in method:
            page = of["list"] if "list" in of else item_of(of)
            of = {"list": page}
        return to_wire(of, answer)

    def call(self, step: Mapping[str, Any], method: Mapping[str, Any]) -> Any:
        """Calls what a user would call."""
        path, _, name = step["call"].rpartition(".")
        wire = self.filled(step.get("params", {}))
        types = {field["name"]: field["type"] for field in method["params"]}
        params = {name: to_python(types[name], value) for name, value in wire.items()}
        if "takes" in step:
            params[method["takes"][0]] = self.kept[step["takes"]]
        class_name, _, group = path.partition(".")
        if method["opening"]:
            made = next(getattr(it, class_name) for it in self.modules if hasattr(it, class_name))
            return made(**params) if name == "new" else getattr(made, name)(**params)
        thing = self.kept[step["on"]]
        if "within" in step:
            along = {one["name"]: one["params"] for one in SURFACE["sugar"]}["Xmp.within"]
            within = {field["name"]: field["type"] for field in along}
            given = self.filled(step["within"])
            thing = thing.within(**{name: to_python(within[name], value) for name, value in given.items()})
        if group == "platform":
            thing = thing.platform(params.pop("platform"))
        elif group:
            thing = getattr(thing, group)
        # What has to be given is given by its place, as most people do.
        first = [params.pop(field["name"]) for field in method["params"] if is_given(field, params)]
        return getattr(thing, name)(*first, **params)

    def filled(self, value: Any) -> Any:
        """A value of the story with what its names stand for."""
        if isinstance(value, str):
            if value.startswith("$") and not value.startswith("${"):
                return self.named(value[1:])
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.named(found[1])), value)
        if isinstance(value, list):
            return [self.filled(it) for it in value]
        if isinstance(value, dict):
            if set(value) == {"path"} and isinstance(value["path"], str):
                return str(ROOT / value["path"])
            if set(value) in ({"bytes"}, {"bytes", "size"}) and isinstance(value["bytes"], str):
                return base64.b64decode(value["bytes"]).ljust(value.get("size", 0), b"\0")
            return {name: self.filled(it) for name, it in value.items()}
        return value

    def named(self, path: str) -> Any:
        """What `name.path.0.field` stands for."""
        name, *rest = path.split(".")
        value = self.kept[name]
        for step in rest:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value


def is_given(field: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    return "default" not in field and field["name"] in params


async def settled(result: Any) -> Any:
    """What a method gives in the end."""
    if hasattr(result, "__aiter__"):
        return tuple([item async for item in result])
    if inspect.isgenerator(result):
        return tuple(result)
    return await result if isinstance(result, Awaitable) else result


def item_of(page: Mapping[str, Any]) -> Any:
    """What a page is made of."""
    record = TYPES[page["named"]]["record"]
    return next(field["type"]["list"] for field in record if field["name"] == "items")


def to_python(of: Any, wire: Any) -> Any:
    """A value of a story as a user would write it."""
    kind, inner = next(iter(of.items())) if isinstance(of, dict) else (of, None)
    if wire is None:
        return None
    simple: dict[str, Callable[[Any], Any]] = {
        "time": _wire.read_time,
        "duration": lambda it: timedelta(seconds=it["secs"], microseconds=it["nanos"] / 1000),
        "optional": lambda it: to_python(inner, it),
        "list": lambda it: [to_python(inner, one) for one in it],
        "map": lambda it: {name: to_python(inner, one) for name, one in it.items()},
    }
    if kind in simple:
        return simple[kind](wire)
    definition = TYPES[inner] if kind == "named" else {}
    live: Any = getattr(xmp, inner, None) or getattr(xmp.sim, inner, None) if inner else None
    if "record" in definition:
        types = {field["name"]: field["type"] for field in definition["record"]}
        return live(**{name: to_python(types[name], it) for name, it in wire.items()})
    if "tagged" in definition:
        word, value = (wire, None) if isinstance(wire, str) else next(iter(wire.items()))
        form = next(it for it in definition["tagged"] if it["word"] == word)
        make = getattr(live, word)
        if "value" in form:
            return make(to_python(form["value"], value))
        types = {field["name"]: field["type"] for field in form.get("fields", [])}
        return make(**{name: to_python(types[name], it) for name, it in (value or {}).items()})
    return wire


def to_wire(of: Any, value: Any) -> Any:
    """An answer as plain data."""
    kind, inner = next(iter(of.items())) if isinstance(of, dict) else (of, None)
    if value is None:
        return None
    simple: dict[str, Callable[[Any], Any]] = {
        "time": rfc3339,
        "duration": lambda it: {"secs": it // timedelta(seconds=1), "nanos": it.microseconds * 1000},
        "optional": lambda it: to_wire(inner, it),
        "list": lambda it: [to_wire(inner, one) for one in it],
        "map": lambda it: {name: to_wire(inner, one) for name, one in it.items()},
        "json": plain,
    }
    if kind in simple:
        return simple[kind](value)
    definition = TYPES[inner] if kind == "named" else {}
    if "record" in definition:
        types = {field["name"]: field["type"] for field in definition["record"]}
        assert [it.name for it in fields(value)] == list(types), f"{inner} has other fields"
        return {name: to_wire(of, getattr(value, name)) for name, of in types.items()}
    if "tagged" in definition:
        form = next(it for it in definition["tagged"] if it["word"] == value.kind)
        if "value" in form:
            return {value.kind: to_wire(form["value"], value.value)}
        if "fields" in form:
            of_fields = {it["name"]: it["type"] for it in form["fields"]}
            return {
                value.kind: {name: to_wire(it, getattr(value.value, name)) for name, it in of_fields.items()}
            }
        return value.kind
    return value


def rfc3339(moment: datetime) -> str:
    """A moment as the wire has it: in UTC, and without zeros at the end."""
    text = moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def plain(value: Any) -> Any:
    """What JSON says, in lists and dicts."""
    if isinstance(value, Mapping):
        return {name: plain(it) for name, it in value.items()}
    return [plain(it) for it in value] if isinstance(value, tuple) else value


def same(answer: Any, wanted: Any, at: str) -> None:
    """That an answer has what is wanted."""
    if wanted == "*":
        assert answer is not None, f"{at} is nothing"
    elif wanted == "~":
        assert answer is None, f"{at} is {answer!r}, not nothing"
    elif isinstance(wanted, dict):
        assert isinstance(answer, dict), f"{at} is {answer!r}, not {wanted!r}"
        for name, it in wanted.items():
            same(answer.get(name), it, f"{at}.{name}")
    elif isinstance(wanted, list):
        assert isinstance(answer, list), f"{at} is {answer!r}, not {wanted!r}"
        assert len(answer) == len(wanted), f"{at} has {len(answer)} items, not {len(wanted)}: {answer!r}"
        for place, (one, it) in enumerate(zip(answer, wanted, strict=True)):
            same(one, it, f"{at}[{place}]")
    else:
        assert answer == wanted, f"{at} is {answer!r}, not {wanted!r}"
        assert type(answer) is type(wanted), f"{at} is {answer!r}, not {wanted!r}"
