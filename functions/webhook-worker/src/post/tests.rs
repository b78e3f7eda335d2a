//! Receivers that take their time, and connections that last.

use std::convert::Infallible;

use futures_util::future::join_all;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use shared::domain::api_key::Network;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;

/// A client that reaches this machine.
fn poster(kept_alive: KeptAlive, roots: RootCertStore) -> Poster {
    let guarded = Guarded::new(&[Network::parse("127.0.0.0/8").expect("a range")]);
    Poster::trusting(roots, guarded, kept_alive).expect("a client")
}

async fn post(poster: &Poster, url: &str) -> Result<Answer, ErrorClass> {
    let post = Post {
        url,
        body: "{}",
        headers: std::array::from_fn(|_| ("x-test", String::new())),
    };
    poster.post(post).await
}

fn url_of(scheme: &str, listener: &TcpListener) -> String {
    let port = listener.local_addr().expect("an address").port();
    format!("{scheme}://127.0.0.1:{port}/")
}

async fn posted(listener: &TcpListener) -> Result<Answer, ErrorClass> {
    let poster = poster(KEPT_ALIVE, RootCertStore::empty());
    post(&poster, &url_of("http", listener)).await
}

/// Takes a request, and answers with the headers of a long body.
async fn take(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let size = stream.read(&mut [0; 2048]).await.expect("a request");
    assert!(size > 0);
    let headers = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
    stream.write_all(headers).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_receiver_that_drips_its_body_has_taken_the_event_and_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let drip = async {
        let mut stream = take(&listener).await;
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut drops: u64 = 0;
        // Until the connection is given up.
        while stream.write_all(b"x").await.is_ok() {
            drops += 1;
            ticks.tick().await;
        }
        drops
    };
    let began = Instant::now();
    let (answer, drops) = tokio::join!(posted(&listener), drip);
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with(b"x") && drops > 1);
    assert!(BODY_WITHIN <= began.elapsed());
    // By the receiver's count, which does not grow while the machine stands still.
    assert!(u128::from(drops) < WITHIN.as_millis() / 2 / 20, "{drops}");
}

#[tokio::test]
async fn no_more_of_a_body_is_read_than_four_kibibytes_and_what_was_on_its_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let flood = async {
        let mut stream = take(&listener).await;
        let mut sent = 0;
        while let Ok(size) = stream.write(&[b'x'; 64 * 1024]).await {
            sent += size;
        }
        sent
    };
    let (answer, sent) = tokio::join!(posted(&listener), flood);
    assert_eq!(answer.expect("an answer").body.len(), ANSWER_BYTES_MAX);
    // What the system takes in before anybody reads it; a reader would go on to a gigabyte, or for a second.
    assert!(sent < 16 * 1024 * 1024, "{sent}");
}

/// Takes a request on a connection and answers it, so that another can follow.
async fn answer_on(stream: &mut TcpStream) {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n{}") {
        let size = stream.read_buf(&mut read).await.expect("a request");
        assert!(size > 0, "the connection is still there");
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await.expect("sent");
}

#[tokio::test]
async fn a_connection_is_used_again_and_closed_when_nobody_uses_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = url_of("http", &listener);
    let lasting = poster(KEPT_ALIVE, RootCertStore::empty());
    let soon = KeptAlive {
        idle_within: Duration::from_millis(100),
        ..KEPT_ALIVE
    };
    let hasty = poster(soon, RootCertStore::empty());
    let receiver = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        for _ in 0..3 {
            answer_on(&mut stream).await;
        }
        let (mut stream, _) = listener.accept().await.expect("a connection");
        answer_on(&mut stream).await;
        // Until the other side closes it.
        stream.read(&mut [0; 16]).await.expect("no reset")
    };
    let sender = async {
        for poster in [&lasting, &lasting, &lasting, &hasty] {
            assert_eq!(post(poster, &url).await.expect("an answer").status, 200);
        }
    };
    let all = async { tokio::join!(receiver, sender) };
    let (read, ()) = tokio::time::timeout(WITHIN, all)
        .await
        .expect("it is closed");
    assert_eq!(read, 0);
}

/// A receiver that speaks HTTP/2, and what a client must trust to reach it.
struct Http2 {
    listener: TcpListener,
    tls: TlsAcceptor,
    roots: RootCertStore,
}

impl Http2 {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("made");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a certificate");
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("a root");
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.expect("a port"),
            tls: Arc::new(tls).into(),
            roots,
        }
    }

    async fn accept(&self) -> TlsStream<TcpStream> {
        let (stream, _) = self.listener.accept().await.expect("a connection");
        let stream = self.tls.accept(stream).await.expect("a session");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
    }
}

#[tokio::test]
async fn batches_share_one_connection_where_the_receiver_speaks_http_2() {
    let receiver = Http2::start().await;
    let url = url_of("https", &receiver.listener);
    let poster = poster(KEPT_ALIVE, receiver.roots.clone());
    let serve = async {
        let stream = receiver.accept().await;
        let service = service_fn(|request: Request<Incoming>| async move {
            assert_eq!(request.version(), http::Version::HTTP_2);
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let server = http2::Builder::new(TokioExecutor::new());
        let served = server.serve_connection(TokioIo::new(stream), service);
        // A second connection would be one too many.
        tokio::select! {
            _ = served => panic!("the connection ended"),
            _ = receiver.accept() => panic!("a second connection"),
        }
    };
    let batches = async {
        // What the receiver speaks is known with the first connection.
        for size in [1, 10, 10] {
            for answer in join_all((0..size).map(|_| post(&poster, &url))).await {
                assert_eq!(answer.expect("an answer").status, 200);
            }
        }
    };
    tokio::select! {
        () = serve => {}
        () = batches => {}
    }
}

#[tokio::test]
async fn a_connection_of_http_2_that_went_silent_is_given_up_and_made_anew() {
    let receiver = Http2::start().await;
    let url = url_of("https", &receiver.listener);
    let soon = KeptAlive {
        asked_every: Duration::from_millis(50),
        answers_within: Duration::from_millis(50),
        ..KEPT_ALIVE
    };
    let poster = poster(soon, receiver.roots.clone());
    let silent = async {
        let stream = receiver.accept().await;
        let (came, arrived) = oneshot::channel::<()>();
        let came = std::sync::Mutex::new(Some(came));
        let service = service_fn(|_: Request<Incoming>| {
            drop(came.lock().expect("nobody panics").take());
            std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
        });
        let server = http2::Builder::new(TokioExecutor::new());
        let mut served = Box::pin(server.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = &mut served => panic!("the connection ended"),
            _ = arrived => {}
        }
        // Nobody looks at the connection from here on, and nobody closes it.
        receiver.accept().await;
        drop(served);
    };
    let attempts = async {
        let outcome = post(&poster, &url).await;
        // Not by the patience with a receiver, which would be a timeout.
        assert_eq!(outcome.err(), Some(ErrorClass::ConnectionBroken));
        // Ends with the connection that it asks for.
        post(&poster, &url).await
    };
    tokio::select! {
        () = silent => {}
        outcome = attempts => panic!("nobody answers: {outcome:?}"),
    }
}

#[test]
fn a_connection_that_went_silent_is_noticed_within_an_attempt() {
    assert!(KEPT_ALIVE.asked_every + KEPT_ALIVE.answers_within < WITHIN);
}
