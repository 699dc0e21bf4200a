"""Records as values: equal, hashable, picklable, strict in what they take, and silent about secrets."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import stage
import xmp
import xmp.sim

IMAGE = Path(__file__).parents[2] / "examples" / "media" / "sunrise.png"


def test_all_that_comes_out_is_a_value() -> None:
    with stage.blocking() as scene:
        view = scene.xmp.posts.schedule(
            xmp.Draft(
                parts=[xmp.PartDraft(text="hello")],
                accounts=[scene.ada.id],
                metadata={"from": "a test"},
                labels=["a"],
            ),
            "k",
        )
        with scene.xmp.start_worker():
            stage.eventually(lambda: len(scene.sim.ledger()) == 1)
            stage.eventually(lambda: scene.xmp.posts.get(view.post.id).deliveries[0].state == "published")
        values = [
            view,
            scene.xmp.posts.get(view.post.id),
            scene.ada,
            *scene.xmp.events(),
            *scene.xmp.platforms(),
            *scene.sim.ledger(),
            *scene.sim.requests(),
            scene.xmp.posts.measure(view.post.id),
            scene.xmp.x.timeline(scene.ada.id),
            scene.xmp.x.profile(scene.ada.id),
        ]
        for value in values:
            again = pickle.loads(pickle.dumps(value))
            assert again == value
            assert hash(again) == hash(value)
            assert copy.deepcopy(value) == value
        assert view.post.metadata == {"from": "a test"}
        with pytest.raises(dataclasses.FrozenInstanceError):
            view.post.id = "another"  # type: ignore[misc]
        with pytest.raises(TypeError):
            view.post.metadata["more"] = "no"  # type: ignore[index]


def test_errors_are_values_too() -> None:
    with stage.blocking() as scene:
        with pytest.raises(xmp.ValidationError) as caught:
            scene.xmp.posts.schedule(xmp.Draft.text("x" * 300).to(scene.ada.id), "k")
        error = caught.value
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is xmp.ValidationError
        assert str(again) == str(error)
        assert (again.code, again.problems) == (error.code, error.problems)
        assert error.problems
        assert error.retry == xmp.Retry.never()
        assert isinstance(error, xmp.XmpError)
        assert type(error).__module__ == "xmp"


def test_secrets_are_not_shown() -> None:
    config = xmp.XConfig(client_id="app", client_secret="do-not-show-1")
    assert "do-not-show" not in repr(config)
    assert config.client_secret == "do-not-show-1"
    assert "do-not-show" not in repr(xmp.PendingConnection(url="https://x.com/?state=do-not-show-2"))
    with pytest.raises(TypeError) as caught:
        xmp.XConfig(client_id=b"do-not-show-3")  # type: ignore[arg-type]
    assert "do-not-show" not in str(caught.value)


def test_drafts_are_made_step_by_step() -> None:
    tomorrow = datetime(2030, 1, 2, 3, 4, 5, tzinfo=ZoneInfo("Europe/Berlin"))
    first = xmp.Draft.text("one")
    draft = first.then("two").to("acc_1").at(tomorrow).image(IMAGE, "a sunrise").media(b"GIF89a", alt="a dot")
    draft = draft.reply_to("42").with_priority("high")
    assert first == xmp.Draft(parts=[xmp.PartDraft(text="one")]), "a step changes nothing"
    assert [part.text for part in draft.parts] == ["one", "two"]
    assert draft.parts[0].reply_to == "42"
    assert draft.parts[1].media == (
        xmp.MediaDraft(path=str(IMAGE), alt="a sunrise"),
        xmp.MediaDraft(bytes=b"GIF89a", alt="a dot"),
    )
    assert draft.when == xmp.When.at(tomorrow)
    assert draft.when.value == datetime(2030, 1, 2, 2, 4, 5, tzinfo=timezone.utc)
    assert xmp.Draft().reply_to("7").media(b"GIF89a").parts[0].reply_to == "7"
    assert type(pickle.loads(pickle.dumps(draft))) is xmp.Draft
    assert pickle.loads(pickle.dumps(draft)) == draft


def test_media_goes_up_from_a_path_and_from_bytes() -> None:
    with stage.blocking() as scene:
        data = IMAGE.read_bytes()
        draft = (
            xmp.Draft.text("two")
            .image(IMAGE, "a file")
            .media(memoryview(data + b"\0"), alt="bytes")
            .to(scene.ada.id)
        )
        stored = scene.xmp.posts.schedule(draft, "k").deliveries[0].parts[0].content.media
        assert [(media.size, media.alt, media.kind) for media in stored] == [
            (len(data), "a file", "image"),
            (len(data) + 1, "bytes", "image"),
        ]


def test_times() -> None:
    naive = datetime(2030, 1, 1)
    with pytest.raises(ValueError, match=r"Draft\.at\(when\).* has none.*\.replace\(tzinfo=timezone\.utc\)"):
        xmp.Draft.text("x").at(naive)
    with pytest.raises(ValueError, match="between the years 1 and 9999"):
        xmp.When.at(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
    local = xmp.When.local("2026-12-24T09:00", "Europe/Berlin", fold="first")
    assert (local.kind, local.value) == (
        "local",
        xmp.WhenLocal(civil="2026-12-24T09:00", zone="Europe/Berlin", fold="first"),
    )
    with pytest.raises(ValueError, match="one of 'now', 'at', 'local'"):
        xmp.When("later")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"When\(value\) takes datetime for 'at'; None was given"):
        xmp.When("at")
    moment = datetime(2030, 1, 1, 0, 0, 0, 123456, tzinfo=timezone.utc)
    clock = xmp.ManualClock(moment)
    assert clock.now() == moment
    with pytest.raises(xmp.ValidationError):
        xmp.ManualClock(datetime.max.replace(tzinfo=timezone.utc))
