//! A whole run: subjects and rivals in turn.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use clap::{Args, CommandFactory as _};
use tokio::process::Command;
use xmp_core::{Clock, SystemClock};

use crate::Result;
use crate::contestant::{Contestant, Home};
use crate::one::Stopwatch;
use crate::place::{Place, Servers};
use crate::report::Samples;
use crate::size::Size;
use crate::workload::{Exercise, Workload};

/// A sample that takes longer has failed.
const LIMIT: Duration = Duration::from_secs(2 * 3600);

/// What is compared.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only these questions.
    #[arg(long, value_enum, value_delimiter = ',')]
    workload: Vec<Workload>,
    /// Only these stores of xmp.
    #[arg(long, value_enum, value_delimiter = ',')]
    subject: Vec<Contestant>,
    /// Only these rivals.
    #[arg(long, value_enum, value_delimiter = ',')]
    rival: Vec<Contestant>,
    /// Samples of each; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Small sizes and one sample of each: shows that all of it works, and measures nothing.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    size: Size,
    /// Where the rows are written.
    #[arg(long, default_value = "target/bench/delivery.json")]
    out: PathBuf,
    #[command(flatten)]
    programs: Programs,
}

/// What runs the rivals that are not written in Rust, or not of this workspace.
#[derive(Args, Clone, Debug)]
struct Programs {
    /// The folder of the rivals' programs.
    #[arg(long, default_value = "proof/bench/rivals")]
    rivals: PathBuf,
    /// A Node that is new enough for them.
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// A Python with their packages.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The program of awa, built.
    #[arg(long, default_value = "xmp-bench-awa")]
    awa: PathBuf,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    let mut run = Run::new(options)?;
    let mut samples = Samples::default();
    for exercise in Exercise::ALL {
        if run.workloads.iter().any(|workload| workload.exercises().contains(&exercise)) {
            run.exercise(exercise, &mut samples).await?;
            // What is there already is shown: a run takes long.
            samples.write(&run.options.out, &run.workloads, &run.options.size)?;
        }
    }
    samples.print(&run.workloads, &run.options.size);
    println!("{} has the rows", run.options.out.display());
    Ok(())
}

struct Run {
    options: Options,
    workloads: Vec<Workload>,
    contestants: Vec<Contestant>,
    servers: Servers,
    /// Where so many posts wait for a subject: made once, and copied for each sample.
    filled: BTreeMap<(Contestant, usize), Place>,
}

impl Run {
    fn new(mut options: Options) -> Result<Self> {
        if options.quick {
            options.size = Size::QUICK;
            options.runs = 1;
        }
        let or_all = |chosen: &[Contestant], all: &[Contestant]| {
            if chosen.is_empty() { all.to_vec() } else { chosen.to_vec() }
        };
        let subjects = or_all(&options.subject, &Contestant::SUBJECTS);
        if let Some(other) = subjects.iter().find(|subject| !subject.is_subject()) {
            let message = format!("{} is no subject", other.name());
            return Err(crate::Cli::command().error(clap::error::ErrorKind::InvalidValue, message).into());
        }
        let rivals = or_all(&options.rival, &Contestant::RIVALS);
        let rivals = rivals.into_iter().filter(|rival| subjects.iter().any(|subject| rival.rivals(*subject)));
        let contestants: Vec<_> = subjects.iter().copied().chain(rivals).collect();
        let workloads =
            if options.workload.is_empty() { Workload::ALL.to_vec() } else { options.workload.clone() };
        let homes: Vec<Home> = contestants.iter().map(|contestant| contestant.home()).collect();
        let scratch = options.out.parent().map(|folder| folder.join("scratch")).unwrap_or_default();
        let servers = Servers::start(&homes, &scratch)?;
        Ok(Self { options, workloads, contestants, servers, filled: BTreeMap::new() })
    }

    /// One exercise: every contestant in turn, as often as there are runs.
    async fn exercise(&mut self, exercise: Exercise, samples: &mut Samples) -> Result<()> {
        let part: Vec<_> = self.contestants.iter().copied().filter(|who| exercise.has(*who)).collect();
        for run in 1..=self.options.runs {
            for &who in &part {
                let place = self.place(who, exercise).await?;
                place.flush()?;
                let metrics = self.sample(who, exercise, &place).await?;
                println!("{} {run}/{}: {} {metrics:?}", exercise.name(), self.options.runs, who.name());
                samples.add(who, exercise, metrics);
            }
        }
        Ok(())
    }

    /// A place for one sample, with what has to wait there.
    async fn place(&mut self, who: Contestant, exercise: Exercise) -> Result<Place> {
        let backlog = exercise.backlog(&self.options.size).filter(|_| who.is_subject());
        let Some(count) = backlog else { return self.servers.place(who.home()) };
        if !self.filled.contains_key(&(who, count)) {
            let filled = self.fill(who, exercise, count).await?;
            self.filled.insert((who, count), filled);
        }
        self.servers.copy(&self.filled[&(who, count)])
    }

    /// A new place in which so many posts wait.
    async fn fill(&self, who: Contestant, exercise: Exercise, count: usize) -> Result<Place> {
        let place = self.servers.place(who.home())?;
        let watch = Stopwatch::start();
        let mut command = self.own(who, exercise, &place)?;
        output(command.args(["--fill", &count.to_string()])).await?;
        place.settle()?;
        println!("{count} posts wait for {} after {:.0} s", who.name(), watch.seconds());
        Ok(place)
    }

    /// The metrics that a process of its own prints last.
    async fn sample(
        &self,
        who: Contestant,
        exercise: Exercise,
        place: &Place,
    ) -> Result<BTreeMap<String, f64>> {
        let mut command = match who {
            Contestant::GraphileWorker => self.node("graphile-worker.mjs", place),
            Contestant::PgBoss => self.node("pg-boss.mjs", place),
            Contestant::BullmqRedis => self.node("bullmq.mjs", place),
            Contestant::Pgqueuer => {
                let script = self.options.programs.rivals.join("python/pgqueuer_jobs.py");
                self.rival(Command::new(&self.options.programs.python).arg(script), place)
            }
            Contestant::Awa => self.rival(&mut Command::new(&self.options.programs.awa), place),
            _ => self.own(who, exercise, place)?,
        };
        let said = output(&mut command).await.map_err(|error| format!("{}: {error}", who.name()))?;
        let last = said.lines().last().unwrap_or_default();
        serde_json::from_str(last).map_err(|error| format!("{} said {last:?}: {error}", who.name()).into())
    }

    /// This program, for one sample.
    fn own(&self, who: Contestant, exercise: Exercise, place: &Place) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["one", &who.name(), &exercise.name(), "--at", &place.at()]);
        command.args(self.options.size.arguments());
        Ok(command)
    }

    fn node(&self, script: &str, place: &Place) -> Command {
        let script = self.options.programs.rivals.join("node").join(script);
        self.rival(Command::new(&self.options.programs.node).arg(script), place)
    }

    fn rival(&self, command: &mut Command, place: &Place) -> Command {
        let mut whole = Command::new(command.as_std().get_program());
        whole.args(command.as_std().get_args()).arg(place.at()).arg(self.options.size.jobs.to_string());
        whole
    }
}

/// Runs a program to its end, and gives what it printed.
async fn output(command: &mut Command) -> Result<String> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let output = tokio::select! {
        output = child.wait_with_output() => output?,
        () = SystemClock.sleep(LIMIT) => return Err(format!("it did not end within {LIMIT:?}").into()),
    };
    if !output.status.success() {
        return Err(output.status.to_string().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
