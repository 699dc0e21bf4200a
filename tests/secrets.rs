//! Everything that logs, errors and `Debug` print during a full run, with tokens planted, holds no secret.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(all(feature = "platform-x", feature = "store-sqlite", feature = "scheduler"))]

mod support;

use std::fmt::{Debug, Write as _};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{CLIENT, Stage};
use tracing_subscriber::fmt::MakeWriter;
use xmp::*;
use xmp_sim::{Fault, FaultKind};

/// All that is printed, in memory.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Printed {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Printed {
    fn show(&self, thing: &impl Debug) {
        writeln!(self.clone(), "{thing:?}\n{thing:#?}").unwrap();
    }

    fn fail<T: Debug>(&self, result: Result<T>) {
        let error = result.unwrap_err();
        let mut text = format!("{error} {error:?} {error:#?} {}", error.fingerprint());
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            write!(text, " {cause} {cause:?}").unwrap();
            source = cause.source();
        }
        writeln!(self.clone(), "{text}").unwrap();
    }
}

/// The secrets that the simulator gave out, as they went over the wire, and those that we began with.
fn planted(stage: &Stage, seen: &Mutex<Vec<String>>) -> Vec<String> {
    let mut secrets = seen.lock().unwrap().clone();
    secrets.extend([
        CLIENT.1.to_owned(),
        stage.key.clone(),
        "planted-code".to_owned(),
        "planted-state".to_owned(),
    ]);
    secrets.sort();
    secrets.dedup();
    secrets
}

/// A transport that notes every secret that goes by: tokens in answers, codes and verifiers in forms.
struct Noting(Arc<dyn HttpTransport>, Arc<Mutex<Vec<String>>>);

#[async_trait::async_trait]
impl HttpTransport for Noting {
    async fn send(&self, request: xmp_core::HttpRequest) -> Result<xmp_core::HttpResponse> {
        if let xmp_core::RequestBody::Bytes(body) = &request.body {
            let form = url::form_urlencoded::parse(body);
            let secret = |name: &str| {
                ["code", "code_verifier", "refresh_token", "token", "client_secret"].contains(&name)
            };
            let found = form.filter(|(name, _)| secret(name)).map(|(_, value)| value.into_owned());
            self.1.lock().unwrap().extend(found);
        }
        for value in request.headers.get_all("authorization") {
            self.1.lock().unwrap().extend(value.to_str().unwrap().split(' ').nth(1).map(str::to_owned));
        }
        let answer = self.0.send(request).await?;
        if let Ok(body) = serde_json::from_slice::<serde_json::Value>(&answer.body) {
            let tokens = ["access_token", "refresh_token"].iter().filter_map(|name| body[*name].as_str());
            self.1.lock().unwrap().extend(tokens.map(str::to_owned));
        }
        Ok(answer)
    }
}

#[tokio::test]
async fn nothing_printed_holds_a_secret() {
    let printed = Printed::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(printed.clone())
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let stage = Stage::new().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let key = SealKey::from_base64(&stage.key).unwrap();
    printed.show(&key);
    printed.show(&stage.config());
    let builder = Xmp::builder()
        .sqlite(stage.database())
        .seal_key(key)
        .clock(Arc::new(stage.clock.clone()))
        .transport(Arc::new(Noting(support::recording::transport(), seen.clone())))
        .with(stage.config());
    printed.show(&builder);
    let xmp = builder.open().await.unwrap();
    printed.show(&xmp);

    printed.fail(
        xmp.accounts()
            .complete("http://h/?state=planted-state&code=planted-code", CompleteOptions::default())
            .await,
    );
    let ada = stage.connect(&xmp, "ada", OnAbsent::Resend).await;
    printed.show(&ada);
    let pending =
        xmp.accounts().connect(PlatformId::X, &ConnectOptions::new(support::REDIRECT)).await.unwrap();
    printed.show(&pending);
    let state = pending.url.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap();
    seen.lock().unwrap().push(state.to_owned());
    printed.show(&xmp_core::Consent {
        url: pending.url,
        state: Secret::new("planted-state"),
        verifier: Secret::new("planted-verifier"),
    });

    // A post that goes well, after a refresh.
    stage.advance(Duration::from_secs(3 * 3600));
    let post = xmp.posts().schedule(&Draft::text("well").to(ada.id), "well").await.unwrap();
    printed.show(&stage.work(&xmp, post.post.id).await);
    // Posts that go wrong in every way that there is.
    let faults = [
        FaultKind::CutAfter,
        FaultKind::CutBefore,
        FaultKind::HalfBody,
        FaultKind::GarbageBody,
        FaultKind::Status { code: 500, body: None, legacy: true },
        FaultKind::Status { code: 401, body: None, legacy: false },
        FaultKind::Status { code: 403, body: None, legacy: false },
        FaultKind::RateLimited { reset_secs: 5 },
    ];
    for (n, fault) in faults.into_iter().enumerate() {
        let label = format!("fault {n}");
        stage.sim.set_fault(Fault::new(fault).route("posts.create").times(1));
        let post = xmp.posts().schedule(&Draft::text(&label).to(ada.id), &label).await.unwrap();
        printed.show(&stage.settle(&xmp, post.post.id).await);
    }
    // Refreshes that go wrong.
    for fault in [
        FaultKind::GarbageBody,
        FaultKind::CutAfter,
        FaultKind::Status { code: 400, body: None, legacy: false },
    ] {
        stage.sim.clear_faults();
        let ada = stage.connect(&xmp, "ada", OnAbsent::Resend).await;
        stage.sim.set_fault(Fault::new(fault).route("oauth.token"));
        stage.advance(Duration::from_secs(3 * 3600));
        printed.fail(xmp.x().profile(ada.id).await);
    }
    printed.show(&xmp.events(0, 1000).await.unwrap());
    printed.show(&xmp.posts().list(&PostFilter::default()).await.unwrap());

    let text = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
    assert!(text.len() > 10_000, "the run was printed: {} bytes", text.len());
    let secrets = planted(&stage, &seen);
    assert!(secrets.len() > 15, "secrets went by: {}", secrets.len());
    for secret in &secrets {
        assert!(secret.len() > 7, "{secret:?} is too short to be looked for");
        let at = text.find(secret.as_str());
        assert!(
            at.is_none(),
            "a secret was printed: …{}…",
            &text[at.unwrap().saturating_sub(200)..at.unwrap() + 20]
        );
    }
    // Nor does the file hold one in clear.
    let file = std::fs::read(stage.database()).unwrap();
    for secret in &secrets {
        assert!(
            !file.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "a secret stands in the file"
        );
    }
}
