//! The simulator as a program: `xmp-sim serve` and `xmp-sim ledger`.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use xmp_sim::{Sim, SimError, read_ledger};

/// Social platforms simulated over real HTTP.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a simulator until SIGINT or SIGTERM; its URL is the first line of the output.
    Serve(Serve),
    /// Print what was really posted in a home, one JSON object a line. A simulator may be running there.
    Ledger {
        /// The folder of the simulated world.
        #[arg(long)]
        home: PathBuf,
    },
}

#[derive(clap::Args)]
struct Serve {
    /// Keep the world in this folder; without it, in memory.
    #[arg(long)]
    home: Option<PathBuf>,
    /// Listen on this port of 127.0.0.1; 0: any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Create an account, on X unless a platform is named (bluesky:ada.test, mastodon:ada); may be repeated.
    #[arg(long, value_name = "[PLATFORM:]HANDLE")]
    account: Vec<String>,
    /// Create an account with this app password instead of the usual one; may be repeated.
    #[arg(long, value_name = "bluesky:HANDLE=PASSWORD")]
    app_password: Vec<String>,
    /// Register an OAuth app, public without a secret; may be repeated.
    #[arg(long, value_name = "ID[:SECRET]")]
    client: Vec<String>,
    /// Where the apps may have the browser sent back to; any port will do on loopback. May be repeated.
    #[arg(long, value_name = "URI", default_value = "http://127.0.0.1/callback")]
    redirect: Vec<String>,
    /// How long access tokens live, except on Mastodon.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    access_token_ttl: u64,
    /// How long X refuses an equal text of an account as a duplicate; 0: never.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    duplicate_window: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Serve(options) => serve(options).await,
        Command::Ledger { home } => print_ledger(home),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has had enough of it.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xmp-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Serve) -> Result<(), Failure> {
    let mut builder = Sim::builder()
        .port(options.port)
        .access_token_ttl(Duration::from_secs(options.access_token_ttl))
        .duplicate_window(Duration::from_secs(options.duplicate_window));
    if let Some(home) = options.home {
        builder = builder.home(home);
    }
    for handle in &options.account {
        builder = builder.account(handle);
    }
    for given in &options.app_password {
        let (handle, password) = given.split_once('=').ok_or_else(|| Failure::Password(given.clone()))?;
        builder = builder.app_password(handle, password);
    }
    let redirects: Vec<&str> = options.redirect.iter().map(String::as_str).collect();
    for client in &options.client {
        let (id, secret) = match client.split_once(':') {
            Some((id, secret)) => (id, Some(secret)),
            None => (client.as_str(), None),
        };
        builder = builder.client(id, secret, &redirects);
    }
    let sim = builder.start().await?;
    let stop = asked_to_stop()?;
    let mut output = std::io::stdout();
    writeln!(output, "{}", sim.url())?;
    output.flush()?;
    stop.await;
    sim.stop().await;
    Ok(())
}

/// Listens for SIGINT and SIGTERM from now on; the future ends with the first of them.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C from now on.
#[cfg(windows)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn print_ledger(home: PathBuf) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    for entry in read_ledger(home)? {
        serde_json::to_writer(&mut output, &entry).map_err(std::io::Error::from)?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

/// Why the program ends with an error.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Sim(#[from] SimError),
    #[error("--app-password {0:?} is not of the form bluesky:HANDLE=PASSWORD")]
    Password(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
}
