//! `GET /api/v1/accounts/:id/statuses`: an account's statuses, newest first; pages are found by ids, and linked in the
//! `Link` header (docs.joinmastodon.org/api/guidelines, "Pagination").

use http::StatusCode;
use serde_json::Value;

use super::auth::Caller;
use super::errors::Refused;
use super::params::Params;
use super::state::Status;
use super::{Effect, Outcome, path_id, render};
use crate::call::Call;
use crate::core::Cx;

const DEFAULT_PAGE: u64 = 20;
const MAX_PAGE: u64 = 40;

pub(super) fn of_account(cx: &Cx<'_>, caller: Option<&Caller<'_>>, call: &Call) -> Outcome {
    let state = &cx.world.mastodon;
    let account = path_id(call).and_then(|id| state.accounts.get(&id)).ok_or_else(Refused::not_found)?;
    let params = Params::of(call);
    let size = params.number("limit").unwrap_or(DEFAULT_PAGE).clamp(1, MAX_PAGE) as usize;
    let (max_id, since_id, min_id) =
        (params.number("max_id"), params.number("since_id"), params.number("min_id"));
    let other = |id: u64| state.statuses.get(&id).is_none_or(|target| target.account != account.id);
    let wanted = |status: &&Status| {
        render::visible(cx, caller, status, false)
            && max_id.is_none_or(|max| status.id < max)
            && since_id.or(min_id).is_none_or(|since| status.id > since)
            && !(params.flag("exclude_replies") && status.in_reply_to.is_some_and(other))
            && !(params.flag("only_media") && status.media.is_empty())
            && !params.flag("pinned")
    };
    let all = state.statuses_of(account.id).filter(wanted);
    // `min_id` asks for what came right after it, the others for the newest there is.
    let page: Vec<&Status> = if min_id.is_some() {
        let mut page: Vec<&Status> = all.take(size).collect();
        page.reverse();
        page
    } else {
        all.rev().take(size).collect()
    };
    let body: Value = page.iter().map(|status| render::status(cx, call, status)).collect();
    let mut effect = Effect::json(StatusCode::OK, &body);
    if let (Some(newest), Some(oldest)) = (page.first(), page.last()) {
        let next = (page.len() == size).then(|| link(call, "next", "max_id", oldest.id));
        let links: Vec<String> = next.into_iter().chain([link(call, "prev", "min_id", newest.id)]).collect();
        effect.reply = effect.reply.header("link", links.join(", "));
    }
    Ok(effect)
}

/// The same request with another place to go on from.
fn link(call: &Call, relation: &str, parameter: &str, id: u64) -> String {
    let kept =
        call.query.iter().filter(|(name, _)| !matches!(name.as_str(), "max_id" | "min_id" | "since_id"));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair(parameter, &id.to_string());
    format!("<{}{}?{}>; rel=\"{relation}\"", call.base(), call.path, query.finish())
}
