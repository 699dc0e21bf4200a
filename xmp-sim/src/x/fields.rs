//! What a reader asks to see: `tweet.fields`, `post.fields`, `user.fields`, `media.fields`, `expansions`.
//!
//! X's documentation and its specification disagree on names: the documentation says `tweet.fields`,
//! `edit_history_tweet_ids`, `referenced_tweets`, `retweet_count`; the specification says `post.fields`,
//! `edit_history_post_ids`, `referenced_posts`, `repost_count`. Both are served: who asks in the specification's words
//! is answered in them, everybody else in the documentation's.

use std::collections::BTreeSet;

use super::errors::Problem;
use crate::call::Call;

/// X specification, parameter `PostFieldsParameter`.
const POST_FIELDS: &str = "article article_title attachments card_uri community_id context_annotations conversation_id \
    created_at display_text_range edit_controls entities geo id lang matched_media_notes media_metadata \
    non_public_metrics note_post note_request_suggestions organic_metrics paid_partnership possibly_sensitive \
    promoted_metrics public_metrics reply_settings scopes source suggested_source_links \
    suggested_source_links_with_counts text withheld";
/// X documentation, "Data dictionary", Post.
const TWEET_FIELDS: &str = "article attachments author_id card_uri community_id context_annotations conversation_id \
    created_at display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang \
    media_metadata non_public_metrics note_tweet organic_metrics possibly_sensitive promoted_metrics public_metrics \
    referenced_tweets reply_settings scopes source suggested_source_links suggested_source_links_with_counts text \
    username withheld";
/// X specification, parameter `UserFieldsParameter`; the last three from X documentation.
const USER_FIELDS: &str = "confirmed_email connection_status created_at description entities id is_identity_verified \
    location name parody profile_banner_url profile_image_url protected public_metrics receives_your_dm \
    subscribes_to_you subscription subscription_type url username verified verified_followers_count verified_type \
    withheld affiliation most_recent_tweet_id pinned_tweet_id";
/// X specification, parameter `MediaFieldsParameter`.
const MEDIA_FIELDS: &str = "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url \
    promoted_metrics public_metrics type url variants width";
/// X specification, parameters `PostExpansionsParameter` and `UserExpansionsParameter`.
const POST_EXPANSIONS: &str = "article.cover_media article.media_entities attachments.media_keys \
    attachments.media_source_tweet attachments.poll_ids author_id edit_history_post_ids entities.mentions.username \
    geo.place_id in_reply_to_user_id referenced_posts username affiliation most_recent_post_id pinned_post_id";
/// X documentation, "Expansions": the names that the specification has not.
const TWEET_EXPANSIONS: &str = "edit_history_tweet_ids entities.note.mentions.username referenced_tweets.id \
    referenced_tweets.id.author_id referenced_tweets.id.attachments.media_keys author_screen_name \
    most_recent_tweet_id pinned_tweet_id";
/// Expansions that only the specification knows, and that therefore choose its words.
const SPECIFIED_ONLY: [&str; 4] =
    ["edit_history_post_ids", "referenced_posts", "most_recent_post_id", "pinned_post_id"];

/// Which names an answer uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Documentation,
    Specification,
}

impl Words {
    pub(super) fn choose(self, documentation: &'static str, specification: &'static str) -> &'static str {
        match self {
            Self::Documentation => documentation,
            Self::Specification => specification,
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) words: Words,
    post: BTreeSet<String>,
    user: BTreeSet<String>,
    media: BTreeSet<String>,
    expansions: BTreeSet<String>,
}

impl Fields {
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        let mut post = listed(call, "post.fields", &[POST_FIELDS])?;
        let mut specified = !post.is_empty();
        post.append(&mut listed(call, "tweet.fields", &[TWEET_FIELDS])?);
        let user = listed(call, "user.fields", &[USER_FIELDS])?;
        let media = listed(call, "media.fields", &[MEDIA_FIELDS])?;
        let expansions = listed(call, "expansions", &[POST_EXPANSIONS, TWEET_EXPANSIONS])?;
        specified |= SPECIFIED_ONLY.iter().any(|name| expansions.contains(*name));
        let words = if specified { Words::Specification } else { Words::Documentation };
        Ok(Self { words, post, user, media, expansions })
    }

    pub(super) fn post(&self, name: &str) -> bool {
        self.post.contains(name)
    }

    pub(super) fn user(&self, name: &str) -> bool {
        self.user.contains(name)
    }

    pub(super) fn media(&self, name: &str) -> bool {
        self.media.contains(name)
    }

    /// Whether an expansion is asked for, by either of its names.
    pub(super) fn expands(&self, name: &str) -> bool {
        self.expansions.contains(name)
    }

    pub(super) fn expands_references(&self) -> bool {
        self.expands("referenced_tweets.id") || self.expands("referenced_posts")
    }

    pub(super) fn expands_edit_history(&self) -> bool {
        self.expands("edit_history_tweet_ids") || self.expands("edit_history_post_ids")
    }
}

/// The values of a comma-separated parameter, all of which must be known.
fn listed(call: &Call, parameter: &str, known: &[&str]) -> Result<BTreeSet<String>, Problem> {
    let Some(value) = call.query(parameter) else { return Ok(BTreeSet::new()) };
    let names: BTreeSet<String> = value.split(',').map(|name| name.trim().to_owned()).collect();
    let is_known =
        |name: &String| known.iter().any(|list| list.split_whitespace().any(|known| known == name));
    match names.iter().find(|name| !is_known(name)) {
        None => Ok(names),
        Some(unknown) => Err(Problem::invalid_parameter(
            parameter,
            value,
            format!("The `{parameter}` query parameter value [{unknown}] is not one of the known values"),
        )),
    }
}
