//! TLS: rustls with *ring*, handed over explicitly, and the platform's own trust.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use xmp_core::{Error, ErrorKind, Result};

/// A configuration that shares nothing with other users of rustls in the process: no global provider is installed.
///
/// Certificates are checked by the operating system's verifier or against its certificates. A system without any
/// (a bare container) can still speak plain HTTP to itself; its HTTPS requests fail as untrusted.
///
/// # Errors
/// [`ErrorKind::Configuration`] if *ring* offers no usable protocol version, which it does.
pub(crate) fn config() -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Configuration, "tls.protocols", error.to_string()))?;
    let mut config = match Verifier::new(provider) {
        Ok(verifier) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        Err(error) => {
            tracing::warn!(%error, "the system has no CA certificates: HTTPS requests will fail until they are installed");
            builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
