//! Telling others of new work, and being told.
//!
//! PostgreSQL has every transaction that notifies take one lock of the whole server as it commits. So no step does:
//! a task notifies after them, once for all that were committed meanwhile.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio_postgres::{AsyncMessage, Client, Connection};
use xmp_core::{CancelToken, Clock as _, Error, Result, SystemClock};

use super::Inner;
use super::connect::Server;
use super::error::{lost, storage};
use super::tx::{Tx, within};

/// What is due later than this is not told of: workers look by themselves before.
pub(super) const FALLBACK: Duration = Duration::from_secs(15);

/// How much is told of at once.
const GATHER: Duration = Duration::from_millis(5);

/// How long until a lost connection is made again.
const AGAIN: Duration = Duration::from_secs(2);

/// How often a connection that is told nothing is tried.
const TRIED: Duration = Duration::from_secs(30);

/// What is rung when there is new work, and what rings when others have some.
#[derive(Debug)]
pub(super) struct Bell {
    rung: Notify,
    /// Counts notifications.
    heard: watch::Sender<u64>,
    /// How many had been heard when a claim was last begun: it sees what they told of.
    looked: AtomicU64,
    /// Cancelled when the store is closed or gone.
    ended: CancelToken,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            rung: Notify::new(),
            heard: watch::Sender::new(0),
            looked: AtomicU64::new(0),
            ended: CancelToken::new(),
        }
    }
}

impl Bell {
    /// Has others told of new work.
    pub(super) fn ring(&self) {
        self.rung.notify_one();
    }

    /// Ends the tasks that wait here.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    fn hear(&self) {
        self.heard.send_modify(|count| *count += 1);
    }

    /// A claim is about to look at the queue.
    pub(super) fn looks(&self) {
        self.looked.fetch_max(*self.heard.borrow(), Ordering::Relaxed);
    }

    /// Ends when somebody has told of new work since a claim was last begun.
    pub(super) async fn heard(&self) {
        let mut heard = self.heard.subscribe();
        // The sender lives as long as `self`.
        let _ = heard.wait_for(|count| *count > self.looked.load(Ordering::Relaxed)).await;
    }
}

/// The channel of a schema. The function `schedule` in it knows it too.
fn channel(schema: &str) -> String {
    format!("{schema}.due")
}

/// Starts what tells, and with a server what is told. Neither keeps the store alive.
pub(super) fn start(inner: &Arc<Inner>, server: Option<Server>) {
    let bell = &inner.bell;
    tokio::spawn(tell(bell.clone(), Arc::downgrade(inner)));
    if let Some(server) = server {
        tokio::spawn(listen(bell.clone(), server, channel(&inner.schema)));
    }
}

async fn tell(bell: Arc<Bell>, store: Weak<Inner>) {
    loop {
        tokio::select! {
            () = bell.ended.cancelled() => return,
            () = bell.rung.notified() => {}
        }
        SystemClock.sleep(GATHER).await;
        let Some(inner) = store.upgrade() else { return };
        if let Err(error) = inner.notify().await {
            // Workers find it when they look by themselves.
            tracing::warn!(%error, "could not tell other processes of new work");
        }
    }
}

impl Inner {
    async fn notify(&self) -> Result<()> {
        let tx = self.begin().await?;
        let done = tx.notify().await;
        tx.end(done).await
    }
}

impl Tx<'_> {
    /// Tells of new work when the transaction commits.
    pub(super) async fn notify(&self) -> Result<()> {
        self.query("SELECT pg_notify($1, '')", &[&channel(&self.store.schema)]).await.map(drop)
    }
}

async fn listen(bell: Arc<Bell>, server: Server, channel: String) {
    while !bell.ended.is_cancelled() {
        let heard = async {
            let made = server.config.connect(server.tls.clone()).await;
            let (client, connection) = made.map_err(storage)?;
            tokio::select! {
                broken = drive(connection, &bell) => Err(broken),
                failed = ask(&client, &channel, &bell) => failed,
            }
        };
        tokio::select! {
            () = bell.ended.cancelled() => return,
            done = heard => if let Err(error) = done {
                tracing::warn!(%error, "not told of new work for a while");
            }
        }
        tokio::select! {
            () = bell.ended.cancelled() => return,
            () = SystemClock.sleep(AGAIN) => {}
        }
    }
}

/// Listens, and then asks something every now and then: so a connection that broke without a word is found out.
async fn ask(client: &Client, channel: &str, bell: &Bell) -> Result<()> {
    client.batch_execute(&format!("LISTEN \"{channel}\"")).await.map_err(storage)?;
    loop {
        // At first, too: what was told of before this is not told again.
        bell.hear();
        SystemClock.sleep(TRIED).await;
        within(AGAIN * 5, async { client.batch_execute("").await.map_err(storage) }).await?;
    }
}

/// Reads from a connection until it breaks.
async fn drive<S, T>(mut connection: Connection<S, T>, bell: &Bell) -> Error
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(_))) => bell.hear(),
            Some(Ok(_)) => {}
            Some(Err(error)) => return storage(error),
            None => return lost(),
        }
    }
}
