//! What Rust has alone, and what the other languages have alone, each with its reason.

use super::Items;

/// The exceptions. The name of a method stands for its parameters, too.
pub(super) struct Alone {
    pub(super) rust: Exceptions,
    pub(super) described: Exceptions,
}

type Exceptions = &'static [(&'static str, &'static str)];

pub(super) const ALONE: Alone = Alone {
    rust: &[
        ("Xmp.builder", "elsewhere the parameters of `Xmp.open`"),
        ("Xmp.x", "sugar for `platform`, which every language writes for itself"),
        (
            "Xmp.worker",
            "a worker that the caller runs step by step: for tests, and programs with a loop of their own",
        ),
        ("Xmp.within(ctx)", "a `Context`, which elsewhere is given in its parts"),
        ("Xmp.open(memory)", "elsewhere what is meant without `home` and `sqlite`"),
        ("Xmp.open(store)", "a store of one's own is written in Rust"),
        ("Xmp.open(with)", "elsewhere a parameter for each platform"),
        ("Xmp.open(with_all)", "elsewhere a parameter for each platform"),
        ("Xmp.open(platform)", "a platform of one's own is written in Rust"),
        ("Xmp.open(transport)", "a transport of one's own is written in Rust"),
        (
            "Xmp.open(event_sink)",
            "it would call into another language from within a step of a worker; `Xmp.events` has them all",
        ),
        ("Xmp.open(keyring)", "elsewhere `seal_key` with `old_seal_keys`"),
        ("Xmp.open(postgres_with)", "elsewhere `postgres` with `postgres_schema`"),
        ("Xmp.open(postgres_pool)", "a pool of Rust's client; elsewhere the engine has one of its own"),
        (
            "Xmp.posts.schedule_in",
            "a transaction of Rust's client; elsewhere the SQL function `xmp.schedule`",
        ),
        ("Xmp.consumer", "elsewhere its name is a parameter of each method"),
        ("Xmp.consumers.only", "elsewhere `kinds` of `read`"),
        ("Xmp.consumers.position", "elsewhere in the answer of `list`"),
        (
            "Xmp.posts.schedule_all_with",
            "it would call into another language from within a call; elsewhere rows are given in several calls",
        ),
        ("Xmp.accounts.set_spacing(spacing)", "elsewhere its fields"),
        ("Xmp.queues.create(queue)", "elsewhere its fields"),
        ("Xmp.queues.change(queue)", "elsewhere its fields"),
        ("Xmp.open(zones)", "zones of one's own are a matter of tests and of Rust"),
        ("When.resolve_in", "the engine does it, when a draft is scheduled"),
        ("RunningWorker.stop_within", "elsewhere `stop` with `within`"),
        ("Xmp.open(open)", "elsewhere the call of `Xmp.open` itself"),
        ("Sim.builder", "elsewhere the parameters of `Sim.start`"),
        ("Sim.start(client)", "elsewhere the list `clients`"),
        ("Sim.start(account)", "elsewhere the list `accounts`"),
        ("Sim.start(app_password)", "elsewhere the one that the simulator makes of the handle"),
        ("Sim.start(limit)", "elsewhere the list `limits`"),
        ("Sim.start(clock)", "elsewhere `starting_at`, of a clock that nothing else shares"),
        ("Sim.start(start)", "elsewhere the call of `Sim.start` itself"),
        ("Sim.clock.new", "elsewhere a simulator makes its clock"),
        ("Sim.clock.faster", "a clock that the crash suite's processes share"),
        ("Sim.clock.starting_at", "elsewhere `starting_at` of `Sim.start`"),
        ("When.local_with", "elsewhere `When.local` with `gap` and `fold`"),
        ("When.resolve", "the engine does it, when a draft is scheduled"),
    ],
    described: &[
        ("Xmp.open(old_seal_keys)", "in Rust within the `Keyring`"),
        ("Xmp.stream_events(limit)", "in Rust pages are of 500"),
        ("Xmp.consumers.read(kinds)", "in Rust `Consumer::only`"),
        ("Xmp.consumers.stream(kinds)", "in Rust `Consumer::only`"),
        ("Xmp.consumers.stream(limit)", "in Rust pages are of 500"),
        ("Xmp.consumers.stream(wait)", "in Rust a minute"),
        ("Xmp.within(correlation_id)", "in Rust `Context::correlated`"),
        ("Xmp.within(traceparent)", "in Rust `Context::continue_trace`"),
        ("Xmp.within(actor)", "in Rust `Context::by`"),
        ("Xmp.within(timeout)", "in Rust `Context::until`"),
        ("Sim.start(clients)", "in Rust `client`, once for each"),
        ("Sim.start(accounts)", "in Rust `account`, once for each"),
        ("Sim.start(limits)", "in Rust `limit`, once for each"),
        ("Sim.start(starting_at)", "in Rust a `SimClock`"),
        ("Xmp.open(postgres_schema)", "in Rust within the `PostgresOptions`"),
        ("Xmp.posts.schedule_records", "in Rust `BulkRow::from_records`"),
        ("Xmp.posts.schedule_csv", "in Rust `BulkRow::from_csv`"),
        ("Xmp.posts.schedule_json_lines", "in Rust `BulkRow::from_json_lines`"),
        ("Xmp.queues.create(zone)", "in Rust a field of `Queue`"),
        ("Xmp.queues.create(slots)", "in Rust a field of `Queue`"),
        ("Xmp.queues.create(accounts)", "in Rust a field of `Queue`"),
        ("Xmp.queues.create(gap)", "in Rust a field of `Queue`"),
        ("Xmp.queues.create(fold)", "in Rust a field of `Queue`"),
        ("Xmp.queues.change(zone)", "in Rust a field of `Queue`"),
        ("Xmp.queues.change(slots)", "in Rust a field of `Queue`"),
        ("Xmp.queues.change(accounts)", "in Rust a field of `Queue`"),
        ("Xmp.queues.change(gap)", "in Rust a field of `Queue`"),
        ("Xmp.queues.change(fold)", "in Rust a field of `Queue`"),
        ("Xmp.accounts.set_spacing(min_interval)", "in Rust a field of `Spacing`"),
        ("Xmp.accounts.set_spacing(per_hour)", "in Rust a field of `Spacing`"),
        ("Xmp.accounts.set_spacing(per_day)", "in Rust a field of `Spacing`"),
        ("Xmp.accounts.set_spacing(quiet_hours)", "in Rust a field of `Spacing`"),
        ("RunningWorker.stop(within)", "in Rust `stop_within`"),
        ("ManualClock.now", "in Rust a method of `Clock`"),
    ],
};

impl Alone {
    pub(super) fn in_rust(&self, item: &str) -> bool {
        self.rust.iter().any(|(name, _)| covers(name, item))
    }

    pub(super) fn in_description(&self, item: &str) -> bool {
        self.described.iter().any(|(name, _)| covers(name, item))
    }

    /// Exceptions that excuse nothing.
    pub(super) fn stale(&self, rust: &Items, described: &Items) -> Vec<String> {
        let stale = |list: Exceptions, whose: &str, own: &Items, others: &Items| {
            let used = |name: &str| own.keys().any(|item| covers(name, item) && !others.contains_key(item));
            let stale = list.iter().filter(|(name, _)| !used(name));
            let say = |(name, _): &(&str, _)| {
                format!("{name} is in the list of what {whose} alone has, and is not there alone")
            };
            stale.map(say).collect::<Vec<_>>()
        };
        let mut all = stale(self.rust, "Rust", rust, described);
        all.extend(stale(self.described, "the description", described, rust));
        all
    }
}

fn covers(name: &str, item: &str) -> bool {
    item.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}
