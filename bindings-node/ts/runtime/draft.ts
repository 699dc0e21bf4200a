// Drafts, written piece by piece.

import type { DraftInit, MediaDraft, PartDraft, ShowingInit, Variant } from "../generated/types.js";
import type { AccountId, Gate, PlatformId, Priority, RemoteId } from "../generated/words.js";
import { GATE, PRIORITY, encodeWhen } from "../generated/encode.js";
import { When } from "../generated/tagged.js";
import * as encode from "./encode.js";
import { record } from "./record.js";

const FIELDS = new Set([
  "parts",
  "showing",
  "variants",
  "accounts",
  "when",
  "expires",
  "priority",
  "labels",
  "campaign",
  "metadata",
  "gate",
]);

/**
 * What a caller wants to publish, where and when. Each method gives a new draft; none changes the one that it is called on.
 *
 * ```js
 * const draft = Draft.text("Good morning").to(account.id).at(When.local("2026-12-24T09:00", "Europe/Berlin"));
 * ```
 */
export class Draft implements DraftInit {
  /** The pieces, in order: each after the first answers the one before it. */
  readonly parts: readonly PartDraft[];
  /** How they are shown. */
  readonly showing: ShowingInit | null;
  /** What is different on single platforms. */
  readonly variants: readonly Variant[];
  /** The accounts that it goes to. */
  readonly accounts: readonly AccountId[];
  /** When. */
  readonly when: When | Date;
  /** It is not sent at this time or later. */
  readonly expires: When | Date | null;
  /** Before others that are due. */
  readonly priority: Priority;
  /** The caller's own labels. */
  readonly labels: readonly string[];
  /** The campaign that it belongs to. */
  readonly campaign: string | null;
  /** Whatever else the caller wants to find again. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether somebody has to let it go out first: a draft, or what waits for approval. */
  readonly gate: Gate;

  /**
   * A draft of these fields. They are checked when it is scheduled.
   *
   * @param fields - What is not left to its default.
   */
  constructor(fields: DraftInit = {}) {
    record(fields, "Draft", FIELDS);
    // What is left out has a default. A `null` has none: a time that is missing must not become now.
    const { parts = [], variants = [], accounts = [], when = When.now() } = fields;
    const { priority = "normal", labels = [], metadata = {}, gate = "open" } = fields;
    this.parts = parts;
    this.showing = fields.showing ?? null;
    this.variants = variants;
    this.accounts = accounts;
    this.when = when;
    this.expires = fields.expires ?? null;
    this.priority = priority;
    this.labels = labels;
    this.campaign = fields.campaign ?? null;
    this.metadata = metadata;
    this.gate = gate;
  }

  /**
   * A draft of one text.
   *
   * @param text - What it says.
   */
  static text(text: string): Draft {
    return new Draft({ parts: [{ text: checked("text", text) }] });
  }

  /**
   * Adds a piece of a thread, which answers the one before it. (Rust and Python call it `then`. An object with a `then` is
   * a promise to JavaScript: `await` would call it.)
   *
   * @param text - What it says.
   */
  andThen(text: string): Draft {
    return this.#with({ parts: [...this.parts, { text: checked("andThen", text) }] });
  }

  /**
   * Sends it to this account too.
   *
   * @param account - The account's id.
   */
  to(account: AccountId): Draft {
    return this.#with({ accounts: [...this.accounts, encode.text(account, "Draft.to: account")] });
  }

  /**
   * Publishes it then.
   *
   * @param when - A moment, or what {@link When} makes.
   */
  at(when: When | Date): Draft {
    encodeWhen(when, "Draft.at: when");
    // A date of its own: the caller's may be changed afterwards.
    return this.#with({ when: encode.isDate(when) ? new Date(when) : when });
  }

  /**
   * Does not publish it at this time or later.
   *
   * @param when - A moment, or what {@link When} makes.
   */
  until(when: When | Date): Draft {
    encodeWhen(when, "Draft.until: when");
    return this.#with({ expires: encode.isDate(when) ? new Date(when) : when });
  }

