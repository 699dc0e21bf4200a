//! Getting a post ready, and the one visible request.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xmp_core::{
    Account, Certainty, Checkpoint, Checkpoints, Context, Deadline, Error, ErrorKind, Evidence, Outcome,
    PartContent, Poll, Prepared, PublishedRef, RemoteId, Result, Work,
};

use super::find::{Match, Search};
use super::key::Key;
use super::wire::{Status, visibility};
use super::{Mastodon, operations};
use crate::pipeline::Call;

/// What is stored with the intent, and sent.
#[derive(Serialize, Deserialize)]
struct Request {
    key: String,
    status: Value,
}

/// The body of a new post. What the account's owner has set for themselves holds where nothing is said.
#[derive(Serialize)]
struct NewStatus<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    media_ids: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<NewPoll<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    spoiler_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Serialize)]
struct NewPoll<'a> {
    options: &'a [String],
    /// Seconds.
    expires_in: u64,
    multiple: bool,
    hide_totals: bool,
}

impl<'a> NewStatus<'a> {
    fn new(part: &'a PartContent, media_ids: &'a [String]) -> Self {
        let poll = |poll: &'a Poll| NewPoll {
            options: &poll.options,
            expires_in: poll.open_for.as_secs(),
            multiple: poll.multiple,
            hide_totals: poll.hide_totals,
        };
        Self {
            status: &part.text,
            media_ids,
            in_reply_to_id: part.reply_to.as_ref().map(RemoteId::as_str),
            poll: part.poll.as_ref().map(poll),
            visibility: part.showing.visibility.map(visibility),
            sensitive: part.showing.sensitive,
            spoiler_text: part.showing.warning.as_deref(),
            language: part.showing.language.as_deref(),
        }
    }
}

impl Mastodon {
    pub(super) async fn ready(
        &self,
        ctx: &Context,
        work: &Work,
        checkpoints: &dyn Checkpoints,
    ) -> Result<Prepared> {
        let (account, part) = (&work.account, &work.content);
        self.pipeline.token(ctx, account).await?;
        let mut media = Vec::with_capacity(part.media.len());
        for item in part.media.iter().enumerate() {
            media.push(self.media_id(ctx, account, item, checkpoints).await?);
        }
        // Last of all: its time runs from here.
        let key = self.key(ctx, work, &media, checkpoints).await?;
        let internal =
            |error: serde_json::Error| Error::new(ErrorKind::Internal, "prepare.json", error.to_string());
        let status = serde_json::to_value(NewStatus::new(part, &media)).map_err(internal)?;
        let kept = Some(key.written()?);
        let request = serde_json::to_value(Request { key: key.value, status }).map_err(internal)?;
        let evidence =
            Evidence { text: part.text.clone(), media, reply_to: part.reply_to.clone(), key: kept };
        Ok(Prepared { request, evidence })
    }

    /// The part's key: what an earlier preparation chose, as long as it is good, or a new one.
    async fn key(
        &self,
        ctx: &Context,
        work: &Work,
        media: &[String],
        checkpoints: &dyn Checkpoints,
    ) -> Result<Key> {
        const NAME: &str = "key";
        if let Some(kept) = checkpoints.get(NAME) {
            let key = Key::read(&kept)?;
            if key.is_good(self.clock.now()) {
                return Ok(key);
            }
            self.check_not_live(ctx, work, &key).await?;
        }
        let key = Key::choose(self.clock.now(), media)?;
        let value = key.written()?;
        checkpoints.keep(Checkpoint { name: NAME.to_owned(), value, expires_at: None }).await?;
        Ok(key)
    }

    /// Refuses a part that was published under a key which the server may have forgotten: a post that has its media, or says
    /// what it says. What was edited since, and may have been anything, is no reason: it would keep the part from being
    /// published for good.
    async fn check_not_live(&self, ctx: &Context, work: &Work, key: &Key) -> Result<()> {
        let evidence = Evidence {
            text: work.content.text.clone(),
            media: key.media.clone(),
            reply_to: work.content.reply_to.clone(),
            key: None,
        };
        let until = self.clock.now();
        let search = Search { evidence: &evidence, since: key.chosen_at, until, taken: &[], edits: false };
        let (found, posts) = self.search(ctx, &work.account, &search).await?;
        let live = match &found {
            Match::None => return Ok(()),
            Match::One(one) => std::slice::from_ref(one),
            Match::Several(several) => several,
        };
        let addresses: Vec<_> =
            live.iter().map(|&index| posts[index].url.as_deref().unwrap_or(&posts[index].id)).collect();
        let message = format!("it seems to be live already: {}", addresses.join(", "));
        Err(Error::new(ErrorKind::Conflict, "post.live_already", message)
            .hint("look there: if it is another post, put this one back, or schedule it anew")
            .with_certainty(Certainty::NotSent)
            .at(super::ID, operations::POSTS_CREATE.name)
            .with_correlation(ctx.correlation_id()))
    }

    pub(super) async fn send(
        &self,
        ctx: &Context,
        account: &Account,
        prepared: &Prepared,
        deadline: Deadline,
    ) -> Outcome {
        let Ok(Request { key, status }) = Request::deserialize(&prepared.request) else {
            let message = "what was prepared is no request for Mastodon";
            return Outcome::NotSent(Error::new(ErrorKind::Internal, "commit.request", message));
        };
        let call = Call::new(&operations::POSTS_CREATE).account(account).header("idempotency-key", key);
        let call = match call.json(&status) {
            Ok(call) => call,
            Err(error) => return Outcome::NotSent(error),
        };
        match self.pipeline.visible::<Status>(ctx, call, deadline, self.capability.commit_timeout).await {
            Ok(status) => Outcome::Sent(published(&status)),
            Err(error) => Outcome::of(error),
        }
    }
}

/// A live post.
pub(super) fn published(status: &Status) -> PublishedRef {
    PublishedRef { remote_id: RemoteId::new(&status.id), url: status.url.clone(), at: status.created_at }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use xmp_core::{Showing, Visibility};

    use super::*;

    #[test]
    fn only_what_is_said_is_sent() {
        let part = PartContent { text: "plain".to_owned(), ..PartContent::default() };
        assert_eq!(json!(NewStatus::new(&part, &[])), json!({ "status": "plain" }));
    }

    #[test]
    fn all_that_is_said_is_sent() {
        let part = PartContent {
            text: "which?".to_owned(),
            reply_to: Some(RemoteId::new("7")),
            poll: Some(Poll {
                options: vec!["a".to_owned(), "b".to_owned()],
                open_for: Duration::from_secs(3600),
                multiple: true,
                hide_totals: false,
            }),
            showing: Showing {
                language: Some("de".to_owned()),
                visibility: Some(Visibility::Followers),
                sensitive: true,
                warning: Some("politics".to_owned()),
            },
            ..PartContent::default()
        };
        let expected = json!({
            "status": "which?", "media_ids": ["1"], "in_reply_to_id": "7", "visibility": "private", "sensitive": true,
            "spoiler_text": "politics", "language": "de",
            "poll": { "options": ["a", "b"], "expires_in": 3600, "multiple": true, "hide_totals": false },
        });
        assert_eq!(json!(NewStatus::new(&part, &["1".to_owned()])), expected);
    }
}
