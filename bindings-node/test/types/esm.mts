// A program in TypeScript, as an ES module: what has to compile, and what must not.

import {
  CancelledError,
  Draft,
  ManualClock,
  RateLimitError,
  Resolution,
  Sim,
  When,
  Xmp,
  XmpError,
  type Account,
  type Delivery,
  type PostView,
  type Retry,
} from "xmp-sdk";

const redirect = "http://127.0.0.1/callback";

export async function main(): Promise<void> {
  await using sim = await Sim.start({ accounts: ["ada"], limits: [{ route: "users.me", per: "user", windowSecs: 1, limit: 1 }] });
  await using xmp = await Xmp.open({ x: { clientId: "app", baseUrl: sim.url(), settle: 100 }, clock: new ManualClock(new Date()) });
  const pending = await xmp.accounts.connect("x", redirect, { scopes: null });
  const ada: Account = await xmp.accounts.complete(await sim.consentUrlApprove(pending.url, "ada"), { onAbsent: "resend" });

  const draft = Draft.text("one").andThen("two").to(ada.id).at(new Date()).image(new URL("file:///a.png"), "alt");
  const view: PostView = await xmp.posts.schedule(draft, "key", { signal: AbortSignal.timeout(100) });
  await xmp.posts.schedule({ parts: [{ text: "plain", media: [{ bytes: Buffer.from("x") }] }], when: new Date() }, "plain");
  await xmp.posts.reschedule(view.post.id, When.local("2026-12-24T09:00", "Europe/Berlin", { fold: "first" }));
  await xmp.posts.resolve(view.deliveries[0]?.id ?? "", Resolution.live({ remoteId: "1" }));
  for await (const { post } of xmp.posts.stream({ states: ["held"] })) {
    const due: Date = post.due.at;
    void due;
  }
  const worker = (await xmp.startWorker({ look: { looks: 2 }, retry: { maxAttempts: 3 } })).unref().ref();
  await worker.stop();
  const names: readonly (Readonly<Record<string, number>> | null)[] = await xmp.x.metrics(ada.id, ["1"]);
  void names;
}

/** States, forms and errors narrow. */
export function narrowing(delivery: Delivery, retry: Retry, error: unknown): string {
  if (delivery.state === "published") {
    const published: "published" = delivery.state;
    return published;
  }
  const others: Exclude<Delivery["state"], "published"> = delivery.state;
  if (retry.kind === "after") {
    const after: number = retry.after;
    return `${others} ${String(after)}`;
  }
  if (error instanceof XmpError) {
    const text: string | null = error.requestId;
    switch (error.kind) {
      case "rate_limit": {
        const limited: RateLimitError = error;
        return limited.message + String(text);
      }
      case "cancelled": {
        const cancelled: CancelledError = error;
        return String(cancelled.certainty === "maybe_sent");
      }
      default: {
        const kind: Exclude<XmpError["kind"], "rate_limit" | "cancelled"> = error.kind;
        return kind;
      }
    }
  }
  return error instanceof RateLimitError ? error.kind : "";
}

export async function mistakes(xmp: Xmp, delivery: Delivery): Promise<void> {
  // @ts-expect-error a key is needed
  await xmp.posts.schedule(Draft.text("text"));
  // @ts-expect-error an id is a text
  await xmp.accounts.get(1);
  // @ts-expect-error there is no such option
  await xmp.posts.list({ limitt: 1 });
  // @ts-expect-error there is no such state
  await xmp.posts.list({ states: ["gone"] });
  // @ts-expect-error there is no such state to compare with
  if (delivery.state === "gone") return;
  // @ts-expect-error times are Dates
  await xmp.posts.reschedule("post_1", "2026-12-24");
  // @ts-expect-error a form needs what comes with it
  await xmp.posts.reschedule("post_1", { kind: "at" });
  // @ts-expect-error there is no such zone option
  When.local("2026-12-24T09:00", "Europe/Berlin", { gap: "forward" });
  // @ts-expect-error what is given is read only
  delivery.state = "failed";
  // @ts-expect-error what is given is read only
  delivery.parts.pop();
  // @ts-expect-error an engine is opened, and not made
  new Xmp();
  // @ts-expect-error client_id is clientId here
  await Xmp.open({ x: { client_id: "app" } });
  // @ts-expect-error a signal is an AbortSignal
  await xmp.accounts.list({ signal: "now" });
  // @ts-expect-error what never waits takes no signal
  xmp.platforms({ signal: AbortSignal.abort() });
}
