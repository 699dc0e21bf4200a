//! How many drafts get in at once: all of them are checked before any is stored.

use std::collections::HashMap;
use std::sync::Arc;

use xmp_core::{
    Account, AccountId, BulkMode, BulkProgress, BulkReport, BulkRow, Capability, Context, Error, ErrorKind,
    IdempotencyKey, NewPost, Platform, Post, PostId, Problem, Result, RowOutcome, RowReport, Scheduled,
};

use crate::Scheduler;
use crate::read::Read;
use crate::schedule;

/// How many posts are stored in one step, where each row is for itself, and keys are looked up.
const AT_ONCE: usize = 500;

/// How many rows are checked before others get their turn.
const CHECKED_AT_ONCE: usize = 64;

impl Scheduler {
    /// Checks all rows, finds everything that is wrong with any of them, and then keeps them: all or none in one step, or
    /// each that is right. A row that was kept before, under its key and with the same draft, is left as it is: a program
    /// that was killed may simply run again. `progress` is told how far it is.
    ///
    /// # Errors
    /// With [`BulkMode::AllOrNothing`] [`Validation`](ErrorKind::Validation) with the problems of all rows (see
    /// [`BulkReport::error`]), or what the store refuses; nothing is stored then. With [`BulkMode::EachRow`] only what no
    /// row is to blame for, such as [`Storage`](ErrorKind::Storage): some rows may be stored then.
    pub async fn schedule_all(
        &self,
        ctx: &Context,
        rows: Vec<BulkRow>,
        mode: BulkMode,
        progress: &(dyn Fn(BulkProgress) + Send + Sync),
    ) -> Result<BulkReport> {
        let mut bulk = Bulk {
            scheduler: self,
            ctx,
            targets: HashMap::new(),
            reports: Vec::with_capacity(rows.len()),
            told: BulkProgress { rows: rows.len(), ..BulkProgress::default() },
            progress,
        };
        let mut news = bulk.check(rows).await?;
        if mode == BulkMode::EachRow {
            while !news.is_empty() {
                let rest = news.split_off(news.len().min(AT_ONCE));
                bulk.store_each(std::mem::replace(&mut news, rest)).await?;
            }
            return Ok(BulkReport::of(bulk.reports));
        }
        let report = BulkReport::of(bulk.reports);
        if let Some(error) = report.error() {
            return Err(error);
        }
        bulk.reports = report.rows;
        let (places, news): (Vec<_>, Vec<_>) = news.into_iter().unzip();
        let scheduled = self.store_all(ctx, news).await?;
        bulk.stored(places, scheduled)?;
        Ok(BulkReport::of(bulk.reports))
    }
}

/// An account that rows go to, and what it can do.
struct Target {
    account: Account,
    platform: Arc<dyn Platform>,
    capability: Arc<Capability>,
}

/// A post that was checked, and the place of its row.
type New = (usize, NewPost);

/// What a row is that nothing is wrong with.
enum Checked {
    New(Box<NewPost>),
    Replayed(PostId),
}

/// One call with many rows.
struct Bulk<'a> {
    scheduler: &'a Scheduler,
    ctx: &'a Context,
    /// Looked up once for all rows; or why nothing can go there.
    targets: HashMap<AccountId, std::result::Result<Target, Problem>>,
    /// One for each row that was checked. One that is still to be stored stands as if it were.
    reports: Vec<RowReport>,
    told: BulkProgress,
    progress: &'a (dyn Fn(BulkProgress) + Send + Sync),
}

