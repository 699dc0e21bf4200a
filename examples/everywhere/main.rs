//! One post to three platforms in one call, each in its own words; one of them fails half-way, and is made good.
//!
//! ```text
//! cargo run --example everywhere --features platforms
//! ```
//!
//! Without credentials all three are simulated on loopback. With these in the environment it posts to the real ones:
//!
//! * Bluesky: `XMP_BLUESKY_HANDLE` and `XMP_BLUESKY_APP_PASSWORD` (and `XMP_BLUESKY_SERVICE`, if not <https://bsky.social>);
//! * Mastodon: `XMP_MASTODON_SERVER`, as in <https://mastodon.social>. The program registers itself there, and asks you to
//!   open the consent page and to paste the address that you come back to.
//!
//! X stays simulated, since it is X that fails half-way here.

mod places;

use std::process::ExitCode;

use places::{BLUESKY, MASTODON, Places};
use xmp::{
    Delivery, DeliveryState, Draft, PartDraft, PlatformId, PostView, Showing, Variant, Visibility, Xmp,
};
use xmp_sim::{Fault, FaultKind};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("everywhere: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let places = Places::of_environment().await?;
    let xmp = places.open().await?;
    let accounts = places.connect(&xmp).await?;
    let draft = accounts.iter().fold(draft(&places), |draft, account| draft.to(account.id));

    for account in &accounts {
        let problems = xmp.posts().check(&draft, account.id).await?;
        println!("{} @{}: {} problems", account.platform, account.handle, problems.len());
    }
    // X takes the first piece of the thread and refuses the second one.
    places.sim.set_fault(
        Fault::new(FaultKind::Status { code: 403, body: None, legacy: false })
            .platform("x")
            .route("posts.create")
            .skip(1)
            .times(1),
    );
    let post = xmp.posts().schedule(&draft, "everywhere/first").await?;
    let worker = xmp.start_worker(places.worker_options())?;
    let post = settled(&xmp, &post).await?;
    report(&post);

    let broken =
        post.deliveries.iter().find(|delivery| delivery.platform == PlatformId::X).ok_or("X is missing")?;
    if broken.state == DeliveryState::Published {
        return Err("X was to fail half-way, and did not".into());
    }
    println!("\nX's half is put back: what is live there stays, and the rest follows");
    xmp.posts().put_back(broken.id).await?;
    let post = settled(&xmp, &post).await?;
    worker.stop().await?;
    report(&post);
    let all_live = post.deliveries.iter().all(|delivery| delivery.state == DeliveryState::Published);
    places.sim.stop().await;
    if all_live { Ok(()) } else { Err("not everything could be published: see above".into()) }
}

/// A thread of two pieces on X; on Bluesky and Mastodon one piece, shown in their own ways.
fn draft(places: &Places) -> Draft {
    let text = "One call, three platforms, each in its own words. #xmp";
    let link = "https://www.rust-lang.org/";
    let bluesky =
        Draft::text(format!("{text} {}", places.greeting)).link(link, "Rust", "What xmp is made of");
    let mastodon = PartDraft::text(format!("{text} {link} {}", places.greeting));
    let mut draft = Draft::text(format!("{text} {}", places.greeting)).then("… and a second piece.");
    draft.variants = vec![
        Variant { platform: BLUESKY, parts: bluesky.parts, showing: None },
        Variant {
            platform: MASTODON,
            parts: vec![mastodon],
            showing: Some(Showing {
                language: Some("en".to_owned()),
                visibility: Some(Visibility::Unlisted),
                ..Showing::default()
            }),
        },
    ];
    draft
}

/// Waits until nothing more happens to a post by itself.
async fn settled(xmp: &Xmp, post: &PostView) -> Result<PostView, Failure> {
    loop {
        let view = xmp.posts().get(post.post.id).await?;
        if view.deliveries.iter().all(|delivery| delivery.state.is_settled()) {
            return Ok(view);
        }
        places::a_moment().await;
    }
}

fn report(post: &PostView) {
    for Delivery { platform, state, parts, .. } in &post.deliveries {
        println!("\n{platform}: {state}");
        for part in parts {
            let live =
                part.published.as_ref().map(|live| live.url.as_deref().unwrap_or(live.remote_id.as_str()));
            let why = part.error.as_ref().map(|error| error.message.as_str());
            println!("    {}", live.or(why).unwrap_or("waits for the one before it"));
        }
    }
}
