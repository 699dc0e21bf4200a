//! A clock that several processes share, that may run faster than real time, and that the judge can step.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use xmp_core::{Clock, Monotonic, SystemClock};

use crate::Result;

/// Where in the file the time of day's offset stands; what comes before it never changes.
const OFFSET: u64 = 24;

/// The machine's time since boot, times a speed. The time of day has an offset besides, which stands in a file and moves
/// for all processes at once; deadlines and sleeps know nothing of it, as it is when an administrator sets a clock.
#[derive(Clone, Debug)]
pub struct SharedClock {
    file: Arc<File>,
    /// The time of day when it was made.
    base: Timestamp,
    /// The machine's time since boot then.
    origin: Duration,
    speed: u32,
}

impl SharedClock {
    /// Makes one that shows real time now.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn create(path: &Path, speed: u32) -> Result<Self> {
        let base = SystemClock.now();
        let origin = SystemClock.monotonic().since(Monotonic::from_start(Duration::ZERO));
        let record = [base.as_microsecond(), i64::try_from(origin.as_micros())?, i64::from(speed), 0];
        std::fs::write(path, record.map(i64::to_le_bytes).concat())?;
        Self::open(path)
    }

    /// Opens one that another process has made.
    ///
    /// # Errors
    /// If the file can't be read, or has no clock in it.
    pub fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let base = Timestamp::from_microsecond(number(&file, 0)?)?;
        let origin = Duration::from_micros(u64::try_from(number(&file, 8)?)?);
        let speed = u32::try_from(number(&file, 16)?)?;
        Ok(Self { file: Arc::new(file), base, origin, speed })
    }

    /// Sets the time of day so far from where it would be: what it was stepped by before is forgotten.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn step_to(&self, offset: SignedDuration) -> Result<()> {
        let micros = i64::try_from(offset.as_micros())?;
        Ok(self.file.write_all_at(&micros.to_le_bytes(), OFFSET)?)
    }

    /// The time of day where nobody has stepped it: the platforms' own.
    #[must_use]
    pub fn unstepped(&self) -> Timestamp {
        let since_boot = SystemClock.monotonic().since(Monotonic::from_start(self.origin));
        self.base.saturating_add(since_boot * self.speed).unwrap_or(Timestamp::MAX)
    }

    /// Where a clock of the same speed shows the same time.
    #[must_use]
    pub fn base(&self) -> Timestamp {
        self.base
    }
}

fn number(file: &File, at: u64) -> Result<i64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, at)?;
    Ok(i64::from_le_bytes(bytes))
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        // A file that is gone belongs to a round that is over: nobody looks at what is done then.
        let offset = SignedDuration::from_micros(number(&self.file, OFFSET).unwrap_or_default());
        let now = self.unstepped().saturating_add(offset).unwrap_or(Timestamp::MAX);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn monotonic(&self) -> Monotonic {
        let since_boot = SystemClock.monotonic().since(Monotonic::from_start(Duration::ZERO));
        Monotonic::from_start(since_boot * self.speed)
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        SystemClock.sleep(time / self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_its_steps_and_its_speed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let ours = SharedClock::create(&path, 1000).unwrap();
        let theirs = SharedClock::open(&path).unwrap();
        let (before, deadline) = (theirs.now(), theirs.monotonic());
        ours.step_to(SignedDuration::from_hours(-2)).unwrap();
        assert!(theirs.now() < before - SignedDuration::from_hours(1));
        ours.step_to(SignedDuration::ZERO).unwrap();
        assert!(theirs.now() >= before && theirs.monotonic() >= deadline);
        assert!(theirs.now().duration_since(ours.now()).abs() < SignedDuration::from_mins(1));
    }
}
