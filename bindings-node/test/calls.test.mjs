// How calls end: answers, errors, signals, iteration, disposal.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as sdk from "xmp-sdk";

import { loadSurface, pascal } from "./surface.mjs";
import { REDIRECT, rejection, stage, until } from "./support.mjs";

const { Draft, ManualClock, Sim, When, Xmp, XmpError } = sdk;

describe("errors", () => {
  test("are of the class of their kind, and carry what is known", async (t) => {
    const { sim, xmp, ada } = await stage(t);
    sim.setFault("rate_limited", { resetSecs: 30 });
    const error = await rejection(xmp.x.profile(ada.id));
    assert.ok(error instanceof sdk.RateLimitError && error instanceof XmpError && error instanceof Error);
    assert.equal(error.name, "RateLimitError");
    assert.equal(error.kind, "rate_limit");
    assert.equal(error.retry.kind, "after");
    assert.ok(error.retry.after > 20_000 && error.retry.after <= 31_000, `${error.retry.after} ms`);
    assert.equal(error.certainty, "not_sent");
    assert.equal(error.platform, "x");
    assert.match(error.fingerprint, /^x:.*:rate_limit:/);
    assert.match(error.correlationId, /^[0-9a-f]{32}$/);
    assert.match(error.stack, /calls\.test\.mjs/, "the stack shows who called");
  });

  test("of a check have its problems, and a cause where there is one", async (t) => {
    const { xmp, ada } = await stage(t);
    const long = await rejection(xmp.posts.schedule(Draft.text("x".repeat(300)).to(ada.id), "long"));
    assert.ok(long instanceof sdk.ValidationError, String(long));
    assert.equal(long.problems.length, 1);
    assert.equal(long.problems[0].platform, "x");
    assert.deepEqual(Object.keys(long.problems[0]), ["platform", "field", "rule", "value", "limit", "hint"]);
    const refused = await rejection(Xmp.open({ home: new URL("file:///proc/none") }));
    assert.ok(refused.causes.length > 0);
    assert.equal(refused.cause.message, refused.causes[0]);
  });

  test("have one class for each kind", () => {
    for (const { kind } of loadSurface().errors) {
      assert.ok(sdk[`${pascal(kind)}Error`].prototype instanceof XmpError, kind);
      assert.equal(sdk[`${pascal(kind)}Error`].prototype.name, `${pascal(kind)}Error`);
    }
  });

  test("of a closed engine say so", async () => {
    const xmp = await Xmp.open();
    await xmp.close();
    await xmp.close();
    assert.equal((await rejection(xmp.accounts.list())).code, "handle.closed");
    assert.throws(() => xmp.platforms(), { code: "handle.closed" });
  });
});

describe("drafts", () => {
  test("refuse a time that is missing, which must not become now", () => {
    const draft = Draft.text("a");
    for (const wrong of [undefined, null, "2040-01-01", new Date(Number.NaN), { kind: "soon" }]) {
      assert.throws(() => draft.at(wrong), { name: "TypeError", message: /Draft\.at: when/ });
    }
    assert.throws(() => new Draft({ due: new Date() }), { name: "TypeError", message: /no field "due"/ });
    assert.equal(new Draft({ when: null }).when, null, "it is refused when it is scheduled");
  });

  test("keep the time that they were given", () => {
    const date = new Date("2040-01-01T00:00:00Z");
    const draft = Draft.text("a").at(date);
    date.setFullYear(2050);
    assert.equal(draft.when.toISOString(), "2040-01-01T00:00:00.000Z");
  });
});