  /**
   * Adds a file to the last part.
   *
   * @param path - A path, or a `file:` URL. It is read when the draft is scheduled.
   * @param alt - The alternative text.
   */
  image(path: string | URL, alt: string): Draft {
    const at = "Draft.image";
    return this.#media({ path: encode.path(path, `${at}: path`), alt: encode.text(alt, `${at}: alt`) });
  }

  /**
   * Adds media to the last part.
   *
   * @param source - A path, a `file:` URL, or bytes. They are read when the draft is scheduled.
   * @param alt - The alternative text.
   */
  media(source: string | URL | Uint8Array, alt: string | null = null): Draft {
    const at = "Draft.media";
    const described = alt === null ? null : encode.text(alt, `${at}: alt`);
    if (typeof source === "string" || source instanceof URL) {
      return this.#media({ path: encode.path(source, `${at}: source`), alt: described });
    }
    encode.attachment(source, `${at}: source`, []);
    return this.#media({ bytes: source, alt: described });
  }

  /**
   * Makes the first part an answer to a post.
   *
   * @param post - The platform's own id of the post.
   */
  replyTo(post: RemoteId): Draft {
    const [first = {}, ...others] = this.parts;
    return this.#with({ parts: [{ ...first, replyTo: encode.text(post, "Draft.replyTo: post") }, ...others] });
  }

  /**
   * Shows a link as a card under the last part.
   *
   * @param url - The address, with `https://`.
   * @param title - What the card is headed with.
   * @param description - What it says.
   */
  link(url: string, title: string, description: string): Draft {
    const given = (value: string, name: string) => encode.text(value, `Draft.link: ${name}`);
    return this.#last({
      link: {
        url: given(url, "url"),
        title: given(title, "title"),
        description: given(description, "description"),
      },
    });
  }

  /**
   * Quotes a post in the last part.
   *
   * @param post - The platform's own id of the post.
   */
  quote(post: RemoteId): Draft {
    return this.#last({ quote: encode.text(post, "Draft.quote: post") });
  }

  /**
   * Says this text on one platform, in place of everything that is said elsewhere: without the media, the card, the post that
   * is answered or quoted, and the further pieces. What is to stay there goes into `variants`.
   *
   * @param platform - The platform.
   * @param text - What it says there.
   */
  on(platform: PlatformId, text: string): Draft {
    const variant = { platform: encode.text(platform, "Draft.on: platform"), parts: [{ text: checked("on", text) }] };
    return this.#with({ variants: [...this.variants, variant] });
  }

  /**
   * Puts it before others that are due.
   *
   * @param priority - How urgent it is.
   */
  withPriority(priority: Priority): Draft {
    encode.word(priority, "Draft.withPriority: priority", PRIORITY);
    return this.#with({ priority });
  }

  /**
   * Lets it go out only when somebody opens its gate.
   *
   * @param gate - A draft, or what waits for approval.
   */
  behind(gate: Gate): Draft {
    encode.word(gate, "Draft.behind: gate", GATE);
    return this.#with({ gate });
  }

  #media(media: MediaDraft): Draft {
    return this.#last({ media: [...(this.parts.at(-1)?.media ?? []), media] });
  }

  /** Changes the last part. */
  #last(changes: PartDraft): Draft {
    return this.#with({ parts: [...this.parts.slice(0, -1), { ...this.parts.at(-1), ...changes }] });
  }

  #with(changes: DraftInit): Draft {
    const { parts, showing, variants, accounts, when, expires, priority, labels, campaign, metadata } = this;
    const fields = { parts, showing, variants, accounts, when, expires, priority, labels, campaign, metadata };
    return new Draft({ ...fields, ...changes });
  }
}

function checked(method: string, given: string): string {
  return encode.text(given, `Draft.${method}: text`);
}
