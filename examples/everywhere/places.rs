//! The three platforms that the example posts to: real where the environment has credentials, else simulated.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use xmp::{
    Account, Backoff, BlueskyConfig, Clock, CompleteOptions, ConnectOptions, Context, LogInOptions,
    MastodonConfig, OnAbsent, PlatformId, RetryPolicy, Secret, SystemClock, WorkerOptions, XConfig, Xmp,
};
use xmp_client::mastodon::{self, NewApp};
use xmp_client::transport::ReqwestTransport;
use xmp_sim::Sim;

use crate::Failure;

pub(crate) const BLUESKY: PlatformId = xmp_client::bluesky::ID;
pub(crate) const MASTODON: PlatformId = mastodon::ID;

/// The simulator's app, on X and on Mastodon.
const APP: (&str, &str) = ("everywhere", "everywhere-secret");
/// Where owners are sent back to. Nobody listens there: the address itself says what is needed.
const REDIRECT: &str = "http://127.0.0.1/callback";

pub(crate) struct Places {
    pub(crate) sim: Sim,
    bluesky: LogInOptions,
    service: String,
    mastodon: MastodonConfig,
    mastodon_is_real: bool,
    /// Makes each run's texts its own.
    pub(crate) greeting: String,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Places {
    pub(crate) async fn of_environment() -> Result<Self, Failure> {
        let sim = Sim::builder()
            .client(APP.0, Some(APP.1), &[REDIRECT])
            .account("ada")
            .app_password("bluesky:ada.test", "everywhere-app-password")
            .account("mastodon:ada")
            .start()
            .await?;
        let (bluesky, service) = match (variable("XMP_BLUESKY_HANDLE"), variable("XMP_BLUESKY_APP_PASSWORD"))
        {
            (Some(handle), Some(password)) => {
                let service = variable("XMP_BLUESKY_SERVICE");
                let service = service.unwrap_or_else(|| xmp_client::bluesky::SERVICE.to_owned());
                (LogInOptions::new(handle, Secret::new(password)), service)
            }
            (None, None) => {
                let password = Secret::new("everywhere-app-password");
                (LogInOptions::new("ada.test", password), sim.url().to_owned())
            }
            _ => return Err("set both XMP_BLUESKY_HANDLE and XMP_BLUESKY_APP_PASSWORD, or neither".into()),
        };
        let server = variable("XMP_MASTODON_SERVER");
        let mastodon = match &server {
            Some(server) => register(server).await?,
            None => MastodonConfig::new(sim.url(), APP.0, Secret::new(APP.1)),
        };
        println!("X: simulated; Bluesky: {service}; Mastodon: {}", mastodon.server);
        let greeting = format!("({})", SystemClock.now().as_millisecond());
        Ok(Self { sim, bluesky, service, mastodon, mastodon_is_real: server.is_some(), greeting })
    }

    pub(crate) async fn open(&self) -> Result<Xmp, Failure> {
        let x = XConfig::new(APP.0).client_secret(Secret::new(APP.1)).base_url(self.sim.url());
        // Where everything is simulated nothing lags; real servers keep the usual patience.
        let brief = Duration::from_secs(1);
        let mastodon = match self.mastodon_is_real {
            true => self.mastodon.clone(),
            false => self.mastodon.clone().settle(brief).commit_timeout(Duration::from_secs(3)),
        };
        Ok(Xmp::builder()
            .memory()
            .with(x.settle(brief))
            .with(BlueskyConfig::new().service(&self.service))
            .with(mastodon)
            .open()
            .await?)
    }

    /// Connects an account on each: by consent on X and Mastodon, with an app password on Bluesky.
    pub(crate) async fn connect(&self, xmp: &Xmp) -> Result<Vec<Account>, Failure> {
        let consented = async |platform, handle: &str, simulated| {
            let pending = xmp.accounts().connect(platform, &ConnectOptions::new(REDIRECT)).await?;
            let callback = match simulated {
                true => self.sim.consent_url_approve(&pending.url, handle).await?,
                false => ask_for_consent(&pending.url)?,
            };
            // The simulator's timeline hides nothing, so that a post that is not there may be sent again.
            let options = CompleteOptions { on_absent: simulated.then_some(OnAbsent::Resend) };
            Ok::<_, Failure>(xmp.accounts().complete(&callback, options).await?)
        };
        Ok(vec![
            consented(PlatformId::X, "ada", true).await?,
            xmp.accounts().log_in(BLUESKY, &self.bluesky).await?,
            consented(MASTODON, "mastodon:ada", !self.mastodon_is_real).await?,
        ])
    }

    /// Waits between attempts are short, so that a failure is made good within seconds.
    pub(crate) fn worker_options(&self) -> WorkerOptions {
        let backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(2) };
        WorkerOptions {
            poll: Duration::from_millis(200),
            retry: RetryPolicy { max_attempts: 8, backoff },
            ..WorkerOptions::default()
        }
    }
}

/// A program makes its own app on each Mastodon server: once in its life, if it keeps what it was given.
async fn register(server: &str) -> Result<MastodonConfig, Failure> {
    let app = NewApp::new("xmp, everywhere", vec![REDIRECT.to_owned()]);
    let transport = Arc::new(ReqwestTransport::new()?);
    Ok(mastodon::register(&Context::default(), transport, Arc::new(SystemClock), server, &app).await?.into())
}

fn ask_for_consent(url: &str) -> Result<String, Failure> {
    println!("open this in a browser, as the account that shall post:\n\n    {url}\n");
    println!("then paste the address that you come back to (nothing is shown there):");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

pub(crate) async fn a_moment() {
    SystemClock.sleep(Duration::from_millis(100)).await;
}