describe("the end of a worker", () => {
  /** A worker that is publishing: its answer is held back. */
  async function publishing(t, ms) {
    const scene = await stage(t);
    const { sim, xmp, ada } = scene;
    sim.setFault("hold", { route: "posts.create", ms, times: 1 });
    await xmp.posts.schedule(Draft.text("in flight").to(ada.id), "k");
    const worker = await xmp.startWorker();
    await until("the post is out", () => sim.ledger().length === 1);
    return { ...scene, worker };
  }
  const published = async (xmp) => (await xmp.posts.find("k")).deliveries[0].state;

  test("is the same for all who wait for it", async (t) => {
    const { xmp, worker } = await publishing(t, 500);
    const first = worker.stop();
    await worker.stop();
    assert.equal(await published(xmp), "published", "the second one did not end before the work was done");
    await first;
  });

  test("comes, though nobody waits for it any more", async (t) => {
    // Longer than a call that was cancelled may take for its last words.
    const { xmp, worker } = await publishing(t, 3_500);
    const aborted = await rejection(worker.stop({ signal: AbortSignal.timeout(1) }));
    assert.equal(aborted.name, "AbortError");
    await worker.stop();
    assert.equal(await published(xmp), "published");
  });
});

describe("signals", () => {
  test("that were aborted before reject at once, with nothing done", async (t) => {
    const { sim, xmp } = await stage(t);
    const seen = sim.requests().length;
    const reason = new Error("changed my mind");
    const error = await rejection(xmp.posts.schedule(Draft.text("no"), "k", { signal: AbortSignal.abort(reason) }));
    assert.ok(error instanceof sdk.CancelledError);
    assert.equal(error.name, "AbortError", "what programs ask for");
    assert.equal(error.kind, "cancelled");
    assert.equal(error.certainty, "not_sent");
    assert.equal(error.cause, reason);
    assert.equal(await xmp.posts.find("k"), null);
    assert.equal(sim.requests().length, seen);
  });

  test("keep what is certain: a request whose effect may be there", async (t) => {
    const { sim, xmp, ada } = await stage(t);
    sim.publishElsewhere("ada", "to be deleted");
    const [{ remoteId }] = sim.ledger();
    sim.setFault("hold", { route: "posts.delete", ms: 60_000 });
    const controller = new AbortController();
    const deleting = rejection(xmp.x.delete(ada.id, remoteId, { signal: controller.signal }));
    await until("the effect", () => sim.ledger()[0].deleted);
    controller.abort();
    const error = await deleting;
    assert.ok(error instanceof sdk.CancelledError, String(error));
    assert.equal(error.certainty, "maybe_sent");
    assert.equal(error.cause, controller.signal.reason);
  });

  test("leave nothing behind, and the caller's own handler alone", async (t) => {
    const { xmp } = await stage(t);
    const controller = new AbortController();
    const mine = () => undefined;
    controller.signal.onabort = mine;
    const listeners = getEventListeners(controller.signal, "abort").length;
    await xmp.accounts.list({ signal: controller.signal });
    await rejection(xmp.accounts.get("acc_1", { signal: controller.signal }));
    assert.equal(getEventListeners(controller.signal, "abort").length, listeners);
    assert.equal(controller.signal.onabort, mine);
    controller.abort();
    assert.deepEqual(await xmp.accounts.list().then((all) => all.length), 1);
  });

  test("of time end calls too", async (t) => {
    const { sim, xmp, ada } = await stage(t);
    sim.setFault("latency", { ms: 60_000 });
    const error = await rejection(xmp.x.profile(ada.id, { signal: AbortSignal.timeout(20) }));
    assert.ok(error instanceof sdk.CancelledError);
    assert.equal(error.cause.name, "TimeoutError");
    const late = await rejection(xmp.within({ timeout: 20 }).x.profile(ada.id));
    assert.ok(late instanceof sdk.TimeoutError, inspect(late));
  });

  test("end a thousand calls at any point; each ends once, and says how", async (t) => {
    const { sim, xmp, ada } = await stage(t);
    sim.setLimit("users.me", "user", 900, 100_000);
    let seed = 7;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const ends = { answered: 0, cancelled: 0 };
    const calls = Array.from({ length: 1000 }, (_, place) => {
      const controller = new AbortController();
      const { signal } = controller;
      const call = [
        () => xmp.x.profile(ada.id, { signal }),
        () => xmp.posts.schedule(Draft.text(`post ${place}`).to(ada.id).at(new Date("2040-01-01")), `key ${place}`, { signal }),
        () => xmp.posts.list({ signal }),
      ][place % 3]();
      // From at once to after most have ended.
      const turns = random(400);
      const abort = (left) => (left === 0 ? controller.abort() : setImmediate(abort, left - 1));
      abort(turns);
      return call.then(
        () => (ends.answered += 1),
        (error) => {
          assert.ok(error instanceof sdk.CancelledError, inspect(error));
          ends.cancelled += 1;
        },
      );
    });
    await Promise.all(calls);
    assert.equal(ends.answered + ends.cancelled, 1000);
    assert.ok(ends.cancelled > 0, "some were aborted in time");
    assert.equal((await xmp.accounts.get(ada.id)).handle, "ada", "the engine works on");
  });
});

