//! The connector: the one place where an address is decided upon, after its name was resolved and for the very
//! connection that is used. HTTP clients skip their resolver for literal addresses, so a filter there would not do.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use shared::domain::api_key::Network;
use tokio::net::TcpStream;
use tower_service::Service;

use shared::domain::address::{is_metadata, is_public};

/// A connection that is not there within this is given up (contract README, *Delivery*).
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// The address may not be connected to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the address is not allowed")]
pub(crate) struct Refused;

/// Connects to what may be connected to.
#[derive(Clone)]
pub(crate) struct Guarded {
    allowed: Arc<[Network]>,
}

impl Guarded {
    pub(crate) fn new(allowed: &[Network]) -> Self {
        Self {
            allowed: allowed.into(),
        }
    }

    /// Public addresses over HTTPS; allowed networks over anything; metadata services never.
    fn permits(&self, address: IpAddr, is_https: bool) -> bool {
        let listed = self.allowed.iter().any(|network| network.contains(address));
        !is_metadata(address) && (listed || (is_https && is_public(address)))
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let is_https = uri.scheme_str() == Some("https");
        let host = uri.host().ok_or_else(|| io::Error::other(Refused))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port))
            .await?
            .filter(|address| self.permits(address.ip(), is_https))
            .collect();
        if addresses.is_empty() {
            return Err(io::Error::other(Refused));
        }
        let stream = TcpStream::connect(addresses.as_slice()).await?;
        stream.set_nodelay(true)?;
        Ok(TokioIo::new(stream))
    }
}

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.clone().connect(uri);
        Box::pin(async move {
            tokio::time::timeout(CONNECT_WITHIN, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_permitted_gets_a_connection() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let closed = Guarded::new(&[]);
        let open = Guarded::new(&[Network::parse("127.0.0.0/8").expect("a range")]);
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
            for scheme in ["http", "https"] {
                let uri: Uri = format!("{scheme}://{host}:{port}/").parse().expect("a URI");
                let refused = closed.clone().connect(uri).await.expect_err("refused");
                assert!(
                    refused.get_ref().is_some_and(|error| error.is::<Refused>()),
                    "{scheme}://{host}"
                );
            }
        }
        let uri: Uri = format!("http://127.0.0.1:{port}/").parse().expect("a URI");
        assert!(open.connect(uri).await.is_ok());
    }

    #[test]
    fn metadata_services_are_out_of_reach_whatever_is_allowed() {
        let open = Guarded::new(&[
            Network::parse("0.0.0.0/0").expect("a range"),
            Network::parse("::/0").expect("a range"),
        ]);
        for address in [
            "169.254.169.254",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "169.254.170.2",
        ] {
            assert!(
                !open.permits(address.parse().expect(address), true),
                "{address}"
            );
        }
    }
}
