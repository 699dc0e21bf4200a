// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

// What Rust sends. Fields that are nothing, or empty, may not be there.

import type { WireDuration } from "../runtime/decode.js";
import type { Json } from "../runtime/json.js";
import type * as Words from "./words.js";

export type TenantId = Words.TenantId;

export interface PlatformInfo {
  readonly id: PlatformId;
  readonly app: string;
  readonly capability: Capability;
}

export type PlatformId = Words.PlatformId;

export interface Capability {
  readonly connect_by: ConnectBy;
  readonly text_rule: TextRule;
  readonly text_limit: number;
  readonly text_bytes?: number | null;
  readonly link_length?: number | null;
  readonly media: readonly MediaRule[];
  readonly media_per_part: number;
  readonly alt_text_limit: number;
  readonly media_without_text: boolean;
  readonly replies: boolean;
  readonly quotes: boolean;
  readonly link_cards: boolean;
  readonly polls?: PollRule | null;
  readonly visibilities: readonly Visibility[];
  readonly sensitive: boolean;
  readonly warnings: boolean;
  readonly languages: boolean;
  readonly thread_limit: number;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly schedules: boolean;
  readonly metrics: readonly string[];
  readonly timeline: boolean;
  readonly idempotency: Idempotency;
  readonly key_remembered?: WireDuration | null;
  readonly settle: WireDuration;
  readonly commit_timeout: WireDuration;
  readonly priced: readonly Price[];
}

export type ConnectBy = Words.ConnectBy;

export type TextRule = Words.TextRule;

export interface MediaRule {
  readonly kind: MediaKind;
  readonly types: readonly string[];
  readonly max_bytes: number;
  readonly max_count: number;
}

export type MediaKind = Words.MediaKind;

export interface PollRule {
  readonly max_options: number;
  readonly max_option_length: number;
  readonly min_open: WireDuration;
  readonly max_open: WireDuration;
}

export type Visibility = Words.Visibility;

export type Idempotency = Words.Idempotency;

export interface Price {
  readonly what: string;
  readonly micro_usd: number;
}

export interface Event {
  readonly id: EventId;
  readonly version: number;
  readonly tenant: TenantId;
  readonly sequence: number;
  readonly kind: EventKind;
  readonly at: string;
  readonly correlation_id: CorrelationId;
  readonly actor: string;
  readonly account?: AccountId | null;
  readonly post?: PostId | null;
  readonly delivery?: DeliveryId | null;
  readonly part?: PartId | null;
  readonly data: Json;
}

export type EventId = Words.EventId;

export type EventKind = Words.EventKind;

export type CorrelationId = Words.CorrelationId;

export type AccountId = Words.AccountId;

export type PostId = Words.PostId;

export type DeliveryId = Words.DeliveryId;

export type PartId = Words.PartId;

export type StopScope = Words.StopScope;

export interface SendingStop {
  readonly scope: StopScope;
  readonly why: string;
  readonly actor: string;
  readonly since: string;
}

export interface Health {
  readonly store: string;
  readonly reachable: boolean;
  readonly took: WireDuration;
  readonly error?: ErrorRecord | null;
  readonly tally?: Tally | null;
}

export interface ErrorRecord {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly retry: Retry;
  readonly certainty?: Certainty | null;
  readonly request_id?: string | null;
  readonly fingerprint: string;
}

export type ErrorKind = Words.ErrorKind;

export type Retry =
  | "never"
  | { readonly after: WireDuration }
  | "exhausted";

export type Certainty = Words.Certainty;

export interface Tally {
  readonly deliveries: DeliveryCounts;
  readonly due: DueCounts;
  readonly oldest_due?: OldestDue | null;
  readonly accounts: AccountCounts;
  readonly needs_consent: readonly AccountId[];
  readonly stops: readonly SendingStop[];
}

export interface DeliveryCounts {
  readonly waiting: number;
  readonly working: number;
  readonly unconfirmed: number;
  readonly held: number;
  readonly partly_published: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
}

export interface DueCounts {
  readonly ready: number;
  readonly overdue: number;
  readonly kept_back: number;
}

export interface OldestDue {
  readonly delivery: DeliveryId;
  readonly post: PostId;
  readonly account: AccountId;
  readonly since: string;
  readonly late: WireDuration;
}

