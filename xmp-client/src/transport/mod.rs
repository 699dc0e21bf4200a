//! HTTP exchanges over reqwest, with the last byte behind a gate.
//!
//! A platform acts on a request only when it has all of it. [`ReqwestTransport`] therefore holds the last byte of a
//! gated request back until everything else is written to the socket, asks the gate, and only then lets it go. That
//! moment divides every failure: before it, nothing can have happened ([`Certainty::NotSent`]); after it, nobody
//! knows ([`Certainty::MaybeSent`]).
//!
//! The transport follows no redirect and repeats nothing: whether a request may be made again is decided above it.

mod body;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use reqwest::{Client, ClientBuilder, Url};
use xmp_core::{
    Certainty, Error, ErrorKind, HttpRequest, HttpResponse, HttpTransport, RequestBody, Result, Retry,
};

use crate::latch::Latch;
use crate::multipart;
use body::GatedBody;

/// How the transport connects.
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportOptions {
    /// What requests name as their origin. Default: `xmp/<version>`.
    pub user_agent: String,
    /// How long connecting may take, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept. Default 4 s: shorter than servers keep theirs (those on Node, as Bluesky's, 5 s),
    /// since a request written to a connection that the other side is just closing has an unknown outcome.
    pub pool_idle_timeout: Duration,
    /// A proxy (`http://host:port`) for requests to other hosts than this one. Default: none; the environment is not
    /// asked.
    pub proxy: Option<String>,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("xmp/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(4),
            proxy: None,
        }
    }
}

impl fmt::Debug for TransportOptions {
    /// The proxy without its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |proxy: &String| {
            let url = Url::parse(proxy).ok()?;
            Some(format!("{}://{}", url.scheme(), url.host_str()?))
        };
        let proxy = self.proxy.as_ref().map(|proxy| place(proxy).unwrap_or_else(|| "not shown".to_owned()));
        f.debug_struct("TransportOptions")
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("proxy", &proxy)
            .finish()
    }
}

/// The transport that xmp uses: HTTP/1.1 and HTTP/2 over rustls, connections kept in a pool. Clones share the pool.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: Client,
}

impl ReqwestTransport {
    /// A transport with the default options.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if TLS can't be set up.
    pub fn new() -> Result<Self> {
        Self::with_options(&TransportOptions::default())
    }

    /// A transport with other options.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if TLS can't be set up, or the proxy or user agent is malformed.
    pub fn with_options(options: &TransportOptions) -> Result<Self> {
        Ok(Self { client: builder(options)?.build().map_err(configuration)? })
    }
}

fn configuration(error: reqwest::Error) -> Error {
    Error::new(ErrorKind::Configuration, "http.client", error.without_url().to_string())
}

fn builder(options: &TransportOptions) -> Result<ClientBuilder> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls::config()?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.pool_idle_timeout)
        .tcp_nodelay(true);
    if let Some(proxy) = &options.proxy {
        let no = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
        builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(configuration)?.no_proxy(no));
    }
    Ok(builder)
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse> {
        let not_sent = |error: Error| error.with_certainty(Certainty::NotSent);
        let url = target(&request.url).map_err(not_sent)?;
        multipart::encode(&mut request).map_err(not_sent)?;
        let bytes = match std::mem::take(&mut request.body) {
            RequestBody::Bytes(bytes) => bytes,
            RequestBody::Empty | RequestBody::Multipart(_) => Bytes::new(),
        };
        let exchange = Exchange {
            latch: Arc::default(),
            bodyless: bytes.is_empty(),
            max_response: request.max_response,
            timeout: request.timeout,
        };
        let mut builder = self
            .client
            .request(request.method.clone(), url)
            .headers(std::mem::take(&mut request.headers))
            .header(ACCEPT_ENCODING, "identity")
            .timeout(request.timeout);
        if exchange.bodyless {
            // There is no last byte to hold back: the gate is asked for the request as a whole.
            if !exchange.latch.release(request.gate.as_deref()) {
                return Err(exchange.withheld());
            }
            if matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
                builder = builder.header(CONTENT_LENGTH, 0);
            }
        } else {
            let body = GatedBody::new(bytes, request.gate.take(), exchange.latch.clone());
            builder = builder.body(reqwest::Body::wrap(body));
        }
        let response = builder.send().await.map_err(|error| exchange.failure(error))?;
        exchange.read(response).await
    }
}

