//! Reading back what was published, and taking it back.

use std::time::Duration;

use xmp_core::{ErrorKind, RemoteId, TimelineQuery};

use super::Verdict;
use super::world::{APART, World, says, skipped};

/// The smallest page that every platform gives.
const PAGE: usize = 5;

pub(super) async fn a_post_is_deleted_twice(w: World<'_>) -> Verdict {
    if !w.can.delete {
        return skipped("posts can't be deleted");
    }
    let (platform, ctx, account) = (w.platform(), w.stage.ctx(), w.stage.account());
    let id = w.publish(says("not for long")).await;
    w.stage.advance(APART);
    let stays = w.publish(says("for good")).await;
    for _ in 0..2 {
        platform.delete(ctx, account, &id).await.unwrap();
        assert_eq!(w.only_live().await.id, stays);
    }
    assert_eq!(platform.get(ctx, account, &id).await.unwrap_err().kind(), ErrorKind::NotFound);
    Verdict::Passed
}

pub(super) async fn a_timeline_is_read_page_by_page(w: World<'_>) -> Verdict {
    if !w.can.timeline {
        return skipped("there is no timeline to be read");
    }
    let began = w.now();
    let mut newest_first: Vec<RemoteId> = Vec::new();
    for number in 0..PAGE + 2 {
        newest_first.insert(0, w.publish(says(&format!("post {number}"))).await);
        w.stage.advance(APART);
    }
    w.settle();
    let read = async |query: TimelineQuery| {
        w.platform().timeline(w.stage.ctx(), w.stage.account(), &query).await.unwrap()
    };
    let mut query = TimelineQuery { limit: Some(PAGE as u32), ..TimelineQuery::default() };
    let mut seen: Vec<RemoteId> = Vec::new();
    let mut pages = 0;
    loop {
        let page = read(query.clone()).await;
        assert!(page.items.len() <= PAGE, "{} on a page of {PAGE}", page.items.len());
        seen.extend(page.items.into_iter().map(|post| post.id));
        pages += 1;
        assert!(pages <= newest_first.len(), "pages without end");
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, newest_first, "each of them once, newest first");
    assert!(pages > 1, "they don't fit on one page");
    let before = began.checked_sub(Duration::from_secs(600)).unwrap();
    let none = read(TimelineQuery { until: Some(before), ..TimelineQuery::default() }).await;
    assert!(none.items.is_empty(), "{:?}", none.items);
    let all = read(TimelineQuery { since: Some(before), ..TimelineQuery::default() }).await;
    assert_eq!(all.items.len(), newest_first.len());
    Verdict::Passed
}

pub(super) async fn numbers_are_those_that_were_promised(w: World<'_>) -> Verdict {
    if w.can.metrics.is_empty() {
        return skipped("there are no numbers");
    }
    let (live, gone) = (w.publish(says("counted")).await, {
        w.stage.advance(APART);
        w.publish(says("gone")).await
    });
    w.platform().delete(w.stage.ctx(), w.stage.account(), &gone).await.unwrap();
    w.settle();
    let told = w.platform().metrics(w.stage.ctx(), w.stage.account(), &[gone, live]).await.unwrap();
    let [None, Some(numbers)] = told.as_slice() else {
        panic!("one is gone, the other is counted: {told:?}")
    };
    assert!(!numbers.is_empty());
    for name in numbers.keys() {
        assert!(w.can.metrics.contains(name), "{name} was not promised");
    }
    Verdict::Passed
}

pub(super) async fn the_profile_is_the_accounts_own(w: World<'_>) -> Verdict {
    let account = w.stage.account();
    let profile = w.platform().profile(w.stage.ctx(), account).await.unwrap();
    assert_eq!((&profile.remote_id, &profile.handle), (&account.remote_id, &account.handle));
    Verdict::Passed
}
