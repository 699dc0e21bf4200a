//! Records every request, so that all of them can be held against X's own specification afterwards.

use std::sync::Arc;

use xmp::HttpTransport;
use xmp_client::testing::RecordingTransport;
use xmp_client::transport::ReqwestTransport;

/// The real transport; it writes what it sends to `XMP_RECORD_DIR` if that is set.
pub fn transport() -> Arc<dyn HttpTransport> {
    let real = ReqwestTransport::new().unwrap();
    Arc::new(RecordingTransport::from_env(real).unwrap())
}
