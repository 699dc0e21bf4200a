# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""The classes for asyncio."""

from __future__ import annotations
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from xmp import _check, _wire
from xmp._aio import AioCaller, Opening
from xmp.generated.shared import SimClock
from xmp.generated.sim_records import Fault, FaultKind, LedgerEntry, Per, RateLimit, RecordedRequest, SimClient, SimInstance, Tokens
from xmp.generated.sim_wire import read_fault, read_ledger_entry, read_recorded_request, read_tokens, write_rate_limit, write_sim_client, write_sim_instance
from xmp.generated.words import Json

__all__ = [
    "Sim",
]

class Sim:
    """A simulator of X on loopback, for tests: `Sim.start(...)`. It is stopped at the end of a `with`."""

    __slots__ = ("_caller", "clock",)
    def __init__(self, caller: AioCaller) -> None:
        self._caller = caller
        self.clock = SimClock(caller)

    @staticmethod
    def start(
        *,
        clients: Iterable[SimClient] = (),
        accounts: Iterable[str] = (),
        instance: SimInstance | None = None,
        home: str | os.PathLike[str] | None = None,
        port: int = 0,
        starting_at: datetime | None = None,
        access_token_ttl: timedelta | None = None,
        duplicate_window: timedelta | None = None,
        limits: Iterable[RateLimit] = (),
    ) -> Opening[Sim]:
        """Starts a simulator of X, Bluesky and Mastodon on loopback: all of them at one address.

        Args:
            clients: The OAuth apps.
            accounts: The handles of the accounts: `ada` on X, `bluesky:ada.test`, `mastodon:ada`. A
                program logs in to Bluesky with the app password `app-password-of-ada.test`.
            instance: What the simulated Mastodon server allows, where it is not what Mastodon comes with.
            home: Keeps the world in this folder, so that a later start finds it again. Default: in
                memory.
            port: Listens on this port of 127.0.0.1; 0 for any free one.
            starting_at: The time that its clock starts at; it runs on from there. Default: real time.
            access_token_ttl: How long access tokens live.
            duplicate_window: How long an equal text of the same account is refused as a duplicate; zero:
                never.
            limits: Rate limits in place of the documented ones.
        """
        params = {
            "clients": [write_sim_client(it) for it in _check.many(clients, "Sim.start(clients)", lambda it, at: _check.instance(it, at, SimClient))],
            "accounts": _check.many(accounts, "Sim.start(accounts)", _check.text),
            "instance": None if instance is None else write_sim_instance(_check.instance(instance, "Sim.start(instance)", SimInstance)),
            "home": None if home is None else _check.path(home, "Sim.start(home)"),
            "port": _check.whole(port, "Sim.start(port)"),
            "starting_at": None if starting_at is None else _wire.write_time(_check.moment(starting_at, "Sim.start(starting_at)")),
            "access_token_ttl": None if access_token_ttl is None else _wire.write_length(_check.length(access_token_ttl, "Sim.start(access_token_ttl)")),
            "duplicate_window": None if duplicate_window is None else _wire.write_length(_check.length(duplicate_window, "Sim.start(duplicate_window)")),
            "limits": [write_rate_limit(it) for it in _check.many(limits, "Sim.start(limits)", lambda it, at: _check.instance(it, at, RateLimit))],
        }
        return Opening(AioCaller(), "Sim.start", params, Sim)

    def url(self) -> str:
        """The base URL of the simulated API."""
        answer: str = self._caller.now("Sim.url", {})
        return answer

    def ledger(self) -> tuple[LedgerEntry, ...]:
        """What was really posted, oldest first, deleted posts included."""
        answer = self._caller.now("Sim.ledger", {})
        return tuple([read_ledger_entry(one) for one in answer])

    def requests(self) -> tuple[RecordedRequest, ...]:
        """Every API request that was received in full since the start, oldest first."""
        answer = self._caller.now("Sim.requests", {})
        return tuple([read_recorded_request(one) for one in answer])

    def account_id(self, handle: str) -> str | None:
        """The platform's id of the account with this handle.

        Args:
            handle: The handle, after the platform if that is not X: `bluesky:ada.test`.
        """
        params = {
            "handle": _check.text(handle, "Sim.account_id(handle)"),
        }
        answer: str | None = self._caller.now("Sim.account_id", params)
        return answer

    async def consent_url_approve(self, authorize_url: str, handle: str) -> str:
        """Plays a human who opens the address, is logged in as `handle`, and consents. Answers the address
        that the browser would be sent back to.

        Args:
            authorize_url: The address that `connect` gave.
            handle: Who consents: the handle, after the platform if that is not X.
        """
        params = {
            "authorize_url": _check.text(authorize_url, "Sim.consent_url_approve(authorize_url)"),
            "handle": _check.text(handle, "Sim.consent_url_approve(handle)"),
        }
        answer: str = await self._caller.call("Sim.consent_url_approve", params)
        return answer

    def set_fault(
        self,
        kind: FaultKind,
        *,
        route: str | None = None,
        platform: str | None = None,
        account: str | None = None,
        skip: int = 0,
        times: int | None = None,
        ms: int | None = None,
        code: int | None = None,
        body: Json = None,
        legacy: bool | None = None,
        reset_secs: int | None = None,
        lookups: bool | None = None,
    ) -> None:
        """Sets one more fault.

        Args:
            kind: What happens.
            route: The route that is hit (`posts.create`), or a family of them (`media`). Default: any.
            platform: The platform that is hit. Default: any.
            account: The handle of the account on whose behalf the request is made. Default: any.
            skip: So many matching requests pass unharmed first.
            times: So many matching requests are hit, then the fault is used up. Default: for ever.
            ms: Milliseconds, for the kinds that name them.
            code: The HTTP status, for the kinds that name it.
            body: The JSON body for `status`; by default the platform's usual one.
            legacy: For `status`: the usual body in X's old shape.
            reset_secs: Simulated seconds until the window ends, for `rate_limited`.
            lookups: For `timeline_lag`: they are missing from lookups by id, too.
        """
        params = {
            "kind": _check.word(kind, "Sim.set_fault(kind)", FaultKind),
            "route": None if route is None else _check.text(route, "Sim.set_fault(route)"),
            "platform": None if platform is None else _check.text(platform, "Sim.set_fault(platform)"),
            "account": None if account is None else _check.text(account, "Sim.set_fault(account)"),
            "skip": _check.whole(skip, "Sim.set_fault(skip)"),
            "times": None if times is None else _check.whole(times, "Sim.set_fault(times)"),
            "ms": None if ms is None else _check.whole(ms, "Sim.set_fault(ms)"),
            "code": None if code is None else _check.whole(code, "Sim.set_fault(code)"),
            "body": _check.json_value(body, "Sim.set_fault(body)"),
            "legacy": None if legacy is None else _check.flag(legacy, "Sim.set_fault(legacy)"),
            "reset_secs": None if reset_secs is None else _check.whole(reset_secs, "Sim.set_fault(reset_secs)"),
            "lookups": None if lookups is None else _check.flag(lookups, "Sim.set_fault(lookups)"),
        }
        self._caller.now("Sim.set_fault", params)

    def faults(self) -> tuple[Fault, ...]:
        """The faults that are set and not used up."""
        answer = self._caller.now("Sim.faults", {})
        return tuple([read_fault(one) for one in answer])

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._caller.now("Sim.clear_faults", {})

    def set_limit(self, route: str, per: Per, window_secs: int, limit: int) -> None:
        """Sets a rate limit, in place of the one for the same route, sharing and window.

        Args:
            route: The route's name, for example `posts.create`: X's. On other platforms with the platform
                before it, and the names that the platform counts by: `bluesky:writes`,
                `mastodon:media.upload`.
            per: Who shares the window.
            window_secs: The length of the window in seconds. On X a day or more is reported in the
                `x-{user,app}-limit-24hour-*` headers, anything shorter in `x-rate-limit-*`.
            limit: How many requests it takes; for `bluesky:writes`, how many points.
        """
        params = {
            "route": _check.text(route, "Sim.set_limit(route)"),
            "per": _check.word(per, "Sim.set_limit(per)", Per),
            "window_secs": _check.whole(window_secs, "Sim.set_limit(window_secs)"),
            "limit": _check.whole(limit, "Sim.set_limit(limit)"),
        }
        self._caller.now("Sim.set_limit", params)

    def issue_tokens(self, client_id: str, handle: str, scopes: Iterable[str]) -> Tokens:
        """Tokens of an account for an app, without the way through consent.

        Args:
            client_id: The app.
            handle: The account.
            scopes: The scopes; the refresh token comes with `offline.access` only.
        """
        params = {
            "client_id": _check.text(client_id, "Sim.issue_tokens(client_id)"),
            "handle": _check.text(handle, "Sim.issue_tokens(handle)"),
            "scopes": _check.many(scopes, "Sim.issue_tokens(scopes)", _check.text),
        }
        answer = self._caller.now("Sim.issue_tokens", params)
        return read_tokens(answer)

    def publish_elsewhere(self, handle: str, text: str) -> None:
        """Publishes a post as the account's owner does, past all apps.

        Args:
            handle: The account.
            text: What it says.
        """
        params = {
            "handle": _check.text(handle, "Sim.publish_elsewhere(handle)"),
            "text": _check.text(text, "Sim.publish_elsewhere(text)"),
        }
        self._caller.now("Sim.publish_elsewhere", params)

    def edit_elsewhere(self, id: str, text: str) -> None:
        """Edits a post as the account's owner does, past all apps.

        Args:
            id: The platform's id of the post.
            text: What it says now.
        """
        params = {
            "id": _check.text(id, "Sim.edit_elsewhere(id)"),
            "text": _check.text(text, "Sim.edit_elsewhere(text)"),
        }
        self._caller.now("Sim.edit_elsewhere", params)

    def delete_elsewhere(self, id: str) -> None:
        """Deletes a post as the account's owner does, past all apps.

        Args:
            id: The platform's id of the post.
        """
        params = {
            "id": _check.text(id, "Sim.delete_elsewhere(id)"),
        }
        self._caller.now("Sim.delete_elsewhere", params)

    async def stop(self) -> None:
        """Stops the simulator and waits until its socket is closed and its home is free."""
        await self._caller.call("Sim.stop", {})

    async def __aenter__(self) -> Sim:
        return self
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        await self.stop()
    def __repr__(self) -> str:
        return f"<xmp {self._caller!r}>"