export interface AccountCounts {
  readonly active: number;
  readonly paused: number;
  readonly needs_consent: number;
  readonly suspended: number;
}

export interface PendingConnection {
  readonly url: string;
}

export type OnAbsent = Words.OnAbsent;

export interface Account {
  readonly id: AccountId;
  readonly tenant: TenantId;
  readonly platform: PlatformId;
  readonly app: string;
  readonly remote_id: RemoteId;
  readonly handle: string;
  readonly state: AccountState;
  readonly scopes: readonly string[];
  readonly on_absent: OnAbsent;
  readonly blocked_until?: string | null;
  readonly spacing?: Spacing;
  readonly paced_until?: string | null;
  readonly created_at: string;
}

export type RemoteId = Words.RemoteId;

export type AccountState = Words.AccountState;

export interface Spacing {
  readonly min_interval?: WireDuration | null;
  readonly per_hour?: number | null;
  readonly per_day?: number | null;
  readonly quiet_hours?: readonly QuietHours[];
}

export interface QuietHours {
  readonly start: string;
  readonly end: string;
  readonly zone: string;
}

export interface MastodonApp {
  readonly server: string;
  readonly client_id: string;
  readonly client_secret: string;
}

export interface Focus {
  readonly x: number;
  readonly y: number;
}

export interface Poll {
  readonly options: readonly string[];
  readonly open_for: WireDuration;
  readonly multiple?: boolean;
  readonly hide_totals?: boolean;
}

export interface Showing {
  readonly language?: string | null;
  readonly visibility?: Visibility | null;
  readonly sensitive?: boolean;
  readonly warning?: string | null;
}

export type When =
  | "now"
  | { readonly at: string }
  | { readonly local: { readonly civil: string; readonly zone: string; readonly gap?: Gap; readonly fold?: Fold; } };

export type Gap = Words.Gap;

export type Fold = Words.Fold;

export type Priority = Words.Priority;

export type Gate = Words.Gate;

export interface PostView {
  readonly post: Post;
  readonly deliveries: readonly Delivery[];
}

export interface Post {
  readonly id: PostId;
  readonly tenant: TenantId;
  readonly key: IdempotencyKey;
  readonly request: Fingerprint;
  readonly due: Due;
  readonly expires?: Due | null;
  readonly priority: Priority;
  readonly labels: readonly string[];
  readonly campaign?: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly correlation_id: CorrelationId;
  readonly actor: string;
  readonly created_at: string;
  readonly gate?: Gate;
  readonly approval?: Approval | null;
  readonly revision?: number;
  readonly place?: PlanPlace | null;
}

export type IdempotencyKey = Words.IdempotencyKey;

export type Fingerprint = Words.Fingerprint;

export interface Due {
  readonly at: string;
  readonly asked: When;
  readonly tzdb?: string | null;
}

export interface Approval {
  readonly by: string;
  readonly at: string;
  readonly revision: number;
  readonly note?: string | null;
}

export interface PlanPlace {
  readonly plan: PlanId;
  readonly slot: string;
  readonly in_queue?: boolean;
}

export type PlanId = Words.PlanId;

export interface Delivery {
  readonly id: DeliveryId;
  readonly tenant: TenantId;
  readonly post: PostId;
  readonly account: AccountId;
  readonly platform: PlatformId;
  readonly state: DeliveryState;
  readonly priority: Priority;
  readonly due_at: string;
  readonly expires_at?: string | null;
  readonly run_at?: string | null;
  readonly waiting?: string | null;
  readonly lease?: LeaseRecord | null;
  readonly fence: number;
  readonly queue?: PlanId | null;
  readonly parts: readonly Part[];
}

export type DeliveryState = Words.DeliveryState;

export interface LeaseRecord {
  readonly worker: WorkerId;
  readonly until: string;
}

export type WorkerId = Words.WorkerId;

export interface Part {
  readonly id: PartId;
  readonly index: number;
  readonly content: PartContent;
  readonly fingerprint: Fingerprint;
  readonly state: PartState;
  readonly attempts: number;
  readonly looks: number;
  readonly published?: PublishedRef | null;
  readonly error?: ErrorRecord | null;
  readonly checkpoints: readonly Checkpoint[];
  readonly attempt?: Attempt | null;
}

