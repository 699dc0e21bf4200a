//! The main job of xmp: connect two accounts, schedule three posts, publish them, show where they are live.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Without credentials it posts to a simulator of X, which it starts on loopback. Its state and the simulator's live
//! under `XMP_HOME` (default: `xmp-home` in the current folder). Kill it at any moment and run it again: it goes on
//! where it was, and every post appears once.
//!
//! With `XMP_X_CLIENT_ID` and `XMP_X_REDIRECT_URI` (and `XMP_X_CLIENT_SECRET` for a confidential client) in the
//! environment it posts to X itself (or to `XMP_X_BASE_URL`), and asks you to open the consent page in a browser.

mod connect;
mod progress;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use jiff::{SignedDuration, tz::TimeZone};
use world::World;
use xmp::{Account, Clock, DeliveryState, Draft, PostView, SystemClock, When, Xmp};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("quickstart: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let home = PathBuf::from(std::env::var_os("XMP_HOME").unwrap_or_else(|| "xmp-home".into()));
    println!("state is kept in {}", home.display());
    let world = World::of_environment(&home).await?;
    let xmp = Xmp::builder()
        .home(world.home(&home))
        .transport(world.transport()?)
        .with(world.config())
        .open()
        .await?;

    let accounts = connect::all(&xmp, &world).await?;
    let posts = schedule(&xmp, &accounts).await?;

    let worker = xmp.start_worker(world.worker_options())?;
    let posts = progress::watch(&xmp, &accounts, posts).await?;
    worker.stop().await?;

    let all_live = report(&xmp, &accounts, &world, &posts).await?;
    world.stop().await;
    if all_live { Ok(()) } else { Err("not everything could be published: see above".into()) }
}

/// One post now, one seconds ahead at a local time, one with an image on both accounts. The keys make this repeatable:
/// a second run finds what the first one scheduled.
async fn schedule(xmp: &Xmp, accounts: &[Account]) -> Result<Vec<PostView>, Failure> {
    let (first, last) = (&accounts[0], &accounts[accounts.len() - 1]);
    let soon = (SystemClock.now() + SignedDuration::from_secs(4)).to_zoned(TimeZone::get("Asia/Tokyo")?);
    let soon = soon.datetime().round(jiff::Unit::Second)?.to_string();
    let image = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/media/sunrise.png");

    let mut drafts = vec![
        ("quickstart/now", Draft::text("Hello from xmp: sent once, whatever happens.").to(first.id)),
        (
            "quickstart/later",
            Draft::text(format!("Scheduled for {soon} in Tokyo. https://www.rust-lang.org/"))
                .to(last.id)
                .at(When::local(soon, "Asia/Tokyo")),
        ),
        (
            "quickstart/image",
            Draft::text("A sunrise, in 240 x 135 pixels.").image(image, "A blue-green gradient").to(first.id),
        ),
    ];
    if first.id != last.id {
        let (key, draft) = drafts.remove(2);
        drafts.push((key, draft.to(last.id)));
    }
    let mut posts = Vec::new();
    for (key, draft) in drafts {
        let (view, was) = match xmp.posts().find(key).await? {
            Some(view) => (view, "was scheduled before"),
            None => (xmp.posts().schedule(&draft, key).await?, "is scheduled"),
        };
        println!("{key} {was} for {}", view.post.due.at);
        posts.push(view);
    }
    Ok(posts)
}

/// Where everything is live, and its numbers.
async fn report(xmp: &Xmp, accounts: &[Account], world: &World, posts: &[PostView]) -> Result<bool, Failure> {
    world.let_an_hour_pass();
    let mut all_live = true;
    for view in posts {
        let samples = xmp.posts().measure(view.post.id).await?;
        for delivery in &view.deliveries {
            let handle = accounts.iter().find(|account| account.id == delivery.account);
            let handle = handle.map_or("?", |account| account.handle.as_str());
            let part = &delivery.parts[0];
            let Some(live) = &part.published else {
                let why = part.error.as_ref().map(|error| &error.message).or(delivery.waiting.as_ref());
                println!("{} @{handle}: {} ({why:?})", view.post.key.as_str(), delivery.state);
                continue;
            };
            let numbers = samples.iter().find(|sample| sample.remote_id == live.remote_id).map(|sample| {
                sample
                    .values
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            });
            println!("{} @{handle}", live.url.as_deref().unwrap_or(live.remote_id.as_str()));
            println!("    {}", numbers.unwrap_or_else(|| "no numbers yet".to_owned()));
        }
        all_live &= view.deliveries.iter().all(|delivery| delivery.state == DeliveryState::Published);
    }
    world.show_ledger();
    Ok(all_live)
}
