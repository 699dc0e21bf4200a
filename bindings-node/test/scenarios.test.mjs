// The stories that run in every language, and the runner's own tests.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";

import { missing } from "./peer.mjs";
import { play, read, STORIES } from "./scenarios.mjs";

describe("scenarios", { concurrency: 2 }, () => {
  for (const file of readdirSync(STORIES).filter((name) => name.endsWith(".toml"))) {
    const story = read(file);
    test(story.name, { skip: missing(story.peer) }, () => play(story));
  }
});

describe("the runner of scenarios", () => {
  const clock = { call: "ManualClock.new", params: { now: "2026-11-21T09:00:00Z" }, as: "clock" };
  const sim = { call: "Sim.start", params: { accounts: ["ada"] }, as: "sim" };

  test("keeps, fills in, waits and moves clocks", () =>
    play({
      steps: [
        clock,
        { call: "Xmp.open", takes: "clock", as: "xmp" },
        { call: "ManualClock.now", on: "clock", as: "began", expect: "2026-11-21T09:00:00Z" },
        {
          call: "ManualClock.now",
          on: "clock",
          until: "2026-11-21T09:00:01.5Z",
          advance: { things: ["clock"], by: { secs: 0, nanos: 500_000_000 } },
        },
        { call: "ManualClock.step_to", on: "clock", params: { now: "$began" } },
        { call: "ManualClock.now", on: "clock", expect: "${began}" },
        { call: "Xmp.posts.find", on: "xmp", params: { key: "none" }, expect: "~" },
        { call: "Xmp.accounts.get", on: "xmp", params: { id: "acc_1" }, error: { kind: "validation", certainty: "~" } },
        { call: "Xmp.stream_events", on: "xmp", within: { actor: "me" }, expect: [] },
      ],
    }));

  const wrong = {
    "an answer that is another": [sim, { call: "Sim.account_id", on: "sim", params: { handle: "ada" }, expect: "~" }],
    "a field that is another": [sim, { call: "Sim.faults", on: "sim", expect: [{ kind: "hold" }] }],
    "a call that has to fail": [sim, { call: "Sim.faults", on: "sim", error: { kind: "timeout" } }],
    "another error": [sim, { call: "Sim.publish_elsewhere", on: "sim", params: { handle: "x", text: "t" }, error: { kind: "timeout" } }],
    "a call that must not fail": [sim, { call: "Sim.publish_elsewhere", on: "sim", params: { handle: "x", text: "t" } }],
    "an operation that is not there": [{ call: "Sim.dance" }],
    "a parameter that is not there": [{ call: "Sim.start", params: { accountz: [] } }],
    "a name that nothing was kept under": [sim, { call: "Sim.account_id", on: "sim", params: { handle: "$nobody" } }],
  };
  for (const [what, steps] of Object.entries(wrong)) {
    test(`fails on ${what}`, () => assert.rejects(play({ steps }), /^Error: step /));
  }
});
