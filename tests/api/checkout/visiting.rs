//! Opening the page: who starts the clock, and what an address is good for.

use std::time::Duration;

use futures_util::future::{join, join_all};
use http::Method;
use shared::domain::environment::Environment;
use tests::TestApp;

use super::{attempts, next_address, session, status};

#[tokio::test]
async fn only_a_real_visit_starts_the_clock() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (session_id, url) = session(&shop).await;
    let document = ("sec-fetch-dest", "document");
    for (method, headers, expected) in [
        (Method::HEAD, vec![document], 200),
        (Method::GET, vec![], 200),
        (Method::GET, vec![("sec-fetch-dest", "empty")], 200),
        (Method::GET, vec![("sec-fetch-dest", "iframe")], 200),
        // What is refused is asked for again when it is wanted; what is not would be shown without a visit.
        (
            Method::GET,
            vec![document, ("sec-purpose", "prefetch;prerender")],
            503,
        ),
        (Method::GET, vec![document, ("purpose", "prefetch")], 503),
        (Method::GET, vec![document, ("x-purpose", "preview")], 503),
    ] {
        let page = app.client().send(method, &url, &headers, "").await;
        assert_eq!(page.status, expected, "{headers:?}");
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
    // A phone wakes up: for an hour the page still goes on by itself, and a submit always does.
    app.clock.advance(Duration::from_secs(3599));
    assert!(next_address(&shop.open(&url).await).is_some());
    app.clock.advance(Duration::from_secs(1));
    let page = shop.open(&url).await;
    assert!(
        next_address(&page).is_none() && page.text.contains("https://tu-sistema.com/pago-error")
    );
    assert!(next_address(&shop.pay(&url, "Test User").await).is_some());
}

#[tokio::test]
async fn a_browser_that_says_nothing_gets_the_whole_page() {
    let app = TestApp::start().await;
    let shop = app.shop();
    let (_, url) = session(&shop).await;
    let page = app.client().send(Method::GET, &url, &[], "").await;
    assert!(page.text.contains("<script>") && page.text.contains("cc-number"));
    assert!(
        !page.text.contains("role=\"timer\""),
        "but no clock runs yet"
    );
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

/// Whatever is faster, the customer, the merchant and the session agree.
#[tokio::test]
async fn a_submit_that_races_the_end_of_the_time_has_one_outcome() {
    let app = TestApp::start().await;
    let shop = app.shop();
    for round in 0..8 {
        app.clock.advance(Duration::from_secs(1));
        let (session_id, url) = session(&shop).await;
        shop.open(&url).await;
        app.clock.advance(Duration::from_micros(299_999_900));
        let submits = join_all((0..8).map(|_| shop.pay(&url, "Test User")));
        let ending = async {
            if round % 2 == 0 {
                app.clock.advance(Duration::from_micros(100));
            }
            app.stack
                .sweep(Environment::Test, 0)
                .await
                .expect("a sweep");
            app.settle().await;
        };
        let (pages, ()) = join(submits, ending).await;
        app.clock.advance(Duration::from_secs(1));
        app.stack
            .sweep(Environment::Test, 0)
            .await
            .expect("a sweep");
        app.settle().await;

        let (ended, attempts) = (
            status(&shop, &session_id).await,
            attempts(&shop, &session_id).await,
        );
        let went_to = |address: &str| {
            pages
                .iter()
                .filter(|page| next_address(page).is_some_and(|next| next.starts_with(address)))
                .count()
        };
        match ended.as_str() {
            "completed" => {
                assert_eq!(attempts, ["authorised"]);
                assert!(went_to("https://tu-sistema.com/pago-ok?data=") >= 1);
            }
            "expired" => {
                assert_eq!(attempts, [""; 0]);
                assert_eq!(went_to("https://tu-sistema.com/pago-error"), 8);
            }
            other => panic!("{other}"),
        }
        let told = app.told("SHOP01").await;
        let of_session: Vec<_> = told
            .iter()
            .filter(|body| body["data"]["sessionId"] == session_id)
            .map(|body| body["event_code"].as_str().expect("a code"))
            .collect();
        let expected = if ended == "completed" {
            "AUTHORISATION"
        } else {
            "SESSION_EXPIRED"
        };
        assert_eq!(of_session, [expected]);
    }
}
