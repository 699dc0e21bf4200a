//! Reading posts by id, and the authenticated user.

use http::StatusCode;
use serde_json::{Value, json};

use super::Effect;
use super::auth::Caller;
use super::errors::Problem;
use super::fields::Fields;
use super::ids::parse_id;
use super::render;
use super::state::{Post, Version};
use crate::call::Call;
use crate::core::Cx;

const MAX_IDS: usize = 100;

/// `GET /2/tweets/:id`. A post that is not there is a 200 with `errors` and no `data`.
pub(super) fn by_id(cx: &Cx<'_>, _: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let fields = Fields::of(call)?;
    let id = call.path.rsplit('/').next().unwrap_or_default();
    check_id("id", id)?;
    let Some((post, version)) = find(cx, id) else {
        let missing = Problem::resource_not_found("tweet", "id", id).partial();
        return Ok(Effect::json(StatusCode::OK, &json!({ "errors": [missing] })));
    };
    let mut body = json!({ "data": render::post(cx, &fields, post, version) });
    if let Some(includes) = render::includes(cx, &fields, &[post]) {
        body["includes"] = includes;
    }
    Ok(Effect::json(StatusCode::OK, &body))
}

/// `GET /2/tweets?ids=`. Posts that are there come in `data`, the others in `errors`, together in a 200.
pub(super) fn by_ids(cx: &Cx<'_>, _: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let fields = Fields::of(call)?;
    let asked = call.query("ids").unwrap_or_default();
    let ids: Vec<&str> = asked.split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids.len() > MAX_IDS {
        let message = format!(
            "The number of values in the `ids` query parameter list [{asked}] is not between 1 and {MAX_IDS}"
        );
        return Err(Problem::invalid_parameter("ids", asked, message));
    }
    let (mut found, mut posts, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        check_id("ids", id)?;
        match find(cx, id) {
            Some((post, version)) => {
                found.push(render::post(cx, &fields, post, version));
                posts.push(post);
            }
            None => missing.push(Problem::resource_not_found("tweet", "ids", id).partial()),
        }
    }
    let mut body = json!({});
    if !found.is_empty() {
        body["data"] = found.into();
    }
    if !missing.is_empty() {
        body["errors"] = missing.into();
    }
    if let Some(includes) = render::includes(cx, &fields, &posts) {
        body["includes"] = includes;
    }
    Ok(Effect::json(StatusCode::OK, &body))
}

/// `GET /2/users/me`.
pub(super) fn me(cx: &Cx<'_>, caller: &Caller<'_>, call: &Call) -> Result<Effect, Problem> {
    let fields = Fields::of(call)?;
    let user: Value = render::user(cx, &fields, caller.account);
    Ok(Effect::json(StatusCode::OK, &json!({ "data": user })))
}

/// Refuses what is not shaped like an id.
pub(super) fn check_id(parameter: &str, id: &str) -> Result<u64, Problem> {
    parse_id(id).ok_or_else(|| {
        let message = format!("The `{parameter}` query parameter value [{id}] is not valid");
        Problem::invalid_parameter(parameter, id, message)
    })
}

fn find<'a>(cx: &Cx<'a>, id: &str) -> Option<(&'a Post, &'a Version)> {
    let id = parse_id(id)?;
    let post = cx.world.x.living_post(id).filter(|post| render::visible(cx, post, true))?;
    Some((post, post.versions.iter().find(|version| version.id == id)?))
}
