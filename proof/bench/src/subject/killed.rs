//! A worker that is killed in the midst of its work, and another one that goes on.

use std::collections::{HashMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use xmp_core::state::DeliveryState;
use xmp_core::{
    Absence, CancelToken, Clock, Context, Finding, PostFilter, PublishedRef, RemoteId, SystemClock, Work,
};
use xmp_scheduler::WorkerOptions;

use super::Subject;
use super::echo::{Echo, World};
use crate::Result;
use crate::one::Options;

const POSTS: usize = 400;
/// The victim dies when it has published so many.
const PUBLISHED: usize = 100;

/// How long a visible request may take, and its effect may stay unseen.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(5);
const SETTLE: Duration = Duration::from_secs(5);

/// How long preparing and sending take: so that a death finds posts before and after their intent.
const TAKES: Duration = Duration::from_millis(20);

/// A world that two processes see: its posts are lines of a file.
struct Ledger {
    file: PathBuf,
    /// When this process published a post, or found it published, by its text.
    seen: Mutex<HashMap<String, Timestamp>>,
}

impl Ledger {
    fn new(file: &Path) -> Arc<Self> {
        Arc::new(Self { file: file.to_owned(), seen: Mutex::default() })
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }

    fn write(&self, line: &str) -> std::io::Result<()> {
        OpenOptions::new().append(true).create(true).open(&self.file)?.write_all(line.as_bytes())
    }

    fn see(&self, text: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(text.to_owned()).or_insert_with(|| SystemClock.now());
    }
}

#[async_trait]
impl World for Ledger {
    async fn prepare(&self) {
        SystemClock.sleep(TAKES).await;
    }

    async fn post(&self, work: &Work) {
        SystemClock.sleep(TAKES).await;
        let text = &work.content.text;
        // A line that can't be written is missed at the end, when all posts are counted.
        let _ = self.write(&format!("{text}\n"));
        self.see(text);
    }

    fn find(&self, text: &str) -> Finding {
        self.see(text);
        if self.lines().iter().any(|line| line == text) {
            let remote_id = RemoteId::new(text);
            return Finding::Found(PublishedRef { remote_id, url: None, at: None });
        }
        Finding::Absent(Absence::Proof)
    }
}

/// How long after the death the last of the victim's posts goes on; the settle window is taken off where an intent had been
/// committed.
pub(super) async fn run(options: &Options) -> Result<Value> {
    let subject = Subject::open(options.contestant, &options.at).await?;
    if let Some(file) = &options.victim {
        work(&subject, &Ledger::new(file), &CancelToken::new()).await?;
        return Err("the victim was not killed".into());
    }
    let accounts = subject.make_accounts(POSTS).await?;
    let due = subject.clock.now();
    subject.schedule(accounts.iter().map(|account| (account, due))).await?;
    let folder = tempfile::tempdir()?;
    let ledger = Ledger::new(&folder.path().join("ledger"));
    let mut victim = start_victim(options, &ledger.file)?;
    while ledger.lines().len() < PUBLISHED {
        SystemClock.sleep(Duration::from_millis(2)).await;
    }
    victim.kill()?;
    let died = SystemClock.now();
    victim.wait()?;
    let begun = texts(&subject, DeliveryState::Sending).await?;

    let stop = CancelToken::new();
    let all_published = async {
        while texts(&subject, DeliveryState::Published).await?.len() < POSTS {
            SystemClock.sleep(Duration::from_millis(50)).await;
        }
        stop.cancel();
        Ok(())
    };
    let (worked, published) = tokio::join!(work(&subject, &ledger, &stop), all_published);
    worked.and(published)?;

    let lines = ledger.lines();
    if lines.iter().collect::<HashSet<_>>().len() != lines.len() || lines.len() != POSTS {
        return Err(format!("{POSTS} posts, and {} are in the world", lines.len()).into());
    }
    let seen = ledger.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let after = seen.iter().map(|(text, at)| {
        let seconds = at.duration_since(died).as_secs_f64();
        if begun.contains(text) { seconds - SETTLE.as_secs_f64() } else { seconds }
    });
    Ok(json!({ "recovery.seconds": after.fold(0.0, f64::max) }))
}

async fn work(subject: &Subject, ledger: &Arc<Ledger>, stop: &CancelToken) -> Result<()> {
    let platform = Echo::with_times(ledger, COMMIT_TIMEOUT, SETTLE);
    subject.worker(platform, WorkerOptions::default())?.run(stop).await;
    Ok(())
}

fn start_victim(options: &Options, ledger: &Path) -> Result<std::process::Child> {
    let mut victim = Command::new(std::env::current_exe()?);
    victim.args(["one", &options.contestant.name(), &options.exercise.name(), "--at", &options.at]);
    Ok(victim.arg("--victim").arg(ledger).stdout(Stdio::null()).spawn()?)
}

/// The texts of all posts in a state.
async fn texts(subject: &Subject, state: DeliveryState) -> Result<HashSet<String>> {
    let filter = PostFilter { states: vec![state], limit: Some(POSTS), ..PostFilter::default() };
    let posts = subject.store.posts(&Context::default(), &filter).await?;
    let parts = posts.into_iter().flat_map(|view| view.deliveries).flat_map(|delivery| delivery.parts);
    Ok(parts.map(|part| part.content.text).collect())
}
