//! The journal: every step of the world, one JSON line each, written before the step is applied and answered.
//!
//! A write that has returned survives the death of the process (the page cache belongs to the system); a line that
//! was cut in the middle by a kill lacks its newline and is dropped when the journal is read again: it never happened.
//! The journal does not defend against a power cut: it is a test instrument.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::SimError;
use crate::world::Change;

const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";

/// One atomic step of the world: all of its changes happened, or none.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) changes: Vec<Change>,
}

/// The open journal of a home, and the lock that keeps a second process out.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    length: u64,
    path: PathBuf,
    /// Held, never looked at.
    _lock: Lock,
}

impl Journal {
    /// Opens (or creates) the journal of `home` and returns it with the steps so far. A torn last line is cut off.
    pub(crate) fn open(home: &Path) -> Result<(Self, Vec<Step>), SimError> {
        std::fs::create_dir_all(home).map_err(at(home))?;
        let lock = lock(home)?;
        let path = home.join(JOURNAL);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(at(&path))?;
        let (steps, length) = parse(&path, &text)?;
        file.set_len(length).and_then(|()| file.seek(SeekFrom::End(0))).map_err(at(&path))?;
        Ok((Self { file, length, path, _lock: lock }, steps))
    }

    /// Writes one step. When this fails nothing of the step is left in the file.
    pub(crate) fn append(&mut self, step: &Step) -> Result<(), SimError> {
        self.write(step).map_err(|source| SimError::Home { path: self.path.clone(), source })
    }

    fn write(&mut self, step: &Step) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(step)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::End(0))?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

/// The steps in the journal of `home`, without taking the lock or changing anything. A home without a journal is an
/// error; a torn last line is skipped.
pub(crate) fn read(home: &Path) -> Result<Vec<Step>, SimError> {
    let path = home.join(JOURNAL);
    let text = std::fs::read(&path).map_err(at(&path))?;
    Ok(parse(&path, &text)?.0)
}

/// The lock of a home, given back when it is dropped.
///
/// Closing the file would not be enough: a child that another thread is just starting shares it until it has loaded its own
/// program, and the lock would last as long.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // What fails here is given back when the process ends.
        let _ = self.0.unlock();
    }
}

fn lock(home: &Path) -> Result<Lock, SimError> {
    let path = home.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(SimError::HomeInUse { home: home.to_owned() }),
        Err(TryLockError::Error(source)) => Err(SimError::Home { path, source }),
    }
}

/// The steps of the complete lines of `text`, and the length of these lines in bytes.
fn parse(path: &Path, text: &[u8]) -> Result<(Vec<Step>, u64), SimError> {
    let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let steps = text[..complete]
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|source| SimError::Journal {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        })
        .collect::<Result<_, _>>()?;
    Ok((steps, complete as u64))
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> SimError + use<> {
    let path = path.to_owned();
    move |source| SimError::Home { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(second: i64) -> Step {
        Step { at: Timestamp::from_second(second).unwrap(), changes: Vec::new() }
    }

    #[test]
    fn a_closed_home_is_free_although_a_child_still_has_its_files() {
        let home = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(home.path()).unwrap();
        let inherited = journal._lock.0.try_clone().unwrap();
        drop(journal);
        Journal::open(home.path()).unwrap();
        drop(inherited);
    }

    #[test]
    fn a_torn_last_line_never_happened() {
        let home = tempfile::tempdir().unwrap();
        {
            let (mut journal, _) = Journal::open(home.path()).unwrap();
            journal.append(&step(1)).unwrap();
            journal.append(&step(2)).unwrap();
        }
        let path = home.path().join(JOURNAL);
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..whole.len() / 2 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            assert_eq!(read(home.path()).unwrap().len(), 1, "read-only, {cut} bytes short");
            let (mut journal, steps) = Journal::open(home.path()).unwrap();
            assert_eq!(steps.len(), 1);
            journal.append(&step(3)).unwrap();
            drop(journal);
            assert_eq!(read(home.path()).unwrap().len(), 2, "the torn bytes are gone");
            std::fs::write(&path, &whole).unwrap();
        }
    }

    #[test]
    fn a_broken_line_in_the_middle_is_reported_with_its_number() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(
            home.path().join(JOURNAL),
            "{\"at\":\"1970-01-01T00:00:00Z\",\"changes\":[]}\nnonsense\n",
        )
        .unwrap();
        let error = read(home.path()).unwrap_err();
        assert!(matches!(error, SimError::Journal { line: 2, .. }), "{error}");
    }

    #[test]
    fn a_second_opener_is_refused_until_the_first_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let first = Journal::open(home.path()).unwrap();
        assert!(matches!(Journal::open(home.path()), Err(SimError::HomeInUse { .. })));
        drop(first);
        assert!(Journal::open(home.path()).is_ok());
    }
}