impl Bulk<'_> {
    /// Checks all rows. What is new is to be stored.
    async fn check(&mut self, rows: Vec<BulkRow>) -> Result<Vec<New>> {
        let known = self.known(&rows).await?;
        let mut seen: HashMap<String, u64> = HashMap::with_capacity(rows.len());
        let mut news = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            let number = row.line.unwrap_or(place as u64 + 1);
            let earlier = seen.get(&row.key).copied();
            let checked = self.check_row(&row, known.get(&row.key), earlier).await?;
            seen.entry(row.key.clone()).or_insert(number);
            let (outcome, post, problems) = match checked {
                Ok(Checked::New(new)) => {
                    let id = new.post.id;
                    news.push((place, *new));
                    (RowOutcome::Scheduled, Some(id), Vec::new())
                }
                Ok(Checked::Replayed(id)) => (RowOutcome::Replayed, Some(id), Vec::new()),
                Err(problems) => (RowOutcome::Refused, None, problems),
            };
            self.told.checked += 1;
            self.told.stored += usize::from(outcome == RowOutcome::Replayed);
            self.told.refused += usize::from(outcome == RowOutcome::Refused);
            self.reports.push(RowReport { row: number, key: row.key, outcome, post, problems });
            if self.told.checked.is_multiple_of(CHECKED_AT_ONCE) || self.told.checked == self.told.rows {
                self.go_on()?;
                tokio::task::yield_now().await;
            }
        }
        Ok(news)
    }

    /// Tells how far it is, and ends where the caller wants it to.
    fn go_on(&self) -> Result<()> {
        (self.progress)(self.told);
        if self.ctx.cancel().is_cancelled() {
            let message = format!("{} of {} rows are stored", self.told.stored, self.told.rows);
            return Err(Error::new(ErrorKind::Cancelled, "bulk.cancelled", message)
                .hint("give all rows again: what is stored already is left as it is"));
        }
        Ok(())
    }

    /// The posts that were stored under the keys of these rows.
    async fn known(&self, rows: &[BulkRow]) -> Result<HashMap<String, Post>> {
        let mut known = HashMap::new();
        for some in rows.chunks(AT_ONCE) {
            let keys = some.iter().filter_map(|row| IdempotencyKey::new(&row.key).ok()).collect::<Vec<_>>();
            let posts = self.scheduler.store.posts_by_keys(self.ctx, &keys).await?;
            known.extend(posts.into_iter().map(|post| (post.key.as_str().to_owned(), post)));
        }
        Ok(known)
    }

    /// What a row is, or everything that is wrong with it.
    async fn check_row(
        &mut self,
        row: &BulkRow,
        known: Option<&Post>,
        earlier: Option<u64>,
    ) -> Result<std::result::Result<Checked, Vec<Problem>>> {
        let draft = &row.draft;
        let mut problems = row.problems.clone();
        let key = IdempotencyKey::new(&row.key);
        if let Err(error) = &key {
            problems.push(problem("key", error, "1 to 255 characters without control characters"));
        } else if let Some(earlier) = earlier {
            let twice = Problem::new("key", "key.twice", format!("{:?}", row.key), "each key once");
            problems.push(twice.hint(format!("row {earlier} has it too: a key names one post")));
        }
        let read = Read::of(draft).await;
        let request = read.request(draft);
        if let Some(post) = known.filter(|_| problems.is_empty() && read.is_whole()) {
            return Ok(match post.repeated_by(request) {
                Ok(()) => Ok(Checked::Replayed(post.id)),
                Err(error) => Err(vec![problem("key", &error, "a new key, or the same draft again")]),
            });
        }
        let accounts = self.accounts(row, &read, &mut problems).await?;
        problems.extend(self.scheduler.untimely(draft));
        let (Ok(key), true) = (key, problems.is_empty()) else { return Ok(Err(problems)) };
        let new = self.scheduler.new_post(self.ctx, draft, key, request, read, &accounts)?;
        Ok(Ok(Checked::New(Box::new(new))))
    }

    /// The accounts of a row, and what is wrong with them, or for them.
    async fn accounts(
        &mut self,
        row: &BulkRow,
        read: &Read,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Account>> {
        let mut listed = schedule::listed(&row.draft.accounts);
        // What could not be read stands there already.
        listed.retain(|problem| problem.rule != "accounts.none" || row.problems.is_empty());
        problems.append(&mut listed);
        let mut accounts: Vec<Account> = Vec::with_capacity(row.draft.accounts.len());
        for id in &row.draft.accounts {
            let scheduler = self.scheduler;
            let found = match self.target(*id).await? {
                Err(problem) => vec![problem.clone()],
                Ok(target) => {
                    accounts.push(target.account.clone());
                    scheduler.problems_at(read, &target.account, &*target.platform, &target.capability)
                }
            };
            for problem in found {
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        let on = |platform| accounts.iter().any(|account| account.platform == platform);
        problems.extend(read.idle_variants("the platform of one of the accounts", on));
        Ok(accounts)
    }

    async fn target(&mut self, id: AccountId) -> Result<&std::result::Result<Target, Problem>> {
        let found = match self.targets.remove(&id) {
            Some(known) => known,
            None => self.look_up(id).await?,
        };
        Ok(self.targets.entry(id).or_insert(found))
    }

    async fn look_up(&self, id: AccountId) -> Result<std::result::Result<Target, Problem>> {
        let account = match self.scheduler.store.account(self.ctx, id).await {
            Ok(account) => account,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Err(problem("accounts", &error, "an account that is connected")));
            }
            Err(error) => return Err(error),
        };
        let platform = match self.scheduler.platforms.of(&account) {
            Ok(platform) => platform.clone(),
            Err(error) => {
                return Ok(Err(problem("accounts", &error, "an account of a platform that is set up")));
            }
        };
        let capability = platform.capability_for(self.ctx, &account).await;
        Ok(Ok(Target { account, platform, capability }))
    }

    /// Stores those that can be: where one is refused, the others go on without it.
    async fn store_each(&mut self, news: Vec<New>) -> Result<()> {
        let (places, posts): (Vec<_>, Vec<_>) = news.iter().cloned().unzip();
        match self.scheduler.store_all(self.ctx, posts).await {
            Ok(scheduled) => return self.stored(places, scheduled),
            Err(error) if !is_of_a_row(&error) => return Err(error),
            Err(_) => {}
        }
        for (place, new) in news {
            match self.scheduler.store_all(self.ctx, vec![new]).await {
                Ok(scheduled) => self.stored(vec![place], scheduled)?,
                Err(error) if !is_of_a_row(&error) => return Err(error),
                Err(error) => {
                    let problems = match error.problems() {
                        [] => vec![problem("row", &error, "a row that can be stored")],
                        own => own.to_vec(),
                    };
                    let report = &mut self.reports[place];
                    (report.outcome, report.post, report.problems) = (RowOutcome::Refused, None, problems);
                    self.told.refused += 1;
                }
            }
        }
        Ok(())
    }

    /// Writes down what the store made of rows: somebody else may have stored the same meanwhile.
    fn stored(&mut self, places: Vec<usize>, scheduled: Vec<Scheduled>) -> Result<()> {
        for (place, Scheduled { view, replayed }) in places.into_iter().zip(scheduled) {
            let report = &mut self.reports[place];
            report.post = Some(view.post.id);
            if replayed {
                report.outcome = RowOutcome::Replayed;
            }
            self.told.stored += 1;
        }
        self.go_on()
    }
}

/// Whether a row is to blame, and not the store.
fn is_of_a_row(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Validation | ErrorKind::NotFound)
}

/// An error as the problem of a row.
fn problem(field: &str, error: &Error, right: &str) -> Problem {
    let problem = Problem::new(field, error.code(), error.message(), right);
    match error.advice() {
        Some(advice) => problem.hint(advice),
        None => problem,
    }
}
