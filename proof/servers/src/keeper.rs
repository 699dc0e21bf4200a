//! Who stops a server and clears its folder away when its owner is gone.

use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

use crate::folder::Folder;
use crate::{Error, Result};

/// Waits for the end of its input, which is the owner's end; then stops the server and removes the folder.
const SCRIPT: &str = r#"
cat >/dev/null
if read -r pid <"$1" 2>/dev/null && kill -s "$2" "$pid" 2>/dev/null; then
    while kill -s 0 "$pid" 2>/dev/null; do sleep 0.02; done
fi
rm -rf "$3"
"#;

/// A shell that outlives its owner: a destructor does not run when a process is killed, and a pipe is closed however it
/// ends.
#[derive(Debug)]
pub(crate) struct Keeper(Child);

impl Keeper {
    /// Watches over a server whose process id is in `pid_file` of the folder; it ends on `signal`.
    pub(crate) fn of(folder: &Folder, pid_file: &str, signal: &str) -> Result<Self> {
        let mut shell = folder.command("/bin/sh");
        shell.args(["-c", SCRIPT, "keeper"]).arg(folder.path().join(pid_file)).arg(signal).arg(folder.path());
        // A group of its own: Ctrl-C is for the owner.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(shell.current_dir("/").spawn().map_err(Error::io("no shell can be started"))?))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has cleared away when it ends; if it cannot be waited for, it still does.
        let _ = self.0.wait();
    }
}
