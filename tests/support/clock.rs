//! A clock that several processes share and a test moves.

use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use xmp::{Clock, SystemClock};
use xmp_core::Monotonic;

/// The machine's time plus an offset that stands in a file: a test moves it for all its processes at once, and time
/// also goes on by itself, so that a process that waits for an answer does wait.
#[derive(Clone, Debug)]
pub struct SharedClock {
    file: PathBuf,
}

impl SharedClock {
    pub fn create(file: PathBuf) -> Self {
        fs::write(&file, "0").unwrap();
        Self { file }
    }

    pub fn open(file: PathBuf) -> Self {
        Self { file }
    }

    pub fn advance(&self, by: Duration) {
        let next = self.file.with_extension("next");
        fs::write(&next, (self.offset() + by).as_millis().to_string()).unwrap();
        fs::rename(next, &self.file).unwrap();
    }

    fn offset(&self) -> Duration {
        Duration::from_millis(fs::read_to_string(&self.file).unwrap().parse().unwrap())
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.offset()
    }

    fn monotonic(&self) -> Monotonic {
        SystemClock.monotonic() + self.offset()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        let until = clock.monotonic() + time;
        Box::pin(async move {
            while clock.monotonic() < until {
                SystemClock.sleep(Duration::from_millis(10)).await;
            }
        })
    }
}
