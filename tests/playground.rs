//! X's own playground: connect, post, read back, own profile, delete, through the public API.
//!
//! It proves shapes and flows, written by X's own people. What it can't do, as found in its documentation and by trying:
//! show a consent page (its token endpoint takes any code and any verifier), tell accounts apart (every token is user 0),
//! rotate tokens, refuse duplicate text, take multipart media. Those are proved on `xmp-sim`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(unix, feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use xmp::*;
use xmp_core::{HttpRequest, HttpResponse};

/// The playground, on a free port, in a home of its own; ended with this.
struct Playground {
    process: Child,
    url: String,
    _home: tempfile::TempDir,
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts it; `None`, with a message, where it or X's specification is not at hand.
async fn start() -> Option<Playground> {
    let Some(program) = env::var_os("XMP_PLAYGROUND").map(PathBuf::from) else {
        println!(
            "SKIPPED: XMP_PLAYGROUND does not name X's playground; `cargo xtask test` says why it is not here"
        );
        return None;
    };
    let Some(shared) = env::var_os("XMP_SHARED").map(PathBuf::from) else {
        println!(
            "SKIPPED: XMP_SHARED does not name a folder with specs/x/openapi.json, which the playground needs"
        );
        return None;
    };
    let home = tempfile::tempdir().unwrap();
    // Written anew, not copied with its time: the playground ignores a specification that is older than a day.
    let specification = fs::read(shared.join("specs/x/openapi.json")).unwrap();
    fs::write(home.path().join(".playground-openapi-cache.json"), specification).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new(program)
        .args(["start", "--host", "127.0.0.1", "--port", &port.to_string()])
        .env("HOME", home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let playground = Playground { process, url: format!("http://127.0.0.1:{port}"), _home: home };
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Some(playground);
        }
        SystemClock.sleep(Duration::from_millis(50)).await;
    }
    panic!("the playground did not start within 10 s");
}

/// The playground takes a user's bearer token for the app's, unless a header says otherwise. And it can't expand what xmp
/// asks for: one of its checks wants the words of X's specification (`referenced_posts`), another one refuses them, and on
/// a timeline it takes the expansions of a user alone.
struct AsUser(Arc<dyn HttpTransport>);

#[async_trait]
impl HttpTransport for AsUser {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        let mut url = url::Url::parse(&request.url).unwrap();
        let asked: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| name != "expansions").collect();
        if !asked.is_empty() {
            url.query_pairs_mut().clear().extend_pairs(asked);
        }
        request.url = url.into();
        request.headers.insert("x-auth-method", "oauth2".parse().unwrap());
        self.0.send(request).await
    }
}

#[tokio::test]
async fn connect_post_read_back_profile_delete() {
    let Some(playground) = start().await else { return };
    let xmp = Xmp::builder()
        .memory()
        .transport(Arc::new(AsUser(support::recording::transport())))
        .with(support::config(&playground.url))
        .open()
        .await
        .unwrap();

    let pending =
        xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(support::REDIRECT)).await.unwrap();
    let callback = approve(&pending.url);
    let account = xmp.accounts().complete(&callback, CompleteOptions::default()).await.unwrap();

    let text = "Hello playground, from xmp";
    let post = xmp.posts().schedule(&Draft::text(text).to(account.id), "playground").await.unwrap().post.id;
    xmp.worker(support::options()).unwrap().run_due().await.unwrap();
    let delivery = xmp.posts().get(post).await.unwrap().deliveries.remove(0);
    assert_eq!(delivery.state, DeliveryState::Published, "{delivery:?}");
    let live = delivery.parts[0].published.clone().unwrap().remote_id;

    assert_eq!(xmp.x().get(account.id, &live).await.unwrap().text, text);
    let profile = xmp.x().profile(account.id).await.unwrap();
    assert_eq!((profile.remote_id, profile.handle), (account.remote_id.clone(), account.handle.clone()));
    let timeline = xmp.x().timeline(account.id, &TimelineQuery::default()).await.unwrap();
    assert!(timeline.items.iter().any(|post| post.id == live), "{timeline:?}");

    xmp.x().delete(account.id, &live).await.unwrap();
    assert_eq!(xmp.x().get(account.id, &live).await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Plays the account's owner. The playground has a token endpoint and no consent page, and takes any code: so the owner
/// comes back at once.
fn approve(url: &str) -> String {
    let state = url.split(['?', '&']).find(|pair| pair.starts_with("state=")).unwrap();
    assert!(url.contains("code_challenge_method=S256"), "{url}");
    format!("{}?{state}&code=playground", support::REDIRECT)
}
