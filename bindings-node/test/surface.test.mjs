// The package is what the description says, and a difference is caught.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as sdk from "xmp-sdk";

import { differences } from "./check-surface.mjs";
import { loadSurface } from "./surface.mjs";

const declared = (file) => readFileSync(new URL(`../dist/${file}`, import.meta.url), "utf8");

/** The differences when one text of a declaration file is another. */
function after(file, text, other) {
  const before = declared(file);
  assert.ok(before.includes(text), `${file} has no ${text}`);
  return differences(loadSurface(), sdk, { [`dist/${file}`]: before.replace(text, other) });
}

test("the package is what the description says", () => {
  assert.deepEqual(differences(loadSurface(), sdk), []);
});

const changes = {
  "a method that is gone": ["generated/xmp.d.ts", "deadLetters(", "buried(", /dead_letters: Posts declares no deadLetters/],
  "a parameter with another name": ["generated/xmp.d.ts", "redirectUri: string", "uri: string", /connect: its parameters/],
  "parameters in another order": ["generated/xmp.d.ts", "(id: AccountId, why: string", "(why: string, id: AccountId", /pause/],
  "a parameter of another type": ["generated/sim.d.ts", "set(to: Date)", "set(to: number)", /Sim.clock.set: to is: "number"/],
  "another default": ["generated/options.d.ts", "@defaultValue `16`", "@defaultValue `17`", /publishSlots: its default is: 17/],
  "an option that is gone": ["generated/options.d.ts", "readonly leaseFor?", "readonly lease?", /start_worker: its options/],
  "an option that has to be given": ["generated/options.d.ts", "readonly limit?:", "readonly limit:", /limit may be left out/],
  "a call that does not wait": ["generated/xmp.d.ts", "Promise<Profile>", "Profile", /profile: what it gives/],
  "a field that is gone": ["generated/types.d.ts", "readonly displayName: string;", "", /Profile: its fields/],
  "a word that is gone": ["generated/words.d.ts", '| "needs_consent"', "", /its words/],
  "a form with another field": ["generated/tagged.d.ts", "readonly zone: string", "readonly timeZone: string", /When: its forms/],
  "an error of another kind": ["generated/errors.d.ts", 'XmpErrorBase<"quota">', 'XmpErrorBase<"media">', /QuotaError: its kind/],
  "sugar of Draft with a parameter that must be given": ["runtime/draft.d.ts", "alt?: string | null", "alt: string | null", /Draft.media: alt has to be given/],
  "sugar of When with another option": ["generated/tagged.d.ts", "readonly gap?:", "readonly hole?:", /When.local: its options/],
  "context of calls that is gone": ["runtime/thing.d.ts", "readonly actor?:", "readonly who?:", /Xmp.within: its options/],
  "sugar of Draft that is gone": ["runtime/draft.d.ts", "replyTo(", "answers(", /Draft: its members/],
  "sugar of Draft with one parameter less": ["runtime/draft.d.ts", "image(path: string | URL, alt: string)", "image(path: string)", /Draft.image: its parameters/],
};
for (const [what, [file, text, other, sentence]] of Object.entries(changes)) {
  test(`${what} is caught`, () => {
    const found = after(file, text, other);
    assert.ok(found.some((one) => sentence.test(one)), JSON.stringify(found, null, 1));
  });
}

test("a method that is declared and not there at run time is caught", () => {
  class Posts extends sdk.Posts {}
  Posts.prototype.held = undefined;
  assert.deepEqual(differences(loadSurface(), { ...sdk, Posts }), ["Xmp.posts.held: Posts has no held at run time"]);
});

test("a method that the description does not have is caught", () => {
  const surface = loadSurface();
  surface.operations = surface.operations.filter(({ name }) => name !== "Xmp.posts.held");
  assert.deepEqual(differences(surface, sdk), ["Posts.held is in no operation"]);
});