/// One exchange under way. When it is dropped, what has not left by then never leaves.
struct Exchange {
    latch: Arc<Latch>,
    bodyless: bool,
    max_response: usize,
    timeout: Duration,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.latch.abandon();
    }
}

impl Exchange {
    async fn read(&self, mut response: reqwest::Response) -> Result<HttpResponse> {
        let most = self.max_response;
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(self.too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(error))? {
            if body.len() + chunk.len() > most {
                return Err(self.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: body.freeze(),
        })
    }

    fn too_large(&self) -> Error {
        let message = format!("the answer has more than {} bytes", self.max_response);
        Error::new(ErrorKind::PlatformFault, "http.too_large", message).with_certainty(self.latch.give_up())
    }

    /// The gate's own reason for staying shut.
    fn withheld(&self) -> Error {
        self.latch
            .take_refusal()
            .unwrap_or_else(|| Error::new(ErrorKind::Cancelled, "http.withheld", "the request was given up"))
            .with_certainty(Certainty::NotSent)
    }

    fn failure(&self, error: reqwest::Error) -> Error {
        let certainty = match self.latch.give_up() {
            Certainty::NotSent => Certainty::NotSent,
            _ if self.bodyless && error.is_connect() => Certainty::NotSent,
            sent => sent,
        };
        if certainty == Certainty::NotSent
            && let Some(refusal) = self.latch.take_refusal()
        {
            return refusal.with_certainty(certainty);
        }
        let soon = Retry::After(Duration::ZERO);
        let failure = if error.is_timeout() {
            let message = format!("no whole answer within {:?}", self.timeout);
            Error::new(ErrorKind::Timeout, "http.timeout", message)
        } else if error.is_builder() {
            Error::new(ErrorKind::Configuration, "http.request", "the request is malformed")
        } else if error.is_connect() {
            // Scheme, host and port alone: the rest of an address may be a secret.
            let server = error.url().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            Error::new(ErrorKind::Network, "http.connect", format!("could not connect to {server}"))
                .hint("check the address, the network, and that the server is up")
        } else {
            Error::new(ErrorKind::Network, "http.broken", "the connection broke before a whole answer came")
        };
        let retry = if certainty == Certainty::NotSent && !error.is_builder() { soon } else { Retry::Never };
        failure.with_retry(retry).with_certainty(certainty).with_source(error.without_url())
    }
}

/// Where a request goes. Unencrypted only to this machine: a token must not cross a network in the clear.
fn target(url: &str) -> Result<Url> {
    let wrong = |message: String| Error::new(ErrorKind::Configuration, "http.url", message);
    // The URL itself stays out of the text: it may carry a code in its query.
    let url = Url::parse(url).map_err(|error| wrong(format!("the request's URL is malformed: {error}")))?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        scheme => {
            let host = url.host_str().unwrap_or_default();
            Err(wrong(format!("{scheme}://{host} is not encrypted"))
                .hint("use https; http is for this machine only"))
        }
    }
}

#[cfg(test)]
#[path = "http2_tests.rs"]
mod http2_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_proxy_credentials() {
        for (proxy, shown) in [
            ("http://ada:s3cr3t@proxy.example:8080/s3cr3t?s3cr3t", r#"Some("http://proxy.example")"#),
            ("ada:s3cr3t@proxy.example:8080", r#"Some("not shown")"#),
            ("http://proxy.example:3128", r#"Some("http://proxy.example")"#),
        ] {
            let options = TransportOptions { proxy: Some(proxy.into()), ..TransportOptions::default() };
            let text = format!("{options:?}");
            assert!(text.contains(shown) && !text.contains("s3cr3t") && !text.contains("ada"), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in [
            "https://api.x.com/2",
            "http://127.0.0.1:1/a",
            "http://[::1]:1",
            "http://localhost/",
            "http://a.localhost",
        ] {
            assert!(target(url).is_ok(), "{url}");
        }
        for url in [
            "http://api.x.com/2?code=s3cr3t",
            "http://10.0.0.1",
            "ftp://localhost",
            "x y?s3cr3t",
            "http://localhost.evil.com",
        ] {
            let error = target(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
    }
}
