//! Who is measured.

use clap::ValueEnum;

/// A queue, or what stands in for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Contestant {
    XmpPostgres,
    XmpSqlite,
    GraphileWorker,
    PgBoss,
    BullmqRedis,
    Pgqueuer,
    Awa,
    /// The plainest queue: SKIP LOCKED claims and completions in batches. The floor, where a workload has one.
    RawPostgres,
    /// The same on SQLite.
    RawSqlite,
    /// A fixed script that writes the rows that xmp writes.
    SameRowsPostgres,
    /// The same on SQLite.
    SameRowsSqlite,
}

/// Where a contestant keeps its jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Postgres,
    Sqlite,
    Redis,
}

impl Contestant {
    pub(crate) const SUBJECTS: [Self; 2] = [Self::XmpPostgres, Self::XmpSqlite];

    pub(crate) const RIVALS: [Self; 9] = [
        Self::GraphileWorker,
        Self::PgBoss,
        Self::BullmqRedis,
        Self::Pgqueuer,
        Self::Awa,
        Self::RawPostgres,
        Self::RawSqlite,
        Self::SameRowsPostgres,
        Self::SameRowsSqlite,
    ];

    /// Its name, as arguments and rows have it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn is_subject(self) -> bool {
        Self::SUBJECTS.contains(&self)
    }

    pub(crate) fn home(self) -> Home {
        match self {
            Self::XmpPostgres
            | Self::GraphileWorker
            | Self::PgBoss
            | Self::Pgqueuer
            | Self::Awa
            | Self::RawPostgres
            | Self::SameRowsPostgres => Home::Postgres,
            Self::XmpSqlite | Self::RawSqlite | Self::SameRowsSqlite => Home::Sqlite,
            Self::BullmqRedis => Home::Redis,
        }
    }

    /// Whether it says something about a subject: the floors of one database say nothing about another one.
    pub(crate) fn rivals(self, subject: Self) -> bool {
        match self {
            Self::RawPostgres | Self::RawSqlite | Self::SameRowsPostgres | Self::SameRowsSqlite => {
                self.home() == subject.home()
            }
            _ => !self.is_subject(),
        }
    }
}
