//! TLS to the server: rustls, and no connection whose certificate was not checked.

use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_rustls::{TlsConnector, client};
use xmp_core::{Error, ErrorKind, Result};

/// Makes TLS connections to PostgreSQL.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Configuration, "store.tls", message)
        .hint("sslrootcert names a file with the certificate of the server's authority, in PEM")
}

impl Tls {
    /// Trusts the authorities in a file and nobody else; without one, those that the system trusts.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self> {
        let provider = Arc::new(crypto::ring::default_provider());
        let unusable = |error: tokio_rustls::rustls::Error| wrong(format!("TLS can't be set up: {error}"));
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?;
        let config = match authorities {
            Some(file) => builder.with_root_certificates(read(file)?).with_no_client_auth(),
            None => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Verifier::new(provider).map_err(unusable)?))
                .with_no_client_auth(),
        };
        Ok(Self(Arc::new(config)))
    }
}

fn read(file: &Path) -> Result<RootCertStore> {
    let unread = |why: &dyn std::fmt::Display| wrong(format!("{}: {why}", file.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))? {
        let certificate = certificate.map_err(|error| unread(&error))?;
        roots.add(certificate).map_err(|error| unread(&error))?;
    }
    if roots.is_empty() { Err(unread(&"it has no certificate")) } else { Ok(roots) }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, host: &str) -> std::result::Result<Handshake, Infallible> {
        Ok(Handshake { connector: TlsConnector::from(self.0.clone()), host: host.to_owned() })
    }
}

/// One handshake that is perhaps made: the client asks for it before it knows, for sockets too, which have no name.
pub(super) struct Handshake {
    connector: TlsConnector,
    host: String,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let host = ServerName::try_from(self.host).map_err(std::io::Error::other)?;
            self.connector.connect(host, stream).await.map(Stream)
        })
    }
}

/// A connection within TLS.
pub(super) struct Stream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    // SCRAM works without; the certificate has been checked.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
