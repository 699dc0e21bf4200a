"""The live package has the described surface; and whatever is changed in it is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import check_surface
import xmp
import xmp.sync


def differences() -> list[str]:
    return list(check_surface.Check(check_surface.described()).differences())


def test_nothing_differs() -> None:
    assert differences() == []


def renamed(self: Any, identifier: str) -> None: ...


async def no_limit(self: Any, *, after: int = 0, limit: int = 50) -> None: ...


def positional(self: Any, text: str, more: int = 0) -> None: ...


@pytest.mark.parametrize(
    ("owner", "method", "other", "noticed"),
    [
        (xmp.Posts, "get", None, "xmp: Xmp.posts.get is missing"),
        (xmp.sync.Posts, "get", None, "xmp.sync: Xmp.posts.get is missing"),
        (
            xmp.sync.Accounts,
            "resume",
            renamed,
            "xmp.sync: Xmp.accounts.resume takes ['identifier'], not ['id']",
        ),
        (xmp.Xmp, "events", no_limit, "xmp: Xmp.events(limit) is 50 by default, not 100"),
        (xmp.Posts, "held", xmp.sync.Posts.held, "xmp: Xmp.posts.held is not awaited"),
        (xmp.Xmp, "within", None, "xmp: Xmp.within is missing"),
        (xmp.Draft, "then", positional, "Draft.then takes ['text', 'more'], not ['text']"),
        (xmp.Draft, "image", None, "Draft.image is missing"),
    ],
)
def test_a_change_is_noticed(
    monkeypatch: pytest.MonkeyPatch, owner: type, method: str, other: Callable[..., Any] | None, noticed: str
) -> None:
    if other is None:
        monkeypatch.delattr(owner, method)
    else:
        monkeypatch.setattr(owner, method, other)
    assert differences() == [noticed]


def test_a_method_that_nobody_described_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmp.Accounts, "forget", renamed, raising=False)
    assert differences() == ["xmp: Xmp.accounts.forget is not described"]


def test_another_default_of_a_record_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = xmp.LookPolicy.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "every", timedelta(seconds=21))
    assert "LookPolicy(every) is datetime.timedelta(seconds=21) by default" in differences()[0]
