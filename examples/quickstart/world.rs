//! The platform that the example posts to: the simulator, or X itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use xmp::{Backoff, HttpTransport, LookPolicy, RetryPolicy, Secret, WorkerOptions, XConfig};
use xmp_client::testing::RecordingTransport;
use xmp_client::transport::ReqwestTransport;
use xmp_sim::Sim;

use crate::Failure;

/// The simulator's app.
const SIM_CLIENT: (&str, &str) = ("quickstart", "quickstart-secret");
/// Where the simulator sends owners back to: nobody listens there, the example reads the address itself.
const SIM_REDIRECT: &str = "http://127.0.0.1/callback";

pub(crate) enum World {
    Simulated(Sim),
    Real { config: XConfig, redirect_uri: String },
}

impl World {
    /// X itself if the environment has credentials for it, else the simulator.
    pub(crate) async fn of_environment(home: &Path) -> Result<Self, Failure> {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let names = ["XMP_X_CLIENT_ID", "XMP_X_REDIRECT_URI", "XMP_X_CLIENT_SECRET"];
        match names.map(get) {
            [None, None, None] => {
                let sim = Sim::builder()
                    .home(home.join("sim"))
                    .client(SIM_CLIENT.0, Some(SIM_CLIENT.1), &[SIM_REDIRECT])
                    .account("ada")
                    .account("bob")
                    .start()
                    .await?;
                println!("no credentials for X: posting to a simulator at {}", sim.url());
                Ok(Self::Simulated(sim))
            }
            [Some(client_id), Some(redirect_uri), secret] => {
                let mut config = XConfig::new(&client_id);
                if let Some(secret) = secret {
                    config = config.client_secret(Secret::new(secret));
                }
                if let Some(url) = get("XMP_X_BASE_URL") {
                    config = config.base_url(url);
                }
                println!("posting to {}, as the app {client_id}", config.base_url);
                Ok(Self::Real { config, redirect_uri })
            }
            [id, redirect, _] => {
                let missing = [(names[0], id.is_none()), (names[1], redirect.is_none())];
                let missing: Vec<_> =
                    missing.into_iter().filter(|(_, gone)| *gone).map(|(name, _)| name).collect();
                Err(format!(
                    "the credentials for X are incomplete: {} is not set. Set it, or unset all of {} to post to the \
                     simulator",
                    missing.join(" and "),
                    names.join(", ")
                )
                .into())
            }
        }
    }

    pub(crate) fn config(&self) -> XConfig {
        match self {
            Self::Simulated(sim) => XConfig::new(SIM_CLIENT.0)
                .client_secret(Secret::new(SIM_CLIENT.1))
                .base_url(sim.url())
                .settle(Duration::from_secs(2))
                .commit_timeout(Duration::from_secs(3)),
            Self::Real { config, .. } => config.clone(),
        }
    }

    /// Where the engine keeps its state: accounts of the simulator and of X do not mix.
    pub(crate) fn home(&self, home: &Path) -> PathBuf {
        match self {
            Self::Simulated(_) => home.to_owned(),
            Self::Real { .. } => home.join("x"),
        }
    }

    /// The usual transport. It notes its requests where `XMP_RECORD_DIR` says so, for xmp's own tests.
    pub(crate) fn transport(&self) -> Result<Arc<dyn HttpTransport>, Failure> {
        Ok(Arc::new(RecordingTransport::from_env(ReqwestTransport::new()?)?))
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        match self {
            Self::Simulated(_) => SIM_REDIRECT,
            Self::Real { redirect_uri, .. } => redirect_uri,
        }
    }

    /// With the simulator waits are short, so that a killed run is made good within seconds; with X the defaults serve.
    pub(crate) fn worker_options(&self) -> WorkerOptions {
        match self {
            Self::Simulated(_) => WorkerOptions {
                lease_for: Duration::from_secs(6),
                poll: Duration::from_millis(200),
                retry: RetryPolicy {
                    max_attempts: 8,
                    backoff: Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(5) },
                },
                look: LookPolicy { looks: 2, every: Duration::from_secs(1), ..LookPolicy::default() },
                ..WorkerOptions::default()
            },
            Self::Real { .. } => WorkerOptions::default(),
        }
    }

    /// Numbers grow with time; the simulator's clock can be moved.
    pub(crate) fn let_an_hour_pass(&self) {
        if let Self::Simulated(sim) = self {
            sim.clock().advance(Duration::from_secs(3600));
            println!("\nan hour later, on the simulator's clock:");
        }
    }

    pub(crate) fn show_ledger(&self) {
        if let Self::Simulated(sim) = self {
            println!("\nthe simulator's ledger has {} posts:", sim.ledger().len());
            for post in sim.ledger() {
                println!("    {} @{}: {}", post.remote_id, post.account, post.text);
            }
        }
    }

    pub(crate) async fn stop(self) {
        if let Self::Simulated(sim) = self {
            sim.stop().await;
        }
    }
}
