# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Records to and from JSON. What a newer engine adds is passed over."""

from __future__ import annotations
from typing import Any
from xmp import _wire
from xmp._frozen import FrozenMap, frozen
from xmp.generated.sim_records import Fault, LedgerEdit, LedgerEntry, RateLimit, RecordedRequest, SimClient, SimInstance, Tokens

__all__ = [
    "read_fault",
    "read_ledger_edit",
    "read_ledger_entry",
    "read_rate_limit",
    "read_recorded_request",
    "read_sim_client",
    "read_sim_instance",
    "read_tokens",
    "write_rate_limit",
    "write_sim_client",
    "write_sim_instance",
]

def write_sim_client(value: SimClient) -> Any:
    """Writes a `SimClient`."""
    return {
        "id": value.id,
        "secret": value.secret,
        "redirect_uris": value.redirect_uris,
    }

def read_sim_client(it: Any) -> SimClient:
    """Reads a `SimClient`."""
    return SimClient(
        id=it["id"],
        secret=it.get("secret"),
        redirect_uris=tuple(it.get("redirect_uris", [])),
    )

def write_sim_instance(value: SimInstance) -> Any:
    """Writes a `SimInstance`."""
    return {
        "max_characters": value.max_characters,
        "max_media_attachments": value.max_media_attachments,
        "characters_reserved_per_url": value.characters_reserved_per_url,
        "max_poll_options": value.max_poll_options,
    }

def read_sim_instance(it: Any) -> SimInstance:
    """Reads a `SimInstance`."""
    return SimInstance(
        max_characters=it.get("max_characters"),
        max_media_attachments=it.get("max_media_attachments"),
        characters_reserved_per_url=it.get("characters_reserved_per_url"),
        max_poll_options=it.get("max_poll_options"),
    )

def write_rate_limit(value: RateLimit) -> Any:
    """Writes a `RateLimit`."""
    return {
        "route": value.route,
        "per": value.per,
        "window_secs": value.window_secs,
        "limit": value.limit,
    }

def read_rate_limit(it: Any) -> RateLimit:
    """Reads a `RateLimit`."""
    return RateLimit(
        route=it["route"],
        per=it["per"],
        window_secs=it["window_secs"],
        limit=it["limit"],
    )

def read_ledger_edit(it: Any) -> LedgerEdit:
    """Reads a `LedgerEdit`."""
    return LedgerEdit(
        remote_id=it["remote_id"],
        text=it["text"],
        at=_wire.read_time(it["at"]),
    )

def read_ledger_entry(it: Any) -> LedgerEntry:
    """Reads a `LedgerEntry`."""
    return LedgerEntry(
        platform=it["platform"],
        account=it["account"],
        account_id=it["account_id"],
        remote_id=it["remote_id"],
        text=it["text"],
        at=_wire.read_time(it["at"]),
        client_id=it.get("client_id"),
        reply_to=it.get("reply_to"),
        quote_of=it.get("quote_of"),
        media=tuple(it["media"]),
        edits=tuple([read_ledger_edit(one) for one in it["edits"]]),
        deleted=it["deleted"],
        deleted_at=_wire.maybe(it.get("deleted_at"), _wire.read_time),
        details=frozen(it.get("details")),
    )

def read_recorded_request(it: Any) -> RecordedRequest:
    """Reads a `RecordedRequest`."""
    return RecordedRequest(
        id=it["id"],
        at=_wire.read_time(it["at"]),
        platform=it["platform"],
        method=it["method"],
        path=it["path"],
        route=it.get("route"),
        account=it.get("account"),
        headers=FrozenMap(it["headers"]),
        body=it["body"],
        status=it.get("status"),
        done=it["done"],
        done_at=_wire.maybe(it.get("done_at"), _wire.read_time),
        left_at=_wire.maybe(it.get("left_at"), _wire.read_time),
    )

def read_fault(it: Any) -> Fault:
    """Reads a `Fault`."""
    return Fault(
        kind=it["kind"],
        route=it.get("route"),
        platform=it.get("platform"),
        account=it.get("account"),
        skip=it.get("skip", 0),
        times=it.get("times"),
        ms=it.get("ms"),
        code=it.get("code"),
        body=frozen(it.get("body")),
        legacy=it.get("legacy"),
        reset_secs=it.get("reset_secs"),
        lookups=it.get("lookups"),
    )

def read_tokens(it: Any) -> Tokens:
    """Reads a `Tokens`."""
    return Tokens(
        access_token=it["access_token"],
        refresh_token=it.get("refresh_token"),
        expires_at=_wire.read_time(it["expires_at"]),
    )
