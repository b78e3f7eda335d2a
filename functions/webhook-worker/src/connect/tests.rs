//! Ways into somebody's network, each of which a webhook's address could be: none gets a connection.

use std::sync::Mutex;

use shared::domain::delivery::ErrorClass;
use tokio::net::TcpListener;

use super::*;
use crate::post::{Post, Poster};

/// Something private that listens, and must never be reached.
struct Private {
    listener: TcpListener,
    port: u16,
}

impl Private {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        Self { listener, port }
    }

    /// Whether somebody connected. A connection that was made is there at once, on this machine.
    async fn was_reached(&self) -> bool {
        let accepted = std::future::poll_fn(|context| match self.listener.poll_accept(context) {
            Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
            Poll::Pending => Poll::Ready(None),
        });
        accepted.await.is_some()
    }
}

async fn post(poster: &Poster, url: &str) -> Result<u16, ErrorClass> {
    let post = Post {
        url,
        body: "{}",
        headers: std::array::from_fn(|_| ("x-test", String::new())),
    };
    poster.post(post).await.map(|answer| answer.status)
}

/// Names that lead where their owner wishes, in turn.
fn dns(answers: &'static [&'static str]) -> Resolver {
    let asked = Arc::new(Mutex::new(0));
    Arc::new(move |_, port| {
        let mut asked = asked.lock().expect("nobody panics");
        let answer = answers[*asked % answers.len()];
        *asked += 1;
        let addresses = answer.split(' ').map(|address| {
            let address: IpAddr = address.parse().expect(address);
            SocketAddr::new(address, port)
        });
        let addresses: Vec<SocketAddr> = addresses.collect();
        Box::pin(async move { Ok(addresses) })
    })
}

#[tokio::test]
async fn no_spelling_of_an_address_leads_into_a_network() {
    let private = Private::start().await;
    let port = private.port;
    let poster = Poster::new(&[]).expect("a client");
    for host in [
        // IPv4: loopback, private, link-local, shared, this network, reserved.
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "0",
        "255.255.255.255",
        // Decimal, octal, hexadecimal and short spellings, which resolvers understand.
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.1",
        "3232235521",
        "0xa9fea9fe",
        // IPv6: loopback, any, unique local, link-local, multicast, documentation.
        "[::1]",
        "[::]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        // IPv4 inside of IPv6: mapped, compatible, NAT64, 6to4, Teredo.
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::10.0.0.1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::]",
        "[2001::1]",
        // Metadata services.
        "168.63.129.16",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "[fd00:c1::a9fe:a9fe]",
        "[::ffff:169.254.169.254]",
        "[::ffff:0:169.254.169.254]",
        // Names of this machine.
        "localhost",
        "LOCALHOST",
        // User info.
        "shop.example@127.0.0.1",
        "shop.example:443@127.0.0.1",
        "93.184.216.34@localhost",
    ] {
        for scheme in ["https", "http"] {
            let url = format!("{scheme}://{host}:{port}/hook");
            let uri: Uri = url.parse().expect("a URI");
            let refusal = Guarded::new(&[]).connect(uri).await;
            let refusal = refusal.err().and_then(io::Error::into_inner);
            let is_refused = refusal.is_some_and(|inner| inner.is::<Refused>());
            assert!(is_refused, "{url}: it is decided upon, and not by chance");
            let outcome = post(&poster, &url).await;
            assert_eq!(outcome, Err(ErrorClass::AddressNotAllowed), "{url}");
            assert!(!private.was_reached().await, "{url}");
        }
    }
    for url in [
        // Resolvers differ about whether it is a name.
        format!("https://localhost.:{port}/"),
        format!("http://localhost.:{port}/"),
        format!("https://shop.example\\@127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}\\@shop.example/"),
        format!("https://127.0.0.1:{port}#@shop.example/"),
        format!("https://127.0.0.1:{port}?@shop.example/"),
        format!("//127.0.0.1:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        "file:///etc/hostname".to_owned(),
        "unix:/run/socket".to_owned(),
        String::new(),
    ] {
        assert!(post(&poster, &url).await.is_err(), "{url}");
        assert!(!private.was_reached().await, "{url}");
    }
}

