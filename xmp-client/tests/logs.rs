//! What reaches the logs, and what never does.
#![cfg(feature = "platform-x")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::unimplemented, reason = "a test fails by panicking")]

#[path = "support/bench.rs"]
mod bench;
mod support;

use std::sync::Arc;
use std::time::Duration;

use bench::bench;
use support::Kept;
use xmp_core::Platform;
use xmp_sim::{Fault, FaultKind};

#[tokio::test]
async fn no_log_line_shows_a_secret_or_a_text() {
    #[derive(Clone, Default)]
    struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let sink = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || sink.clone())
        .with_ansi(false)
        .finish();
    // For all threads: this program has no other test.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let bench = bench().await;
    let before = xmp_core::TokenSet::from_secret(&bench.vault.stored(bench.account.id)).unwrap();
    bench.clock.advance(Duration::from_secs(7200));
    let published = bench.post("a private thought").await;
    bench.sim.set_fault(Fault::new(FaultKind::CutAfter).times(1));
    bench.x.get(&bench.ctx, &bench.account, &published.remote_id).await.unwrap();
    bench.x.prepare(&bench.ctx, &bench.says("a private thought"), &Kept::default()).await.unwrap();
    let after = xmp_core::TokenSet::from_secret(&bench.vault.stored(bench.account.id)).unwrap();
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let mine: Vec<&str> = lines.lines().filter(|line| !line.contains("xmp_sim")).collect();
    let said = mine.join("\n");
    assert!(said.contains("operation=\"posts.create\"") && said.contains("attempts=2"), "{said}");
    assert!(said.contains(&bench.ctx.correlation_id().to_string()));
    for tokens in [before, after] {
        assert!(!said.contains(tokens.access.expose()) && !said.contains(tokens.refresh.unwrap().expose()));
    }
    assert!(!said.contains("s3cr3t") && !said.contains("private thought"), "{said}");
}
