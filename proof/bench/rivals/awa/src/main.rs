//! awa: 128 workers, batches of 500 by COPY, otherwise as it comes.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use awa::model::{QueueStorage, QueueStorageConfig, insert, migrations};
use awa::{Client, InsertOpts, JobArgs, JobError, JobResult, QueueConfig};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgPool, PgPoolOptions};

const QUEUE: &str = "nothing";
const BULK: usize = 500;
const INTENTS: &str = "CREATE TABLE intents (
    id bigserial PRIMARY KEY, job bigint NOT NULL, began_at timestamptz NOT NULL DEFAULT now(), text text NOT NULL)";

#[derive(Serialize, Deserialize, JobArgs)]
struct Nothing {
    n: usize,
}

/// A job that writes down what it is about to do.
#[derive(Serialize, Deserialize, JobArgs)]
struct Intended {
    n: usize,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn fill<T: JobArgs>(pool: &PgPool, store: &QueueStorage, count: usize, job: fn(usize) -> T) -> Outcome<()> {
    for at in (0..count).step_by(BULK) {
        let options = || InsertOpts { queue: QUEUE.into(), ..InsertOpts::default() };
        let jobs: Vec<_> = (at..count.min(at + BULK))
            .map(|n| insert::params_with(&job(n), options()))
            .collect::<Result<_, _>>()?;
        store.enqueue_params_copy(pool, &jobs).await?;
    }
    Ok(())
}

/// Works off what is there, until so many are finished in all; gives the seconds that it took.
async fn drain(client: Client, pool: &PgPool, store: &QueueStorage, done: &AtomicUsize, all: usize) -> Outcome<f64> {
    let start = Instant::now();
    client.start().await?;
    while done.load(Ordering::Relaxed) < all {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // A graceful end waits until all completions are acknowledged.
    client.shutdown(Duration::from_secs(30)).await;
    let took = start.elapsed().as_secs_f64();
    // Asked once, afterwards: counting exactly takes seconds.
    let finished = store.queue_counts(pool, QUEUE).await?.terminal;
    if finished != i64::try_from(all)? {
        return Err(format!("{finished} of {all} are finished").into());
    }
    Ok(took)
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: xmp-bench-awa URL COUNT".into());
    };
    let count: usize = count.parse()?;
    let pool = PgPoolOptions::new().max_connections(20).connect(&url).await?;
    migrations::run(&pool).await?;
    sqlx::query(INTENTS).execute(&pool).await?;
    let store = QueueStorage::new(QueueStorageConfig::default())?;
    let done = Arc::new(AtomicUsize::new(0));
    let settings = || QueueConfig { max_workers: 128, claim_batch_size: BULK, ..QueueConfig::default() };

    let start = Instant::now();
    fill(&pool, &store, count, |n| Nothing { n }).await?;
    let enqueue = start.elapsed().as_secs_f64();

    let counted = done.clone();
    let client = Client::builder(pool.clone())
        .queue(QUEUE, settings())
        .register::<Nothing, _, _>(move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(JobResult::Completed) }
        })
        .build()?;
    let alone = drain(client, &pool, &store, &done, count).await?;

    fill(&pool, &store, count, |n| Intended { n }).await?;
    let (counted, own) = (done.clone(), pool.clone());
    let client = Client::builder(pool.clone())
        .queue(QUEUE, settings())
        .register::<Intended, _, _>(move |job, _| {
            let (counted, own) = (counted.clone(), own.clone());
            async move {
                let text = format!("Post number {} of a run, of about the length that posts have.", job.n);
                let insert = sqlx::query("INSERT INTO intents (job, text) VALUES ($1, $2)");
                let written = insert.bind(job.n as i64).bind(text).execute(&own).await;
                written.map_err(|error| JobError::retryable(error))?;
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(JobResult::Completed)
            }
        })
        .build()?;
    let intended = drain(client, &pool, &store, &done, 2 * count).await?;
    let measured = serde_json::json!({
        "enqueue.seconds": enqueue, "drain.seconds": alone, "drain.seconds_with_intent": intended,
    });
    println!("{measured}");
    Ok(())
}