#[tokio::test]
async fn a_literal_address_that_may_not_be_reached_is_refused_before_any_connection() {
    for host in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        // Numbers, which TLS takes for no name at all.
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.1",
        "3232235521.",
        "93.184.216.34.1",
    ] {
        let poster = Poster::new(&[]).expect("a client");
        let outcome = post(&poster, &format!("https://{host}/")).await;
        assert_eq!(outcome, Err(ErrorClass::AddressNotAllowed), "{host}");
    }
}

#[test]
fn a_certificate_must_have_the_name_that_was_asked_for() {
    let name = |url: &str| Guarded::name_of(&url.parse().expect("a URI"));
    for (url, expected) in [
        ("https://shop.example/hook", "shop.example"),
        ("https://1.shop4.example:8443/", "1.shop4.example"),
        ("https://93.184.216.34/", "93.184.216.34"),
        ("https://[2606:2800:220:1::1]/", "2606:2800:220:1::1"),
    ] {
        let name = name(url).expect(url);
        assert_eq!(name.to_str(), expected, "{url}");
    }
    // No name, and no address either: nobody is there.
    let refusal = name("https://-_-..example/").expect_err("no name");
    assert!(!refusal.is::<Refused>());
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_gets_no_connection() {
    let private = Private::start().await;
    let url = format!("https://shop.example:{}/hook", private.port);
    for answers in [
        &["127.0.0.1"][..],
        &["10.0.0.1"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["169.254.169.254"],
        // Several at once, and another one each time.
        &["127.0.0.1 ::1 10.0.0.1"],
        &["10.0.0.1", "127.0.0.1"],
    ] {
        let guarded = Guarded::resolving(&[], dns(answers));
        let poster = Poster::over(guarded).expect("a client");
        for _ in 0..2 {
            let outcome = post(&poster, &url).await;
            assert_eq!(outcome, Err(ErrorClass::AddressNotAllowed), "{answers:?}");
        }
        assert!(!private.was_reached().await, "{answers:?}");
    }
}

#[tokio::test]
async fn the_address_that_was_decided_upon_is_the_one_that_is_connected_to() {
    let private = Private::start().await;
    // Allowed when it is looked at, and private for whoever asks a second time (DNS rebinding). Nobody is at the allowed one:
    // another loopback address, which stands for a public one, and on which nothing listens.
    let allowed = [Network::parse("127.0.0.2/32").expect("an address")];
    let guarded = Guarded::resolving(&allowed, dns(&["127.0.0.2", "127.0.0.1"]));
    let uri: Uri = format!("http://shop.example:{}/", private.port)
        .parse()
        .expect("a URI");
    let failed = guarded.connect(uri).await.expect_err("nobody is there");
    assert_eq!(failed.kind(), io::ErrorKind::ConnectionRefused);
    assert!(!private.was_reached().await);
    // Of several addresses only those that may be are tried.
    let guarded = Guarded::resolving(&allowed, dns(&["127.0.0.1 127.0.0.2"]));
    let uri: Uri = format!("http://shop.example:{}/", private.port)
        .parse()
        .expect("a URI");
    assert!(guarded.connect(uri).await.is_err());
    assert!(!private.was_reached().await);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (private, public) = (Private::start().await, Private::start().await);
    let allowed = [Network::parse("127.0.0.0/8").expect("a range")];
    let poster = Poster::new(&allowed).expect("a client");
    let answer = async {
        let (mut stream, _) = public.listener.accept().await.expect("a connection");
        let mut read = [0; 2048];
        let size = stream.read(&mut read).await.expect("a request");
        assert!(size > 0);
        let redirect = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n",
            private.port
        );
        stream.write_all(redirect.as_bytes()).await.expect("sent");
    };
    let url = format!("http://127.0.0.1:{}/", public.port);
    let (outcome, ()) = tokio::join!(post(&poster, &url), answer);
    assert_eq!(outcome, Ok(307));
    assert!(!private.was_reached().await);
}

#[tokio::test]
async fn this_machine_is_reached_only_where_nothing_else_is_meant() {
    let private = Private::start().await;
    let uri: Uri = format!("http://127.0.0.1:{}/", private.port)
        .parse()
        .expect("a URI");
    let over = |allowed: &[&str]| {
        let allowed = allowed.iter().map(|text| Network::parse(text));
        let allowed: Result<Vec<Network>, _> = allowed.collect();
        Guarded::new(&allowed.expect("networks"))
    };
    let connected = over(&["0.0.0.0/0", "::/0"]).connect(uri.clone()).await;
    assert!(connected.is_err() && !private.was_reached().await);
    let connected = over(&["127.0.0.0/8"]).connect(uri).await;
    assert!(connected.is_ok() && private.was_reached().await);
}

#[tokio::test]
async fn metadata_services_are_out_of_reach_whatever_is_allowed() {
    for address in [
        "169.254.169.254",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::",
        "168.63.129.16",
        "169.254.170.2",
    ] {
        let allowed = [
            Network::parse("0.0.0.0/0").expect("a range"),
            Network::parse("::/0").expect("a range"),
        ];
        let host = match address.contains(':') {
            true => format!("[{address}]"),
            false => address.to_owned(),
        };
        let uri: Uri = format!("https://{host}/").parse().expect("a URI");
        let refusal = Guarded::new(&allowed).connect(uri).await;
        let refusal = refusal.err().and_then(io::Error::into_inner);
        let is_refused = refusal.is_some_and(|inner| inner.is::<Refused>());
        assert!(is_refused, "{address}");
    }
}

#[tokio::test]
async fn of_several_addresses_the_one_that_answers_is_taken() {
    let private = Private::start().await;
    let allowed = [Network::parse("127.0.0.0/8").expect("a range")];
    let guarded = Guarded::resolving(&allowed, dns(&["127.0.0.2 127.0.0.3 127.0.0.1"]));
    let uri: Uri = format!("http://shop.example:{}/", private.port)
        .parse()
        .expect("a URI");
    assert!(guarded.connect(uri).await.is_ok());
    assert!(private.was_reached().await);
}

#[tokio::test]
async fn whoever_takes_a_connection_and_speaks_no_tls_costs_three_seconds() {
    let private = Private::start().await;
    let allowed = [Network::parse("127.0.0.0/8").expect("a range")];
    let poster = Poster::new(&allowed).expect("a client");
    let began = tokio::time::Instant::now();
    let url = format!("https://127.0.0.1:{}/", private.port);
    assert_eq!(post(&poster, &url).await, Err(ErrorClass::Timeout));
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(3), "{took:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// An address that drops whatever is sent to it: a listener whose queue is full.
async fn silent(port: u16) -> (SocketAddr, TcpListener, Vec<TcpStream>) {
    let address = SocketAddr::from(([127, 0, 0, 2], port));
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(address).expect("the same port beside it");
    let listener = socket.listen(1).expect("a listener");
    let mut queue = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await
    {
        queue.push(connected.expect("a connection"));
        assert!(queue.len() < 100, "it takes them all");
    }
    (address, listener, queue)
}

#[tokio::test]
async fn an_address_that_drops_everything_holds_the_others_up_for_a_moment() {
    let private = Private::start().await;
    let answering = SocketAddr::from(([127, 0, 0, 1], private.port));
    let refusing = SocketAddr::from(([127, 0, 0, 3], private.port));
    let (silent, _listener, _queue) = silent(private.port).await;
    let connected = connect_to_one_of(vec![silent, refusing, answering]).await;
    assert_eq!(
        connected.expect("one").peer_addr().expect("open"),
        answering
    );
    // It is waited for all the same: nobody knows that it won't answer.
    let waited = tokio::time::timeout(
        Duration::from_millis(600),
        connect_to_one_of(vec![silent, refusing]),
    );
    assert!(waited.await.is_err(), "what failed was not the last word");
    let refused = connect_to_one_of(vec![refusing]).await;
    assert_eq!(
        refused.expect_err("nobody").kind(),
        io::ErrorKind::ConnectionRefused
    );
}