describe("what calls give", () => {
  test("goes over the items of all pages", async (t) => {
    const { sim, xmp, ada } = await stage(t);
    const keys = Array.from({ length: 7 }, (_, place) => `key ${place}`);
    for (const key of keys) {
      await xmp.posts.schedule(Draft.text(key).to(ada.id).at(new Date("2040-01-01")), key);
    }
    const seen = [];
    for await (const { post } of xmp.posts.stream({ limit: 2, states: ["scheduled"] })) seen.push(post.key);
    // Those of one millisecond are in any order.
    assert.deepEqual(seen.toSorted(), keys);

    for await (const { post } of xmp.posts.stream({ limit: 2 })) {
      assert.equal(post.key, seen[0]);
      break;
    }
    const kinds = [];
    for await (const { kind } of xmp.streamEvents({ limit: 3 })) kinds.push(kind);
    assert.deepEqual(kinds, ["account.connected", ...keys.map(() => "post.scheduled")]);

    for (const key of keys) sim.publishElsewhere("ada", key);
    const texts = [];
    for await (const { text } of xmp.x.streamTimeline(ada.id, { limit: 5 })) texts.push(text);
    assert.deepEqual(texts, keys.toReversed());
    const signal = AbortSignal.abort();
    assert.ok((await rejection(xmp.posts.stream({ signal }).next())) instanceof sdk.CancelledError);
  });

  test("has times, lengths of time and nothing as JavaScript has them", async () => {
    const clock = new ManualClock(new Date("2026-11-21T09:00:00.250Z"));
    const xmp = await Xmp.open({ clock, x: { clientId: "app", settle: 1500.5 } });
    assert.equal(xmp.platforms()[0].capability.settle, 1500.5);
    clock.advance(0.001);
    assert.ok(clock.now() instanceof Date);
    assert.equal(clock.now().toISOString(), "2026-11-21T09:00:00.250Z");
    assert.equal(await xmp.posts.find("none"), null);
    await xmp.close();
  });

  test("hides what must not be logged", async (t) => {
    const { xmp } = await stage(t);
    const pending = await xmp.accounts.connect("x", REDIRECT);
    assert.match(pending.url, /^http/);
    assert.equal(inspect(pending), "{ url: '[redacted]' }");
    assert.equal(inspect({ pending }, { depth: 5 }).includes("http"), false);
    assert.deepEqual(Object.keys(pending), ["url"]);
  });

  test("carries what goes along with it", async (t) => {
    const { xmp, ada } = await stage(t);
    const correlationId = "0123456789abcdef0123456789abcdef";
    const mine = xmp.within({ actor: "me" }).within({ correlationId });
    const { post } = await mine.posts.schedule(Draft.text("mine").to(ada.id).at(new Date("2040-01-01")), "mine");
    assert.equal(post.actor, "me");
    assert.equal(post.correlationId, correlationId);
    assert.equal((await rejection(mine.posts.get("post_1"))).correlationId, correlationId);
    assert.notEqual((await rejection(xmp.posts.get("post_1"))).correlationId, correlationId);
    assert.ok((await rejection(xmp.within({ traceparent: "no" }).accounts.list())) instanceof sdk.ValidationError);
    assert.ok((await rejection(xmp.within({ correlationId: "no" }).accounts.list())) instanceof sdk.ValidationError);
    const other = xmp.tenant("other");
    assert.deepEqual(await other.accounts.list(), []);
  });

  test("is disposed of by `await using`", async () => {
    const sim = await Sim.start();
    const xmp = await Xmp.open();
    const worker = await xmp.startWorker();
    await worker[Symbol.asyncDispose]();
    await worker.stop();
    await xmp[Symbol.asyncDispose]();
    await sim[Symbol.asyncDispose]();
    assert.equal((await rejection(xmp.accounts.list())).code, "handle.closed");
    assert.throws(() => sim.url(), { code: "handle.closed" });
  });
});

