"""What callers give is checked here, before anything native is called.

Each function takes the value and where it stands (`Xmp.posts.get(id)`), and gives the value as records keep
it. What is of a wrong type is a `TypeError`, what is out of range a `ValueError`; both say what was given and
what is wanted. Texts are never shown: a secret may stand in the wrong place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, cast, get_args

from xmp._frozen import FrozenMap, frozen

T = TypeVar("T")

LARGEST = 2**64 - 1


def given(value: object) -> str:
    """What was given, without its text."""
    if value is None:
        return "None"
    name = type(value).__name__
    if isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) <= LARGEST):
        return f"{name} {value!r}"
    return name


def wrong(where: str, wanted: str, value: object) -> TypeError:
    """The error for a value of a wrong type."""
    return TypeError(f"{where} takes {wanted}; {given(value)} was given")


def text(value: object, where: str) -> str:
    """A text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise wrong(where, "a str", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            at = f"character {error.start} is half of a surrogate pair"
            raise ValueError(f"{where} takes text that is valid Unicode; {at}") from None
    return value


def correlation(value: object, where: str) -> str:
    """A correlation id: 32 hexadecimal digits, not all zero. A UUID is one."""
    digits = text(value, where).replace("-", "").lower()
    if len(digits) != 32 or not set(digits) <= set("0123456789abcdef") or set(digits) == {"0"}:
        raise ValueError(
            f"{where} takes 32 hexadecimal digits, as `uuid.uuid4().hex` gives; another text was given"
        )
    return digits


def whole(value: object, where: str) -> int:
    """A whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(where, "an int", value)
    if not 0 <= value <= LARGEST:
        wanted = f"an int from 0 to {LARGEST}"
        raise ValueError(f"{where} takes {wanted}; {'a negative' if value < 0 else 'a larger'} one was given")
    return value


def flag(value: object, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise wrong(where, "a bool", value)
    return value


def moment(value: object, where: str) -> datetime:
    """A moment, in UTC."""
    if not isinstance(value, datetime):
        raise wrong(where, "a datetime with a time zone", value)
    if value.utcoffset() is None:
        raise ValueError(
            f"{where} takes a datetime with a time zone; {value!r} has none. Say which is meant: "
            '`.replace(tzinfo=timezone.utc)`, or `.replace(tzinfo=ZoneInfo("Europe/Berlin"))`'
        )
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(
            f"{where} takes a time between the years 1 and 9999 in UTC; {value!r} is not"
        ) from None


def length(value: object, where: str) -> timedelta:
    """A length of time, not negative."""
    if not isinstance(value, timedelta):
        raise wrong(where, "a timedelta", value)
    if value < timedelta():
        raise ValueError(f"{where} takes a timedelta that is not negative; {value!r} was given")
    return value


def path(value: object, where: str) -> str:
    """A path."""
    if not isinstance(value, (str, os.PathLike)):
        raise wrong(where, "a str or an os.PathLike", value)
    path = cast("object", os.fspath(cast("str | os.PathLike[str]", value)))
    if not isinstance(path, str):
        raise wrong(where, "a path of text", path)
    return text(path, where)


def content(value: object, where: str) -> bytes:
    """Bytes."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise wrong(where, "bytes", value)
    return bytes(cast("bytes | bytearray", value))


def json_value(value: object, where: str) -> Any:
    """What JSON can say."""
    try:
        written = json.dumps(value, allow_nan=False, default=_plain, ensure_ascii=False)
        written.encode()
        return frozen(json.loads(written))
    except (TypeError, RecursionError) as error:
        raise TypeError(f"{where} takes what JSON can say: {error}") from None
    except ValueError as error:
        raise ValueError(f"{where} takes what JSON can say: {error}") from None


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    raise TypeError(f"{given(value)} is nothing that JSON has")


# So many words are named where another one was given.
_SHOWN = 12


def word(value: object, where: str, words: Any) -> Any:
    """One of the words of a literal type."""
    known = get_args(words)
    if isinstance(value, str) and value in known:
        return value
    few = ", ".join(map(repr, known[:_SHOWN])) + (", …" if len(known) > _SHOWN else "")
    if not isinstance(value, str):
        raise wrong(where, f"one of {few}", value)
    raise ValueError(f"{where} takes one of {few}; another text was given")


def instance(value: object, where: str, of: type[T]) -> T:
    """An instance of a class of the package."""
    if not isinstance(value, of):
        raise wrong(where, f"{'an' if of.__name__[0] in 'AEIOUX' else 'a'} xmp {of.__name__}", value)
    return value


def many(value: object, where: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    """A list of something. A text is none, though one can go over its characters."""
    if not _is_list(value):
        raise wrong(where, "a list or another iterable", value)
    items = cast("Iterable[object]", value)
    return tuple(item(one, f"{where}[{index}]") for index, one in enumerate(items))


def _is_list(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray, memoryview, Mapping))


def named(value: object, where: str, item: Callable[[object, str], T]) -> FrozenMap[T]:
    """A mapping from texts."""
    if not isinstance(value, Mapping):
        raise wrong(where, "a dict or another mapping", value)
    items = cast("Mapping[object, object]", value)
    return FrozenMap(
        {text(name, f"a key of {where}"): item(one, f"{where}[{name!r}]") for name, one in items.items()}
    )


def form(kind: object, value: object, name: str, forms: Mapping[str, type]) -> None:
    """That a value with a kind has what its kind asks for."""
    if kind not in forms:
        raise ValueError(f"{name}(kind) takes one of {', '.join(map(repr, forms))}; its methods make them")
    wanted = forms[str(kind)]
    if not isinstance(value, wanted):
        raise wrong(f"{name}(value)", f"{wanted.__name__} for {kind!r}", value)
    if isinstance(value, datetime):
        moment(value, f"{name}(value)")
