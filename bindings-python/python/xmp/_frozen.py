"""Mappings that don't change: what objects of the wire become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class FrozenMap(Mapping[str, V], Generic[V]):
    """A mapping that can't be changed, so that records that hold one can be hashed."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type[FrozenMap[V]], tuple[dict[str, V]]]:
        return FrozenMap, (self._items,)


def frozen(value: Any) -> Any:
    """What JSON says, with tuples for lists and frozen mappings for objects."""
    kind = value.__class__
    if kind is dict:
        return FrozenMap({name: frozen(item) for name, item in value.items()})
    if kind is list:
        return tuple(frozen(item) for item in value)
    return value
