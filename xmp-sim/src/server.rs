//! The listener: HTTP/1.1 on loopback, the admin API and the platforms side by side.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::HeaderValue;
use http::header::DATE;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::call::RawCall;
use crate::core::Core;
use crate::wire::{Answer, Connection, Socket};
use crate::{SimError, admin, pipeline};

pub(crate) async fn bind(port: u16) -> Result<(TcpListener, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Serves until dropped; then all connections close with it.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let router = admin::routes().fallback(platforms).with_state(Arc::clone(&core));
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = Connection::default();
                let service = router.clone().layer(Extension(connection.clone()));
                let socket = TokioIo::new(Socket { stream, connection });
                connections.spawn(async move {
                    let served = http1::Builder::new()
                        .auto_date_header(false)
                        .serve_connection(socket, TowerToHyperService::new(service))
                        .await;
                    if let Err(error) = served {
                        tracing::debug!(%error, "connection ended");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "accept failed"),
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Everything that is not the admin API is a platform's.
async fn platforms(
    State(core): State<Arc<Core>>,
    Extension(connection): Extension<Connection>,
    request: Request<Body>,
) -> Response {
    let answer = match RawCall::read(request).await {
        Ok(raw) => pipeline::handle(Arc::clone(&core), raw).await,
        // The client hung up in the middle of its request: nobody is there to answer.
        Err(_) => Answer::Cut,
    };
    let mut response = answer.into_response(&connection);
    if let Some(date) = http_date(&core) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// The `Date` of an answer follows the simulated clock.
fn http_date(core: &Core) -> Option<HeaderValue> {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let text = printer.timestamp_to_rfc9110_string(&core.clock.now()).ok()?;
    HeaderValue::from_str(&text).ok()
}
