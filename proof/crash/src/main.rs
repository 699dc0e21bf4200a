//! The judge, and the workers that it starts, in one program. See the library.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xmp_proof_crash::{Result, judge, orders::Orders, worker};

/// The crash suite: `cargo xtask crash` starts it.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Runs rounds and counts.
    Judge(judge::Arguments),
    /// Works, until it is hit.
    Worker {
        /// What it has to know, as JSON.
        orders: String,
    },
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let role = Cli::parse().role;
    // What a worker has to say goes to a file; what the judge has to say, it prints.
    let default_filter = if matches!(role, Role::Worker { .. }) { "info" } else { "error" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| default_filter.into()))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match run(role).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(role: Role) -> Result<bool> {
    match role {
        Role::Judge(arguments) => judge::run(&arguments).await,
        Role::Worker { orders } => {
            let orders: Orders = serde_json::from_str(&orders)?;
            worker::run(&orders).await.map(|()| true)
        }
    }
}
