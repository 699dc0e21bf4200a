//! Shows how the posts get on.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use xmp::{Account, Clock, Delivery, DeliveryId, PostView, SystemClock, Xmp};

use crate::Failure;

/// Follows the posts until all of them are settled, and gives them as they are then.
pub(crate) async fn watch(
    xmp: &Xmp,
    accounts: &[Account],
    mut posts: Vec<PostView>,
) -> Result<Vec<PostView>, Failure> {
    let all = posts.iter().map(|post| post.deliveries.len()).sum::<usize>();
    let bar = ProgressBar::with_draw_target(Some(all as u64), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{spinner} [{bar:30}] {pos}/{len} settled  {msg}")?);
    let mut shown = HashMap::new();
    loop {
        for post in &mut posts {
            *post = xmp.posts().get(post.post.id).await?;
        }
        let deliveries = || posts.iter().flat_map(|post| &post.deliveries);
        for post in &posts {
            for delivery in &post.deliveries {
                show_change(&bar, accounts, post, delivery, &mut shown);
            }
        }
        let settled = deliveries().filter(|delivery| delivery.state.is_settled()).count();
        bar.set_position(settled as u64);
        bar.set_message(deliveries().find_map(|delivery| delivery.waiting.clone()).unwrap_or_default());
        bar.tick();
        if settled == all {
            bar.finish_and_clear();
            return Ok(posts);
        }
        SystemClock.sleep(Duration::from_millis(100)).await;
    }
}

fn show_change(
    bar: &ProgressBar,
    accounts: &[Account],
    post: &PostView,
    delivery: &Delivery,
    shown: &mut HashMap<DeliveryId, String>,
) {
    let state = delivery.state.to_string();
    if shown.insert(delivery.id, state.clone()).as_deref() == Some(state.as_str()) {
        return;
    }
    let handle = accounts.iter().find(|account| account.id == delivery.account);
    let handle = handle.map_or("?", |account| account.handle.as_str());
    let line = format!("{:<18} @{handle:<8} {state}", post.post.key.as_str());
    // A bar draws nothing where there is no terminal; its lines should be seen all the same.
    if bar.is_hidden() { println!("{line}") } else { bar.println(line) }
}
