//! `GET /2/users/:id/tweets`: a user's posts, newest first, in pages.
//!
//! An edited post appears once, in its latest wording and under its latest id. A page token stands for the id below
//! which the next page starts, so posts published in between shift nothing.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Effect;
use super::auth::Caller;
use super::errors::Problem;
use super::fields::Fields;
use super::lookup::check_id;
use super::render;
use super::state::Post;
use crate::call::Call;
use crate::core::Cx;

const DEFAULT_PAGE: usize = 10;
const PAGE: std::ops::RangeInclusive<usize> = 5..=100;
/// Base32hex, the alphabet of X's page tokens (X specification, `pagination_token`).
const TOKEN_RADIX: u32 = 32;

/// What a page is selected by.
struct Selection {
    size: usize,
    /// The page holds ids below this.
    below: Option<u64>,
    since_id: Option<u64>,
    until_id: Option<u64>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    exclude_replies: bool,
}

impl Selection {
    fn of(call: &Call) -> Result<Self, Problem> {
        let id = |name| call.query(name).map(|id| check_id(name, id)).transpose();
        let exclude = call.query("exclude").unwrap_or_default();
        if !exclude.split(',').all(|kind| matches!(kind, "" | "replies" | "retweets")) {
            return Err(refused("exclude", exclude));
        }
        Ok(Self {
            size: page_size(call)?,
            below: page_token(call)?,
            since_id: id("since_id")?,
            until_id: id("until_id")?,
            start: time(call, "start_time")?,
            end: time(call, "end_time")?,
            exclude_replies: exclude.split(',').any(|kind| kind == "replies"),
        })
    }

    fn takes(&self, post: &Post) -> bool {
        let id = post.latest_id();
        let at = post.published_at();
        self.below.is_none_or(|below| id < below)
            && self.since_id.is_none_or(|since| id > since)
            && self.until_id.is_none_or(|until| id < until)
            && self.start.is_none_or(|start| at >= start)
            && self.end.is_none_or(|end| at < end)
            && !(self.exclude_replies && post.reply_to.is_some())
    }
}

/// `GET /2/users/:id/tweets`.
pub(super) fn of_user(cx: &Cx<'_>, _: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let fields = Fields::of(call)?;
    let selection = Selection::of(call)?;
    let user = call.path.trim_end_matches('/').rsplit('/').nth(1).unwrap_or_default();
    check_id("id", user)?;
    if !cx.world.x.accounts.contains_key(user) {
        let missing = Problem::resource_not_found("user", "id", user).partial();
        return Ok(Effect::json(StatusCode::OK, &json!({ "errors": [missing] })));
    }
    let mut posts: Vec<&Post> = cx
        .world
        .x
        .posts_of(user)
        .filter(|post| selection.takes(post) && render::visible(cx, post, false))
        .collect();
    posts.sort_by_key(|post| std::cmp::Reverse(post.latest_id()));
    let more = posts.len() > selection.size;
    posts.truncate(selection.size);
    Ok(Effect::json(StatusCode::OK, &page(cx, &fields, &posts, more)))
}

fn page(cx: &Cx<'_>, fields: &Fields, posts: &[&Post], more: bool) -> Value {
    let mut body = json!({ "meta": { "result_count": posts.len() } });
    if let (Some(newest), Some(oldest)) = (posts.first(), posts.last()) {
        let data =
            posts.iter().filter_map(|post| Some(render::post(cx, fields, post, post.versions.last()?)));
        body["data"] = data.collect();
        body["meta"]["newest_id"] = newest.latest_id().to_string().into();
        body["meta"]["oldest_id"] = oldest.latest_id().to_string().into();
        if more {
            body["meta"]["next_token"] = token(oldest.latest_id()).into();
        }
    }
    if let Some(includes) = render::includes(cx, fields, posts) {
        body["includes"] = includes;
    }
    body
}

fn page_size(call: &Call) -> Result<usize, Problem> {
    let Some(asked) = call.query("max_results") else { return Ok(DEFAULT_PAGE) };
    asked.parse().ok().filter(|size| PAGE.contains(size)).ok_or_else(|| {
        let (least, most) = (PAGE.start(), PAGE.end());
        let message =
            format!("The `max_results` query parameter value [{asked}] is not between {least} and {most}");
        Problem::invalid_parameter("max_results", asked, message)
    })
}

fn page_token(call: &Call) -> Result<Option<u64>, Problem> {
    let Some(asked) = call.query("pagination_token") else { return Ok(None) };
    let below = u64::from_str_radix(asked, TOKEN_RADIX);
    below.map(Some).map_err(|_| refused("pagination_token", asked))
}

fn time(call: &Call, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(asked) = call.query(name) else { return Ok(None) };
    asked.parse().map(Some).map_err(|_| refused(name, asked))
}

fn refused(name: &str, value: &str) -> Problem {
    Problem::invalid_parameter(
        name,
        value,
        format!("The `{name}` query parameter value [{value}] is not valid"),
    )
}

/// An id in base32hex.
fn token(mut id: u64) -> String {
    let mut digits = Vec::new();
    while id > 0 {
        digits.extend(char::from_digit((id % u64::from(TOKEN_RADIX)) as u32, TOKEN_RADIX));
        id /= u64::from(TOKEN_RADIX);
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_tokens_read_back() {
        for id in [1, 31, 32, 1_346_889_436_626_259_968] {
            assert_eq!(u64::from_str_radix(&token(id), TOKEN_RADIX), Ok(id));
        }
    }
}
