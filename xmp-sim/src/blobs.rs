//! Where media bytes are kept: files under `HOME/media`, or memory when there is no home.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::SimError;

/// Bytes to be stored under a name before the step that refers to them is journaled.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// The store of media bytes.
#[derive(Debug)]
pub(crate) enum Blobs {
    Memory(Mutex<HashMap<String, Bytes>>),
    Folder(PathBuf),
}

impl Blobs {
    pub(crate) fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    pub(crate) fn folder(home: &Path) -> Result<Self, SimError> {
        let folder = home.join("media");
        match std::fs::create_dir_all(&folder) {
            Ok(()) => Ok(Self::Folder(folder)),
            Err(source) => Err(SimError::Home { path: folder, source }),
        }
    }

    pub(crate) fn put(&self, blob: &Blob) -> Result<(), SimError> {
        match self {
            Self::Memory(map) => {
                let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
                map.insert(blob.name.clone(), blob.bytes.clone());
                Ok(())
            }
            Self::Folder(folder) => {
                let path = folder.join(&blob.name);
                std::fs::write(&path, &blob.bytes).map_err(|source| SimError::Home { path, source })
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> io::Result<Bytes> {
        match self {
            Self::Memory(map) => {
                let map = map.lock().unwrap_or_else(PoisonError::into_inner);
                map.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
            }
            Self::Folder(folder) => std::fs::read(folder.join(name)).map(Bytes::from),
        }
    }
}
