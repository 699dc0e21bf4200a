"""Compares the live package with the description of the surface: `python tests/check_surface.py`.

A class, a method, a parameter's name, order, kind or default that differs is printed, and the status is 1.
Only live signatures are looked at, not the generated files: so a mistake of the generator is seen too.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import xmp
import xmp.sim
import xmp.sync
import xmp.sync.sim

DESCRIPTION = Path(__file__).parents[2] / "xmp-surface" / "surface.json"
EMPTY = inspect.Parameter.empty
GIVEN = inspect.Parameter.POSITIONAL_OR_KEYWORD
NAMED = inspect.Parameter.KEYWORD_ONLY

# What operations are called on, by class and group of the description.
CLASSES = {
    "Xmp": "Xmp",
    "Xmp.accounts": "Accounts",
    "Xmp.posts": "Posts",
    "Xmp.series": "Series",
    "Xmp.queues": "Queues",
    "Xmp.consumers": "Consumers",
    "Xmp.platform": "Remote",
    "RunningWorker": "RunningWorker",
    "Sim": "Sim",
    "Sim.clock": "SimClock",
    "ManualClock": "ManualClock",
}
# What classes have besides operations, streams and sugar.
BESIDES = {
    "Xmp": {"accounts", "consumers", "platform", "posts", "queues", "series", "x"},
    "Sim": {"clock"},
}


def described() -> dict[str, Any]:
    """The description as it is checked in."""
    surface: dict[str, Any] = json.loads(DESCRIPTION.read_text())
    return surface


class Check:
    """The differences between a description and a package."""

    def __init__(self, surface: Mapping[str, Any]) -> None:
        self.surface = surface
        self.types = {one["name"]: one for one in surface["types"]}
        self.pages = {one["name"]: one for one in surface["operations"]}

    def differences(self) -> Iterator[str]:
        """One line for each difference."""
        for twin, name in ((False, "xmp"), (True, "xmp.sync")):
            for line in self.methods(twin):
                yield f"{name}: {line}"
        yield from self.records()
        yield from self.errors()

    def class_of(self, path: str, twin: bool) -> Any:
        """The live class of an operation's class or group."""
        modules = [xmp.sync, xmp.sync.sim] if twin else [xmp, xmp.sim]
        return next((getattr(it, CLASSES[path]) for it in modules if hasattr(it, CLASSES[path])), None)

    def methods(self, twin: bool) -> Iterator[str]:
        """Operations, streams and `within`, and that there is nothing else."""
        known: dict[str, set[str]] = {}
        named = [*self.surface["operations"]]
        named += [
            {**self.pages[one["pages"]], "name": one["name"], "streams": True}
            for one in self.surface["streams"]
        ]
        named += [one for one in self.surface["sugar"] if one["name"].startswith("Xmp.")]
        for one in named:
            path, _, method = one["name"].rpartition(".")
            known.setdefault(path, set(BESIDES.get(path, ()))).add(method)
            found = inspect.getattr_static(
                self.class_of(path, twin), "__init__" if method == "new" else method, None
            )
            if found is None:
                yield f"{one['name']} is missing"
                continue
            call = getattr(found, "__func__", found)
            yield from self.signature(one, call, bound=path == "Xmp.platform")
            waits = one.get("mode") == "call" and not one.get("opens") and not twin
            is_async = (
                inspect.isasyncgenfunction(call) if "streams" in one else inspect.iscoroutinefunction(call)
            )
            if is_async != waits:
                yield f"{one['name']} is {'' if is_async else 'not '}awaited"
        for path, methods in known.items():
            live = {it for it in dir(self.class_of(path, twin)) if not it.startswith("_")}
            for extra in live - methods:
                yield f"{path}.{extra} is not described"

    def signature(self, one: Mapping[str, Any], call: Any, bound: bool) -> Iterator[str]:
        """The parameters of one method."""
        fields = [field for field in one["params"] if not (bound and field["name"] == "platform")]
        wanted: list[Any] = [(it["name"], GIVEN, EMPTY) for it in fields if "default" not in it]
        wanted += [
            (it["name"], NAMED, self.value(it["type"], it["default"])) for it in fields if "default" in it
        ]
        if one.get("takes"):
            wanted.append((one["takes"][0], NAMED, None))
        live = [
            (it.name, it.kind, it.default)
            for it in inspect.signature(call).parameters.values()
            if it.name not in ("self", "cls")
        ]
        yield from compared(one["name"], wanted, live)

    def records(self) -> Iterator[str]:
        """Records, tagged types and words."""
        for name, one in self.types.items():
            live = getattr(xmp, name, None) or getattr(xmp.sim, name, None)
            if live is None:
                yield f"{name} is missing"
            elif "record" in one:
                yield from self.record(name, one["record"], live)
            elif "words" in one:
                words = [word["word"] for word in one["words"]]
                if list(get_args(live)) != words:
                    yield f"{name} has the words {get_args(live)}, not {words}"
            elif "tagged" in one:
                for form in one["tagged"]:
                    if not hasattr(live, form["word"]):
                        yield f"{name}.{form['word']} is missing"
        for one in self.surface["sugar"]:
            path, _, method = one["name"].rpartition(".")
            if path == "Xmp":
                continue
            live = inspect.getattr_static(getattr(xmp, path), method, None)
            if live is None:
                yield f"{one['name']} is missing"
                continue
            if isinstance(live, (classmethod, staticmethod)) != one["constructor"]:
                yield f"{one['name']} is called on {'a value' if one['constructor'] else 'the class'}"
            yield from self.signature(one, getattr(live, "__func__", live), bound=False)

    def record(self, name: str, fields: list[Any], live: Any) -> Iterator[str]:
        """The fields of a record, which are all given by name."""
        wanted = [
            (it["name"], NAMED, self.value(it["type"], it["default"]) if "default" in it else EMPTY)
            for it in fields
        ]
        parameters = inspect.signature(live.__init__).parameters.values()
        yield from compared(
            name, wanted, [(it.name, it.kind, it.default) for it in parameters if it.name != "self"]
        )
        shown = {it.name for it in dataclasses.fields(live) if it.repr}
        for it in fields:
            if it.get("redact") and it["name"] in shown:
                yield f"{name}.{it['name']} is shown"

    def errors(self) -> Iterator[str]:
        """A class for each kind."""
        for one in self.surface["errors"]:
            name = "".join(part.capitalize() for part in one["kind"].split("_")) + "Error"
            if not issubclass(getattr(xmp, name, object), xmp.XmpError):
                yield f"{name} is missing"

    def value(self, of: Any, wire: Any) -> Any:
        """A default of the description as Python has it."""
        if wire is None:
            return None
        if of == "duration":
            return timedelta(seconds=wire["secs"], microseconds=wire["nanos"] // 1000)
        kind, inner = next(iter(of.items())) if isinstance(of, dict) else (of, "")
        if kind == "optional":
            return self.value(inner, wire)
        if kind == "list":
            return tuple(self.value(inner, it) for it in wire)
        definition = self.types.get(inner, {}) if kind == "named" else {}
        if "record" in definition:
            types = {field["name"]: field["type"] for field in definition["record"]}
            made = getattr(xmp, inner, None) or getattr(xmp.sim, inner)
            return made(**{name: self.value(types[name], it) for name, it in wire.items()})
        if "tagged" in definition:
            return getattr(getattr(xmp, inner), wire)()
        return wire


def compared(name: str, wanted: list[Any], live: list[Any]) -> Iterator[str]:
    """What differs between parameters: their names and order, then their kinds and defaults."""
    if [it[0] for it in wanted] != [it[0] for it in live]:
        yield f"{name} takes {[it[0] for it in live]}, not {[it[0] for it in wanted]}"
        return
    for (parameter, kind, default), (_, live_kind, live_default) in zip(wanted, live, strict=True):
        if kind != live_kind:
            yield f"{name}({parameter}) is {live_kind.description}, not {kind.description}"
        if (default is EMPTY) != (live_default is EMPTY) or default != live_default:
            yield f"{name}({parameter}) is {live_default!r} by default, not {default!r}"


if __name__ == "__main__":
    found = list(Check(described()).differences())
    for line in found:
        print(line)
    print(f"{len(found)} differences")
    sys.exit(bool(found))