export interface PartContent {
  readonly text: string;
  readonly media?: readonly StoredMedia[];
  readonly reply_to?: RemoteId | null;
  readonly quote?: RemoteId | null;
  readonly link?: LinkCard | null;
  readonly poll?: Poll | null;
  readonly showing: Showing;
}

export interface StoredMedia {
  readonly hash: Fingerprint;
  readonly mime: string;
  readonly kind: MediaKind;
  readonly size: number;
  readonly alt?: string | null;
  readonly focus?: Focus | null;
  readonly width?: number | null;
  readonly height?: number | null;
}

export interface LinkCard {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  readonly thumb?: StoredMedia | null;
}

export type PartState = Words.PartState;

export interface PublishedRef {
  readonly remote_id: RemoteId;
  readonly url?: string | null;
  readonly at?: string | null;
}

export interface Checkpoint {
  readonly name: string;
  readonly value: string;
  readonly expires_at?: string | null;
}

export interface Attempt {
  readonly id: AttemptId;
  readonly number: number;
  readonly fence: number;
  readonly began_at: string;
  readonly since: string;
  readonly deadline: string;
  readonly confirm_after: string;
  readonly prepared: Prepared;
  readonly outcome?: Certainty | null;
}

export type AttemptId = Words.AttemptId;

export interface Prepared {
  readonly request: Json;
  readonly evidence: Evidence;
}

export interface Evidence {
  readonly text: string;
  readonly media?: readonly string[];
  readonly reply_to?: RemoteId | null;
  readonly key?: string | null;
}

export interface BulkReport {
  readonly rows: readonly RowReport[];
  readonly scheduled: number;
  readonly replayed: number;
  readonly refused: number;
}

export interface RowReport {
  readonly row: number;
  readonly key: string;
  readonly outcome: RowOutcome;
  readonly post?: PostId | null;
  readonly problems: readonly Problem[];
}

export type RowOutcome = Words.RowOutcome;

export interface Problem {
  readonly platform?: PlatformId | null;
  readonly field: string;
  readonly rule: string;
  readonly value: string;
  readonly limit: string;
  readonly hint?: string | null;
}

export interface Settled {
  readonly view: PostView;
  readonly conflicts: readonly Conflict[];
  readonly moved_from?: string | null;
}

export interface Conflict {
  readonly kind: ConflictKind;
  readonly account: AccountId;
  readonly other?: PostId | null;
  readonly at?: string | null;
  readonly similarity?: number | null;
  readonly reason: string;
  readonly suggestion?: string | null;
}

export type ConflictKind = Words.ConflictKind;

export interface Revision {
  readonly post: PostId;
  readonly revision: number;
  readonly replaced_at: string;
  readonly replaced_by: string;
  readonly due: Due;
  readonly said: readonly Said[];
}

export interface Said {
  readonly delivery: DeliveryId;
  readonly account: AccountId;
  readonly parts: readonly PartContent[];
}

export interface StateCount {
  readonly state: DeliveryState;
  readonly count: number;
}

export interface CancelledAll {
  readonly cancelled: readonly PostId[];
  readonly left: readonly NotCancelled[];
}

export interface NotCancelled {
  readonly post: PostId;
  readonly error: ErrorRecord;
}

export interface CalendarEntry {
  readonly at: string;
  readonly local?: string;
  readonly account: AccountId;
  readonly post?: PostId | null;
  readonly delivery?: DeliveryId | null;
  readonly state?: DeliveryState | null;
  readonly gate: Gate;
  readonly place?: PlanPlace | null;
  readonly text: string;
}

export interface Explanation {
  readonly post: PostId;
  readonly delivery: DeliveryId;
  readonly account: AccountId;
  readonly state: DeliveryState;
  readonly summary: string;
  readonly reasons: readonly Reason[];
  readonly next_at?: string | null;
  readonly tried: readonly AttemptRecord[];
}

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  readonly until?: string | null;
}

export type ReasonCode = Words.ReasonCode;

export interface AttemptRecord {
  readonly id: AttemptId;
  readonly part: PartId;
  readonly number: number;
  readonly began_at: string;
  readonly deadline: string;
  readonly outcome?: Certainty | null;
  readonly known_at?: string | null;
  readonly code?: string | null;
  readonly why?: string | null;
}

