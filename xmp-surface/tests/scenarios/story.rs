//! A story as its file has it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use xmp_surface::CallOptions;

/// A story, with the steps of the files that it begins with.
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) peer: Option<PeerName>,
    pub(crate) steps: Vec<Placed>,
}

/// A server by other people that a story is played on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PeerName {
    Bluesky,
    Postgres,
}

/// A step and where it stands: file, and number from 1.
pub(crate) struct Placed {
    pub(crate) place: String,
    pub(crate) step: Step,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    peer: Option<PeerName>,
    begins_with: Option<String>,
    steps: Vec<Step>,
}

/// One call and what is expected of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) call: String,
    pub(crate) on: Option<String>,
    pub(crate) takes: Option<String>,
    #[serde(default)]
    pub(crate) within: CallOptions,
    #[serde(default = "nothing_given")]
    pub(crate) params: Value,
    #[serde(rename = "as")]
    pub(crate) kept_as: Option<String>,
    pub(crate) expect: Option<Value>,
    pub(crate) error: Option<Value>,
    pub(crate) until: Option<Value>,
    pub(crate) advance: Option<Advance>,
}

/// What moves on between two tries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    pub(crate) things: Vec<String>,
    pub(crate) by: Value,
}

fn nothing_given() -> Value {
    Value::Object(serde_json::Map::new())
}

impl Story {
    /// The files of all stories, by name.
    pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
        let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
        let entries = fs::read_dir(folder).map_err(unreadable)?;
        let paths: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut paths = paths.map_err(unreadable)?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        paths.sort();
        if paths.is_empty() {
            return Err(format!("{} has no story", folder.display()));
        }
        Ok(paths)
    }

    /// Reads a file, and those that it begins with, which are named from the folder of the stories.
    pub(crate) fn read(folder: &Path, file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let read: File = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut steps = match &read.begins_with {
            Some(name) => Self::read(folder, &folder.join(name))?.steps,
            None => Vec::new(),
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let places = (1..).map(|number| format!("{name}, step {number}"));
        steps.extend(places.zip(read.steps).map(|(place, step)| Placed { place, step }));
        Ok(Self { name: read.name, peer: read.peer, steps })
    }
}
