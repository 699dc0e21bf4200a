//! How statuses and accounts look to a reader (entities `Status`, `Account`, `Poll`).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::auth::Caller;
use super::media;
use super::state::{Account, Poll, State, Status};
use super::text::{self, Piece};
use crate::call::Call;
use crate::core::Cx;
use crate::metrics;

/// Entity `Status`.
pub(super) fn status(cx: &Cx<'_>, call: &Call, status: &Status) -> Value {
    let state = &cx.world.mastodon;
    let base = call.base();
    let author = state.accounts.get(&status.account);
    let handle = author.map_or("", |author| author.handle.as_str());
    let app = status.client.as_ref().and_then(|client| state.apps.get(client));
    let (mentions, tags) = named(state, &base, status.text());
    let views = metrics::views(status.id, status.published_at(), cx.now);
    let replies = state
        .statuses
        .values()
        .filter(|other| other.in_reply_to == Some(status.id) && other.deleted_at.is_none());
    let answered =
        status.in_reply_to.and_then(|id| state.statuses.get(&id)).map(|target| target.account.to_string());
    let media = status.media.iter().filter_map(|id| state.media.get(id));
    let edited = if status.versions.len() > 1 { status.versions.last() } else { None };
    json!({
        "id": status.id.to_string(),
        "uri": format!("{base}/users/{handle}/statuses/{}", status.id),
        "url": format!("{base}/@{handle}/{}", status.id),
        "created_at": timestamp(status.published_at()),
        "edited_at": edited.map(|version| timestamp(version.at)),
        "in_reply_to_id": status.in_reply_to.map(|id| id.to_string()),
        "in_reply_to_account_id": answered,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler_text,
        "visibility": status.visibility,
        "language": status.language,
        "content": text::html(status.text(), &base, |name, domain| profile(state, &base, name, domain)),
        "reblog": null,
        "quote": status.quote_of.map(|id| json!({ "state": "accepted", "quoted_status_id": id.to_string() })),
        "application": app.map(|app| json!({ "name": app.name, "website": app.website })),
        "account": author.map(|author| account(state, call, author)),
        "media_attachments": media.map(|media| media::shown(cx, call, media)).collect::<Value>(),
        "mentions": mentions,
        "tags": tags,
        "emojis": [],
        "card": null,
        "poll": status.poll.as_ref().map(|asked| poll(cx, status.id, asked)),
        "favourites_count": views / 20,
        "reblogs_count": views / 50,
        "replies_count": views / 100 + replies.count() as u64,
        "quotes_count": views / 200,
        "favourited": false,
        "reblogged": false,
        "muted": false,
        "bookmarked": false,
        "pinned": false,
    })
}

/// Entity `Account`.
pub(super) fn account(state: &State, call: &Call, account: &Account) -> Value {
    let (base, handle) = (call.base(), &account.handle);
    let last = state.statuses_of(account.id).next_back().map(Status::published_at);
    json!({
        "id": account.id.to_string(),
        "username": handle,
        "acct": handle,
        "display_name": handle,
        "locked": false,
        "bot": false,
        "discoverable": true,
        "group": false,
        "created_at": timestamp(account.created_at),
        "note": "",
        "url": format!("{base}/@{handle}"),
        "uri": format!("{base}/users/{handle}"),
        "avatar": format!("{base}/avatars/missing.png"),
        "avatar_static": format!("{base}/avatars/missing.png"),
        "header": format!("{base}/headers/missing.png"),
        "header_static": format!("{base}/headers/missing.png"),
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": state.statuses_of(account.id).count(),
        "last_status_at": last.map(|at| at.strftime("%Y-%m-%d").to_string()),
        "emojis": [],
        "fields": [],
    })
}

/// Entity `Poll`: nobody votes here.
fn poll(cx: &Cx<'_>, status: u64, poll: &Poll) -> Value {
    let options = poll.options.iter().map(|title| json!({ "title": title, "votes_count": 0 }));
    json!({
        "id": status.to_string(),
        "expires_at": timestamp(poll.expires_at),
        "expired": poll.expires_at <= cx.now,
        "multiple": poll.multiple,
        "votes_count": 0,
        "voters_count": 0,
        "options": options.collect::<Value>(),
        "emojis": [],
    })
}

/// The `mentions` and `tags` of a text.
fn named(state: &State, base: &str, text: &str) -> (Vec<Value>, Vec<Value>) {
    let (mut mentions, mut tags) = (Vec::new(), Vec::new());
    for piece in text::pieces(text) {
        match piece {
            Piece::Mention { name, domain } => {
                let known = profile(state, base, name, domain).zip(state.account_by_handle(name));
                mentions.extend(known.map(|(url, account)| {
                    json!({ "id": account.id.to_string(), "username": account.handle, "url": url, "acct": account.handle })
                }));
            }
            Piece::Tag(tag) => {
                let name = tag.to_lowercase();
                tags.push(json!({ "name": name, "url": format!("{base}/tags/{name}") }));
            }
            Piece::Plain(_) | Piece::Link(_) => {}
        }
    }
    (mentions, tags)
}

/// The page of an account of this server.
fn profile(state: &State, base: &str, name: &str, domain: Option<&str>) -> Option<String> {
    let here = domain.is_none_or(|domain| base.trim_start_matches("http://") == domain);
    let account = state.account_by_handle(name).filter(|_| here)?;
    Some(format!("{base}/@{}", account.handle))
}

/// A moment as Mastodon writes them: to the millisecond.
fn timestamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Whether a reader may see a status, and sees it yet (see [`crate::FaultKind::TimelineLag`]).
pub(super) fn visible(cx: &Cx<'_>, caller: Option<&Caller<'_>>, status: &Status, in_lookup: bool) -> bool {
    let own = caller.is_some_and(|caller| caller.account.id == status.account);
    let open = matches!(status.visibility.as_str(), "public" | "unlisted");
    let lag = cx.lag.filter(|lag| !in_lookup || lag.lookups);
    (own || open) && lag.is_none_or(|lag| lag.shows(status.published_at(), cx.now))
}
