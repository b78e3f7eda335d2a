//! Opening the page: who starts the clock, and what an address is good for.

use std::time::Duration;

use http::Method;
use tests::TestApp;

use super::{attempts, next_address, session, status};

#[tokio::test]
async fn only_a_real_visit_starts_the_clock() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let document = ("sec-fetch-dest", "document");
    for (method, headers) in [
        (Method::HEAD, vec![document]),
        (Method::GET, vec![]),
        (Method::GET, vec![("sec-fetch-dest", "empty")]),
        (
            Method::GET,
            vec![document, ("sec-purpose", "prefetch;prerender")],
        ),
        (Method::GET, vec![document, ("purpose", "prefetch")]),
    ] {
        let page = app.client().send(method, &url, &headers, "").await;
        assert_eq!(page.status, 200);
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(status(&shop, &session_id).await, "pending");
    }
    assert!(shop.open(&url).await.text.contains(">5:00<"));
    app.clock.advance(Duration::from_secs(100));
    assert!(
        shop.open(&url).await.text.contains(">3:20<"),
        "a second visit does not start it anew"
    );
    app.clock.advance(Duration::from_micros(199_999_900));
    assert!(
        shop.open(&url).await.text.contains(">0:01<"),
        "rounded up: when it is over there, it is over here"
    );
    assert_eq!(status(&shop, &session_id).await, "pending");
    app.clock.advance(Duration::from_micros(100));
    assert_eq!(status(&shop, &session_id).await, "expired", "to the tick");
    for late in [
        shop.open(&url).await,
        shop.pay(&url, "Test User").await,
        shop.submit(&url, &[("action", "cancel")]).await,
    ] {
        assert_eq!(late.status, 200);
        assert_eq!(
            next_address(&late).as_deref(),
            Some("https://tu-sistema.com/pago-error")
        );
    }
    assert_eq!(attempts(&shop, &session_id).await, [""; 0]);
    assert_eq!(status(&shop, &session_id).await, "expired");
}

#[tokio::test]
async fn an_altered_link_is_not_found() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, url) = session(&shop).await;
    let cut = &url[..url.len() - 3];
    for link in [cut, &format!("{}/pay-external/x", app.stack.base_url())] {
        assert_eq!(shop.open(link).await.status, 404);
        assert_eq!(shop.pay(link, "Test User").await.status, 404);
    }
    let headers = [("accept-language", "nl, de-CH;q=0.9")];
    let page = app.client().send(Method::GET, cut, &headers, "").await;
    assert!(page.text.contains("<html lang=\"de\">"), "{}", page.text);
    assert!(
        page.text
            .contains(page.header("x-trace-id").expect("an id"))
    );
}
