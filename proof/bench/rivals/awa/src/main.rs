//! awa: 128 workers, batches of 500 by COPY, otherwise as it comes.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use awa::model::{QueueStorage, QueueStorageConfig, insert, migrations};
use awa::{Client, InsertOpts, JobArgs, JobResult, QueueConfig};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

const QUEUE: &str = "nothing";
const BULK: usize = 500;

#[derive(Serialize, Deserialize, JobArgs)]
struct Nothing {
    n: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: xmp-bench-awa URL COUNT".into());
    };
    let count: usize = count.parse()?;
    let pool = PgPoolOptions::new().max_connections(20).connect(&url).await?;
    migrations::run(&pool).await?;

    let done = Arc::new(AtomicUsize::new(0));
    let counted = done.clone();
    let client = Client::builder(pool.clone())
        .queue(QUEUE, QueueConfig { max_workers: 128, claim_batch_size: BULK, ..QueueConfig::default() })
        .register::<Nothing, _, _>(move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(JobResult::Completed) }
        })
        .build()?;
    let store = QueueStorage::new(QueueStorageConfig::default())?;

    let start = Instant::now();
    for at in (0..count).step_by(BULK) {
        let numbers = at..count.min(at + BULK);
        let options = || InsertOpts { queue: QUEUE.into(), ..InsertOpts::default() };
        let jobs: Vec<_> =
            numbers.map(|n| insert::params_with(&Nothing { n }, options())).collect::<Result<_, _>>()?;
        store.enqueue_params_copy(&pool, &jobs).await?;
    }
    let enqueue = start.elapsed();

    let start = Instant::now();
    client.start().await?;
    while done.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // A graceful end waits until all completions are acknowledged.
    client.shutdown(Duration::from_secs(30)).await;
    let drain = start.elapsed();
    // Asked once, afterwards: counting exactly takes seconds.
    let finished = store.queue_counts(&pool, QUEUE).await?.terminal;
    if finished != i64::try_from(count)? {
        return Err(format!("{finished} of {count} are finished").into());
    }
    println!(
        "{}",
        serde_json::json!({"enqueue.seconds": enqueue.as_secs_f64(), "drain.seconds": drain.as_secs_f64()})
    );
    Ok(())
}
