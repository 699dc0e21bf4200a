//! What consent pages have in common: redirects, and the human who is played by query parameters.
//!
//! `xmp_sim_login=HANDLE` consents, `xmp_sim_deny=1` refuses; without either, a page offers the choice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use sha2::{Digest, Sha256};
use url::Url;

use crate::call::Call;
use crate::platform::AccountName;
use crate::reply::Reply;

/// A registered redirect, exactly; on loopback any port will do (RFC 8252, section 7.3).
pub(crate) fn allowed_redirect(registered: &[String], asked: &str) -> Option<Url> {
    let asked_url = Url::parse(asked).ok()?;
    let loopback = matches!(asked_url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let same = |registered: &String| {
        if registered == asked {
            return true;
        }
        let (true, Ok(mut registered), mut asked) = (loopback, Url::parse(registered), asked_url.clone())
        else {
            return false;
        };
        registered.set_port(None).is_ok() && asked.set_port(None).is_ok() && registered == asked
    };
    registered.iter().any(same).then_some(asked_url.clone())
}

/// Whether a verifier is the one that an S256 challenge was made of (RFC 7636, section 4.6).
pub(crate) fn verified(verifier: &str, challenge: &str) -> bool {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}

/// Sends the browser back to the app.
pub(crate) fn redirected(mut target: Url, parameters: &[(&str, &str)]) -> Reply {
    target.query_pairs_mut().extend_pairs(parameters);
    Reply::empty(StatusCode::FOUND).header("location", target)
}

/// What a browser shows when it can't be sent back.
pub(crate) fn refused_page(why: &str) -> Reply {
    let page = format!("<!doctype html><title>xmp-sim</title><p>Something went wrong: {why}.</p>");
    Reply::text(StatusCode::BAD_REQUEST, "text/html; charset=utf-8", page)
}

/// The choice of an account, for a human.
pub(crate) fn page(accounts: &[AccountName], call: &Call) -> Reply {
    let mut page = String::from("<!doctype html><title>xmp-sim</title><p>Authorize the app as:</p><ul>");
    let mut link = |name: &str, value: &str, label: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&call.query).append_pair(name, value);
        let query = query.finish().replace('&', "&amp;");
        page.push_str(&format!("<li><a href=\"{}?{query}\">{label}</a></li>", call.path));
    };
    for account in accounts {
        link("xmp_sim_login", &account.handle, &format!("@{}", account.handle));
    }
    link("xmp_sim_deny", "1", "Cancel");
    page.push_str("</ul>");
    Reply::text(StatusCode::OK, "text/html; charset=utf-8", page)
}