describe("drafts", () => {
  const draft = Draft.text("one").andThen("two").to("acc_1").to("acc_2").media(Buffer.from("x")).image("file.png", "alt");

  test("are written piece by piece, each a new one", () => {
    assert.deepEqual(draft.parts, [
      { text: "one" },
      { text: "two", media: [{ bytes: Buffer.from("x"), alt: null }, { path: "file.png", alt: "alt" }] },
    ]);
    assert.deepEqual(draft.accounts, ["acc_1", "acc_2"]);
    assert.deepEqual(draft.replyTo("1").parts[0], { text: "one", replyTo: "1" });
    assert.deepEqual(new Draft().image(new URL("file:///a.png"), "alt").parts, [{ media: [{ path: "/a.png", alt: "alt" }] }]);
    assert.equal(draft.withPriority("urgent").priority, "urgent");
    assert.equal(draft.priority, "normal");
    assert.deepEqual(draft.when, When.now());
    assert.equal(draft.expires, null);
  });

  test("keep until when they may be sent, whatever follows", async (t) => {
    const { xmp, ada } = await stage(t);
    const end = new Date("2040-12-24T08:00:00Z");
    const { post } = await xmp.posts.schedule(Draft.text("greetings").until(end).to(ada.id), "greetings");
    assert.deepEqual(post.expires.at, end);
  });

  test("may be given and awaited by async functions", async () => {
    assert.equal(await (async () => draft)(), draft);
  });

  test("take a time in any of its forms", async (t) => {
    const { xmp, ada } = await stage(t);
    const at = new Date("2040-12-24T08:00:00Z");
    const forms = [at, When.at(at), When.local("2040-12-24T09:00", "Europe/Berlin"), { kind: "at", at }];
    for (const [place, when] of forms.entries()) {
      const { post } = await xmp.posts.schedule(Draft.text(`${place}`).to(ada.id).at(when), `key ${place}`);
      assert.deepEqual(post.due.at, at);
    }
    const plain = { parts: [{ text: "plain" }], accounts: [ada.id], when: at };
    const { post } = await xmp.posts.schedule(plain, "plain");
    assert.deepEqual(post.due.asked, When.at(at));
    const { post: moved } = await xmp.posts.reschedule(post.id, new Date("2041-01-01"));
    assert.equal(moved.due.at.getUTCFullYear(), 2041);
    const gap = When.local("2040-03-25T02:30", "Europe/Berlin");
    assert.ok((await rejection(xmp.posts.reschedule(post.id, gap))) instanceof sdk.ValidationError);
    const shifted = When.local("2040-03-25T02:30", "Europe/Berlin", { gap: "shift" });
    assert.equal((await xmp.posts.reschedule(post.id, shifted)).post.due.at.toISOString(), "2040-03-25T01:30:00.000Z");
  });

  test("have bytes that may change once the call has begun", async (t) => {
    const { xmp, ada } = await stage(t);
    const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP438AAAAQBAYD718vxAAAAAElFTkSuQmCC", "base64");
    const size = dot.length;
    const scheduling = xmp.posts.schedule(Draft.text("dot").media(dot, "a dot").to(ada.id).at(new Date("2040-01-01")), "dot");
    dot.fill(0);
    const { deliveries } = await scheduling;
    const [media] = deliveries[0].parts[0].content.media;
    assert.deepEqual([media.mime, media.size, media.alt], ["image/png", size, "a dot"]);
  });
});
