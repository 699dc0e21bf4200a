//! The judge: round after round, and the last line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fastrand::Rng;
use xmp::{Clock, SystemClock};

use crate::processes::Programs;
use crate::profile::{PROFILES, Profile};
use crate::stage::{Ground, StoreKind};
use crate::tally::Tally;
use crate::{Result, refresh, report, storm};

/// Of so many rounds, one has a worker in Python and one in Node.
const MIXED: u64 = 4;

/// What a run is made of.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The store that all processes share.
    #[arg(long, default_value = "sqlite")]
    pub store: StoreKind,
    /// Ends with the round in which so many workers were killed.
    #[arg(long, default_value_t = 200)]
    pub kills: u64,
    /// Ends with the round in which so many seconds are over, whatever comes first.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Decides all that can be decided. Printed first; drawn at random if not given.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Plays this round alone, by its number from 0.
    #[arg(long)]
    pub round: Option<u64>,
    /// Many processes refresh one account's tokens at once, and one is killed in the middle of it; nothing else.
    #[arg(long)]
    pub refresh: bool,
    /// What may go wrong.
    #[arg(long, default_value = "storm")]
    pub profile: String,
    /// The defect that workers are to have, in a mutated build: then the first failure ends the run.
    #[arg(long)]
    pub mutant: Option<String>,
    /// Python, for rounds with workers in several languages.
    #[arg(long)]
    pub python: Option<PathBuf>,
    /// The folder of the package for Python.
    #[arg(long, requires = "python")]
    pub python_package: Option<PathBuf>,
    /// Node, likewise.
    #[arg(long)]
    pub node: Option<PathBuf>,
    /// The file of the package for Node.
    #[arg(long, requires = "node")]
    pub node_package: Option<PathBuf>,
}

impl Arguments {
    fn programs(&self) -> Result<Programs> {
        Ok(Programs {
            own: std::env::current_exe()?,
            python: self.python.clone().zip(self.python_package.clone()),
            node: self.node.clone().zip(self.node_package.clone()),
            mutant: self.mutant.clone(),
        })
    }

    fn profile(&self) -> Result<&'static Profile> {
        let known = || PROFILES.iter().map(|profile| profile.name).collect::<Vec<_>>().join(", ");
        let found = PROFILES.iter().find(|profile| profile.name == self.profile);
        found.ok_or_else(|| format!("there is no profile {:?}, but {}", self.profile, known()).into())
    }
}

async fn refreshes(ground: &Ground, programs: &Programs) -> Result<bool> {
    let at_once = refresh::at_once(ground, programs).await?;
    println!("4 processes x 100 tasks: {} refreshes, {} tokens shown twice", at_once.shown, at_once.reused);
    let killed = refresh::killed_inside(ground, programs).await?;
    println!(
        "killed inside: {} refreshes, {} tokens shown twice, consent asked for",
        killed.shown, killed.reused
    );
    Ok(at_once.shown > 0 && at_once.reused + killed.reused == 0)
}

/// Plays rounds, and prints what they show. `true` if all is as it should be.
///
/// # Errors
/// If a round can't be played.
pub async fn run(arguments: &Arguments) -> Result<bool> {
    let (programs, profile) = (arguments.programs()?, arguments.profile()?);
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let ground = Ground::prepare(arguments.store)?;
    if arguments.refresh {
        return refreshes(&ground, &programs).await;
    }
    let start = SystemClock.monotonic();
    let limit = arguments.seconds.map_or(Duration::MAX, Duration::from_secs);
    let (mut all, mut events) = (Tally::default(), BTreeMap::new());
    for number in arguments.round.unwrap_or(0).. {
        let mixed = programs.are_mixed() && number % MIXED == MIXED - 1;
        // A round's own seed: it can be played alone.
        let rng = Rng::with_seed(seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let round = storm::play(&ground, profile, &programs, rng, mixed).await?;
        let tally = round.verdict.tally.hit(round.hits);
        let passed = SystemClock.monotonic().since(start);
        println!(
            "round {number}{} after {} s: {tally} (stops={} reconnected={})",
            if mixed { " (Rust, Python, Node)" } else { "" },
            passed.as_secs(),
            tally.stops,
            round.reconnected
        );
        all += tally;
        for event in &round.events {
            *events.entry(event.kind.as_str()).or_insert(0_u64) += 1;
        }
        if !tally.is_good() {
            report::print(&round)?;
            println!("the round's files are in {}", round.stage.keep().display());
            println!("again: --seed {seed} --round {number} --profile {}", profile.name);
        }
        let ends = all.kills >= arguments.kills || passed >= limit || arguments.round.is_some();
        if ends || (arguments.mutant.is_some() && !tally.is_good()) {
            break;
        }
    }
    let told: Vec<_> = events.iter().map(|(kind, count)| format!("{kind}={count}")).collect();
    println!("stops={} {}", all.stops, told.join(" "));
    println!("{all}");
    Ok(all.is_good())
}
