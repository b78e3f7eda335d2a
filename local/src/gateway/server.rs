//! The HTTP server on the loopback port.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};

use super::Gateway;
use crate::stop::Stop;

/// How long requests that are being answered may take when the stack is to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// Serves until it is told to stop, then finishes what it has begun.
pub(crate) async fn serve(listener: TcpListener, gateway: Arc<Gateway>, mut stop: Stop) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            () = stop.requested() => break,
            accepted = listener.accept() => match accepted {
                Ok((connection, peer)) => {
                    let gateway = Arc::clone(&gateway);
                    tokio::spawn(converse(connection, peer, gateway, connections.watcher()));
                }
                // Out of file descriptors, most likely: they come back when connections end.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WITHIN, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off that took too long");
    }
}

async fn converse(
    connection: TcpStream,
    peer: SocketAddr,
    gateway: Arc<Gateway>,
    watcher: Watcher,
) {
    // Without it answers are only slower.
    let _ = connection.set_nodelay(true);
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.answer(request, peer).await) }
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(connection), service);
    // A client that goes away in the middle is no matter for us.
    let _ = watcher.watch(conversation).await;
}
