//! Which files this process has open: SQLite's locks don't survive a fork.
//!
//! SQLite keeps a table of the locks that its process holds, since those of POSIX are the process's and not a file's. A
//! forked child inherits the table and not the locks: a file that its parent had open it would take for locked, and write
//! to beside the parent. (SQLite, "How To Corrupt An SQLite Database File", section 2.6.)

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use xmp_core::{Error, ErrorKind, Result};

/// Each open file, the process that opened it, and how often it has it open.
static OPEN: Mutex<BTreeMap<PathBuf, (u32, usize)>> = Mutex::new(BTreeMap::new());

fn all() -> MutexGuard<'static, BTreeMap<PathBuf, (u32, usize)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that is open in this process, until this is dropped.
pub(super) struct OpenFile(PathBuf);

impl OpenFile {
    /// Notes that a file is about to be opened.
    pub(super) fn note(path: &Path) -> Result<Self> {
        let name = name(path);
        let me = std::process::id();
        let mut all = all();
        let (owner, times) = all.entry(name.clone()).or_insert((me, 0));
        if *owner != me {
            return Err(Error::new(
                ErrorKind::Configuration,
                "store.forked",
                format!("the process that this one was forked from had {} open", path.display()),
            )
            .hint("close the engine before the process forks, or open it in the child alone: SQLite's locks don't survive a fork"));
        }
        *times += 1;
        Ok(Self(name))
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut all = all();
        if let Some((owner, times)) = all.get_mut(&self.0)
            && *owner == std::process::id()
        {
            *times -= 1;
            if *times == 0 {
                all.remove(&self.0);
            }
        }
    }
}

/// The same for each way to write it. A file that is about to be made has a folder that is there.
fn name(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_noted_while_it_is_open_and_refused_to_a_child() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("xmp.db");
        let first = OpenFile::note(&file).unwrap();
        std::fs::write(&file, "").unwrap();
        let second = OpenFile::note(&folder.path().join(".").join("xmp.db")).unwrap();
        assert_eq!(all()[&first.0], (std::process::id(), 2));
        drop((first, second));
        assert!(!all().contains_key(&name(&file)));

        // What a child finds there.
        all().insert(name(&file), (std::process::id() + 1, 1));
        assert_eq!(OpenFile::note(&file).err().unwrap().code(), "store.forked");
    }
}