export interface MetricSample {
  readonly account: AccountId;
  readonly remote_id: RemoteId;
  readonly observed_at: string;
  readonly values: Readonly<Record<string, number>>;
}

export interface Recurrence {
  readonly start: string;
  readonly zone: string;
  readonly rules?: readonly string[];
  readonly dates?: readonly string[];
  readonly excluded?: readonly string[];
  readonly gap?: OnGap;
  readonly fold?: OnFold;
}

export type OnGap = Words.OnGap;

export type OnFold = Words.OnFold;

export interface Plan {
  readonly id: PlanId;
  readonly tenant: TenantId;
  readonly name: string;
  readonly state: PlanState;
  readonly revision: number;
  readonly look_at?: string | null;
  readonly what: PlanKind;
  readonly actor: string;
  readonly created_at: string;
}

export type PlanState = Words.PlanState;

export type PlanKind =
  | { readonly series: SeriesDetails }
  | { readonly queue: Queue };

export interface SeriesDetails {
  readonly recurrence: Recurrence;
  readonly template: Template;
  readonly ahead: WireDuration;
  readonly made_until: string;
  readonly taken?: readonly string[];
  readonly ends_before?: string | null;
}

export interface Template {
  readonly targets: readonly Target[];
  readonly expires_after?: WireDuration | null;
  readonly priority?: Priority;
  readonly labels?: readonly string[];
  readonly campaign?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly gate?: Gate;
}

export interface Target {
  readonly account: AccountId;
  readonly platform: PlatformId;
  readonly parts: readonly PartContent[];
}

export interface Queue {
  readonly zone: string;
  readonly slots: readonly Slot[];
  readonly accounts?: readonly AccountId[];
  readonly gap?: OnGap;
  readonly fold?: OnFold;
}

export type Slot = Words.Slot;

export interface Coming {
  readonly occurrence: string;
  readonly at: string;
}

export interface EventConsumer {
  readonly name: ConsumerName;
  readonly position: number;
  readonly moved_at: string;
}

export type ConsumerName = Words.ConsumerName;

export interface Profile {
  readonly remote_id: RemoteId;
  readonly handle: string;
  readonly display_name: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface RemotePostPage {
  readonly items: readonly RemotePost[];
  readonly next?: string | null;
}

export interface RemotePost {
  readonly id: RemoteId;
  readonly text: string;
  readonly created_at?: string | null;
  readonly url?: string | null;
  readonly reply_to?: RemoteId | null;
  readonly media: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface LedgerEntry {
  readonly platform: string;
  readonly account: string;
  readonly account_id: string;
  readonly remote_id: string;
  readonly text: string;
  readonly at: string;
  readonly client_id?: string | null;
  readonly reply_to?: string | null;
  readonly quote_of?: string | null;
  readonly media: readonly string[];
  readonly edits: readonly LedgerEdit[];
  readonly deleted: boolean;
  readonly deleted_at?: string | null;
  readonly details?: Json;
}

export interface LedgerEdit {
  readonly remote_id: string;
  readonly text: string;
  readonly at: string;
}

export interface RecordedRequest {
  readonly id: number;
  readonly at: string;
  readonly platform: string;
  readonly method: string;
  readonly path: string;
  readonly route?: string | null;
  readonly account?: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status?: number | null;
  readonly done: boolean;
  readonly done_at?: string | null;
  readonly left_at?: string | null;
}

export type FaultKind = Words.FaultKind;

export interface Fault {
  readonly kind: FaultKind;
  readonly route?: string | null;
  readonly platform?: string | null;
  readonly account?: string | null;
  readonly skip?: number;
  readonly times?: number | null;
  readonly ms?: number | null;
  readonly code?: number | null;
  readonly body?: Json;
  readonly legacy?: boolean | null;
  readonly reset_secs?: number | null;
  readonly lookups?: boolean | null;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string | null;
  readonly expires_at: string;
}

export interface Failure {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly retry: Retry;
  readonly certainty?: Certainty | null;
  readonly severity: Severity;
  readonly fingerprint: string;
  readonly platform?: PlatformId | null;
  readonly operation?: string | null;
  readonly request_id?: string | null;
  readonly correlation_id?: CorrelationId | null;
  readonly problems: readonly Problem[];
  readonly causes: readonly string[];
}

export type Severity = Words.Severity;
