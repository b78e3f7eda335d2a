//! The connector: the one place where an address is decided upon, after its name was resolved and for the very
//! connection that is used. HTTP clients skip their resolver for literal addresses, so a filter there would not do.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use shared::domain::api_key::Network;
use tokio::net::TcpStream;
use tower_service::Service;

use shared::domain::address::may_receive_events;

/// A connection that is not there within this is given up (contract README, *Delivery*).
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// An address that did not answer by then is not waited for any more before the next one is tried.
const NEXT_AFTER: Duration = Duration::from_millis(300);

/// The address may not be connected to.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the address is not allowed")]
pub(crate) struct Refused;

type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

type BoxError = Box<dyn Error + Send + Sync>;

/// Finds the addresses of a name: a party that isn't ours.
type Resolver = Arc<dyn Fn(String, u16) -> Addresses + Send + Sync>;

/// Connects to what may be connected to.
#[derive(Clone)]
pub(crate) struct Guarded {
    allowed: Arc<[Network]>,
    resolver: Resolver,
}

impl Guarded {
    /// With the resolver of the system.
    pub(crate) fn new(allowed: &[Network]) -> Self {
        let resolver = |host: String, port| -> Addresses {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, port)).await?;
                Ok(found.collect())
            })
        };
        Self::resolving(allowed, Arc::new(resolver))
    }

    fn resolving(allowed: &[Network], resolver: Resolver) -> Self {
        Self {
            allowed: allowed.into(),
            resolver,
        }
    }

    /// The name that the receiver's certificate must have. TLS asks for it before it asks for a connection, and knows no name that
    /// ends in a number: that is a spelling of an address, which some resolvers understand, and refused as such.
    pub(crate) fn name_of(uri: &Uri) -> Result<ServerName<'static>, BoxError> {
        let host = bare_host(uri).unwrap_or_default();
        let last = host.trim_end_matches('.').rsplit('.').next();
        let is_number = last.is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if is_number && host.parse::<IpAddr>().is_err() {
            return Err(Refused.into());
        }
        Ok(ServerName::try_from(host.to_owned())?)
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let is_https = uri.scheme_str() == Some("https");
        let host = bare_host(&uri).ok_or_else(|| io::Error::other(Refused))?;
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        // Asked once: what is connected to is what was decided upon, whatever the name leads to a moment later.
        let addresses: Vec<SocketAddr> = (self.resolver)(host.to_owned(), port)
            .await?
            .into_iter()
            .filter(|address| may_receive_events(address.ip(), is_https, &self.allowed))
            .collect();
        if addresses.is_empty() {
            return Err(io::Error::other(Refused));
        }
        let stream = connect_to_one_of(addresses).await?;
        stream.set_nodelay(true)?;
        Ok(TokioIo::new(stream))
    }
}

/// Connects to the first of some addresses that answers. One that drops what is sent to it holds the others up for a moment only, and
/// is waited for all the same (Happy Eyeballs, RFC 8305, 5): an address that fails at once says nothing of one that is far away.
async fn connect_to_one_of(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut outcome = Err(io::Error::other(Refused));
    let mut left = addresses.into_iter();
    let mut tried = FuturesUnordered::new();
    loop {
        tried.extend(left.next().map(TcpStream::connect));
        let has_more = !left.as_slice().is_empty();
        tokio::select! {
            ended = tried.next() => match ended {
                Some(Ok(stream)) => return Ok(stream),
                Some(failed) => outcome = failed,
                None => return outcome,
            },
            () = tokio::time::sleep(NEXT_AFTER), if has_more => {}
        }
    }
}

/// The host of an address, without the brackets of IPv6.
fn bare_host(uri: &Uri) -> Option<&str> {
    let host = uri.host()?;
    Some(host.trim_start_matches('[').trim_end_matches(']'))
}

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A connector that gives up in time: names, addresses and TLS together.
#[derive(Clone)]
pub(crate) struct InTime<C>(pub(crate) C);

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move {
            tokio::time::timeout(CONNECT_WITHIN, connecting)
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        })
    }
}

#[cfg(test)]
mod tests;
