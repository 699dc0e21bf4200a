"""The stories that every language plays, with asyncio and without."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenario

STORIES = sorted((scenario.ROOT / "tests" / "scenarios").glob("*.toml"))

OWN = """
name = "what a runner has to know"

[[steps]]
call = "Sim.start"
params = { accounts = ["ada"], starting_at = "2030-01-01T00:00:00.5Z", clients = [{ id = "a" }] }
as = "sim"

[[steps]]
call = "Sim.account_id"
on = "sim"
params = { handle = "nobody" }
expect = "~"

[[steps]]
call = "ManualClock.new"
params = { now = "2030-01-01T00:00:00Z" }
as = "clock"

[[steps]]
call = "Xmp.open"
params = { home = "${tmp}/home" }
takes = "clock"
as = "xmp"

[[steps]]
call = "Xmp.posts.get"
on = "xmp"
params = { id = "post_00000000000000000000000000000000" }
error = { kind = "not_found", retry = "never", platform = "~" }

[[steps]]
call = "ManualClock.now"
on = "clock"
until = "2030-01-01T00:00:01.5Z"
advance = { things = ["clock", "sim"], by = { secs = 0, nanos = 500_000_000 } }

[[steps]]
call = "Xmp.stream_events"
on = "xmp"
expect = []
"""


@pytest.mark.parametrize("twin", [False, True], ids=["asyncio", "sync"])
@pytest.mark.parametrize("story", STORIES, ids=[story.stem for story in STORIES])
def test_story(story: Path, twin: bool, tmp_path: Path) -> None:
    scenario.run(story, tmp_path, twin)


@pytest.mark.parametrize("twin", [False, True], ids=["asyncio", "sync"])
def test_the_runner_plays_a_story(twin: bool, tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_text(OWN)
    scenario.run(story, tmp_path, twin)


@pytest.mark.parametrize(
    ("told", "instead", "noticed"),
    [
        ('expect = "~"', 'expect = "*"', "step 1 .*is nothing"),
        ('kind = "not_found"', 'kind = "conflict"', "step 4 .*error.kind is 'not_found', not 'conflict'"),
        ("expect = []", 'expect = ["*"]', "step 6 .*0 items, not 1"),
        ("error = {", "expect = {", "step 4 .*NotFoundError"),
    ],
)
def test_the_runner_notices_what_is_otherwise(told: str, instead: str, noticed: str, tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    assert told in OWN
    story.write_text(OWN.replace(told, instead))
    with pytest.raises(AssertionError, match=noticed):
        scenario.run(story, tmp_path, twin=True)
