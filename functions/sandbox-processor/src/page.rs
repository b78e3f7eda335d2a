//! The hosted page: what is paid, and a yes or a no. Whoever knows its address is the customer.
//!
//! A form and two buttons, in HTML that the compiler checks: there is no script, nothing is loaded, and the style is allowed by its
//! hash. There is no `form-action` in the policy, because browsers hold it against every redirect after a submit, also against
//! those of the shop that the customer goes back to.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method, Response, StatusCode, header};
use lambda_http::Body;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use shared::domain::time::Ticks;
use shared::http::ApiRequest;
use shared::store::retry::chain;
use subtle::ConstantTimeEq;

use crate::answer::Refusal;
use crate::domain::payment::{Payment, State};
use crate::{Sandbox, ask, route, tell};

const STYLE: &str = include_str!("../assets/page.css");

/// Between a payment's name and its secret in the page's address.
const SEPARATOR: char = '.';

/// The address of a payment's page.
pub(crate) fn address(request: &ApiRequest, payment: &Payment) -> String {
    let (origin, base) = (ask::origin(request), route::BASE);
    let (name, secret) = (&payment.payment_id, &payment.page_secret);
    format!("{origin}{base}/page/{name}{SEPARATOR}{secret}")
}

/// Answers a visit or a submit.
pub(crate) async fn answer(sandbox: &Sandbox, request: &ApiRequest) -> Response<Body> {
    let outcome = match *request.method() {
        Method::POST => submit(sandbox, request).await,
        _ => show(sandbox, request).await,
    };
    outcome.unwrap_or_else(|refusal| {
        if let Refusal::Unavailable(cause) = &refusal {
            tracing::error!(cause = chain(cause), "failed");
        }
        let status = refusal.entry().0;
        let html = match status {
            StatusCode::NOT_FOUND => message(
                "This page does not exist",
                "Check the address, or go back to the shop and start again.",
            ),
            status if status.is_client_error() => message(
                "That was not understood",
                "Go back and use one of the two buttons.",
            ),
            _ => message(
                "Something went wrong",
                "Nothing was paid. Load the page again in a moment.",
            ),
        };
        respond(status, html)
    })
}

async fn show(sandbox: &Sandbox, request: &ApiRequest) -> Result<Response<Body>, Refusal> {
    let mut payment = find(sandbox, request).await?;
    let now = sandbox.clock.now();
    payment.advance(now);
    Ok(respond(StatusCode::OK, page(&payment, now)))
}

/// Takes the customer's answer, tells the caller, and sends the customer on. An answer to a page that is decided changes nothing.
async fn submit(sandbox: &Sandbox, request: &ApiRequest) -> Result<Response<Body>, Refusal> {
    request.check_size()?;
    let approved = match ask::field(request.body(), "answer").as_deref() {
        Some("approve") => true,
        Some("decline") => false,
        _ => return Err(Refusal::invalid("answer must be approve or decline")),
    };
    let payment = find(sandbox, request).await?;
    let now = sandbox.clock.now();
    let changed = sandbox
        .ledger
        .change(&payment.payment_id, now, |payment: &mut Payment| {
            payment.decide(approved, now);
        })
        .await?;
    let (payment, ()) = changed.ok_or(Refusal::NotFound)?;
    if let Err(error) = tell::at_once(sandbox, &payment).await {
        // The answer is recorded, and the callback with it: the next tick tells.
        tracing::error!(cause = chain(&error), "the callback is left to the tick");
    }
    // Without an address to go on to, to the page itself, which shows how it ended.
    let next = payment.next_url().or_else(|| request.path_name());
    let next = HeaderValue::try_from(next.unwrap_or_default())
        .map_err(|_| Refusal::invalid("the redirect is no address"))?;
    let mut response = respond(StatusCode::SEE_OTHER, html! {});
    response.headers_mut().insert(header::LOCATION, next);
    Ok(response)
}

/// The payment of a page's address. One that does not know the secret does not know the payment.
async fn find(sandbox: &Sandbox, request: &ApiRequest) -> Result<Payment, Refusal> {
    let id = route::last_part(request.path());
    let (name, secret) = id.split_once(SEPARATOR).ok_or(Refusal::NotFound)?;
    let found = sandbox.ledger.find::<Payment>(name).await?;
    let payment = found.ok_or(Refusal::NotFound)?.value;
    let is_known: bool = payment
        .page_secret
        .as_bytes()
        .ct_eq(secret.as_bytes())
        .into();
    is_known.then_some(payment).ok_or(Refusal::NotFound)
}

/// The page of a payment.
fn page(payment: &Payment, now: Ticks) -> Markup {
    match payment.state {
        State::Open { until } => question(payment, minutes_left(until, now)),
        State::Pending { .. } | State::Accepted { .. } => end(
            payment,
            "Payment approved",
            "You can go back to the shop now.",
        ),
        State::Failed { .. } => end(
            payment,
            "Nothing was paid",
            "The payment was declined, or its time is over.",
        ),
    }
}

/// Minutes until the page is over, rounded up.
fn minutes_left(until: Ticks, now: Ticks) -> u64 {
    until.since(now).as_secs().div_ceil(60)
}

fn question(payment: &Payment, minutes: u64) -> Markup {
    let action = if payment.asked.pre_auth {
        "Reserve"
    } else {
        "Pay"
    };
    let answer = |answer: &'static str, class: &'static str, text: String| {
        html! {
            form method="post" {
                button class=(class) name="answer" value=(answer) { (text) }
            }
        }
    };
    document(
        "Approve the payment",
        &html! {
            section.order {
                h1 { (action) " with the sandbox bank" }
                p.amount { (payment.asked.amount) }
                dl {
                    div { dt { "Reference" } dd { (payment.asked.shop_transaction_id) } }
                    div { dt { "Time left" } dd { (minutes) @if minutes == 1 { " minute" } @else { " minutes" } } }
                }
            }
            div.answers {
                (answer("approve", "main", format!("Approve {}", payment.asked.amount)))
                (answer("decline", "second", "Decline".to_owned()))
            }
            p.hint { "Here a bank would ask who you are. The sandbox takes your word for it." }
        },
    )
}

fn end(payment: &Payment, heading: &str, text: &str) -> Markup {
    document(
        heading,
        &html! {
            h1 { (heading) }
            p.amount { (payment.asked.amount) }
            p { (text) }
            @if let Some(url) = payment.next_url() {
                a.main href=(url) rel="noreferrer" { "Back to the shop" }
            }
        },
    )
}

fn message(heading: &str, text: &str) -> Markup {
    document(heading, &html! { h1 { (heading) } p { (text) } })
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                meta name="format-detection" content="telephone=no";
                title { (title) " · Sandbox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { strong { "Sandbox" } " · No money moves here, whatever you choose." }
                main { (body) }
            }
        }
    }
}

/// A response that nobody frames, caches or adds to.
fn respond(status: StatusCode, html: Markup) -> Response<Body> {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let style = STANDARD.encode(Sha256::digest(STYLE));
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'"
        )
    });
    let mut response = Response::new(Body::Text(html.into_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::domain::external::PayRequest;

    use super::*;
    use crate::domain::asked::Asked;

    const NOW: Ticks = Ticks::from_unix_seconds(1_782_000_000);

    fn payment(change: impl FnOnce(&mut serde_json::Value)) -> Payment {
        let mut body = json!({
            "amount": 12_345, "currency": "EUR", "shopTransactionId": "<b>ORD-1</b>",
            "successRedirectUrl": "https://shop.example/ok?a=1&b=%22",
            "failureRedirectUrl": "https://shop.example/ko",
        });
        change(&mut body);
        let request: PayRequest = serde_json::from_value(body).expect("a request");
        let asked = Asked::read(request).expect("in order");
        Payment::asked_for("sbx_1".to_owned(), asked, "secret".to_owned(), NOW)
    }

    #[test]
    fn the_page_shows_what_is_paid_and_asks_for_a_yes_or_a_no() {
        let html = page(&payment(|_| {}), NOW).into_string();
        for part in [
            "123.45 EUR",
            "&lt;b&gt;ORD-1&lt;/b&gt;",
            "15 minutes",
            "Pay with",
            "Sandbox",
            r#"value="approve""#,
            r#"value="decline""#,
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("<script") && !html.contains(" style="));
        let reserved = payment(|body| body["providerData"] = json!({ "preAuth": true }));
        assert!(page(&reserved, NOW).into_string().contains("Reserve with"));
    }

    #[test]
    fn a_page_that_is_decided_leads_back() {
        for (approved, heading, url) in [
            (
                true,
                "Payment approved",
                "https://shop.example/ok?a=1&amp;b=%22",
            ),
            (false, "Nothing was paid", "https://shop.example/ko"),
        ] {
            let mut payment = payment(|_| {});
            payment.decide(approved, NOW);
            let html = page(&payment, NOW).into_string();
            assert!(html.contains(heading) && html.contains(url), "{html}");
            assert!(!html.contains("<form"), "{html}");
        }
    }

    #[test]
    fn the_policy_names_the_hash_of_the_style_that_is_in_the_page() {
        let response = respond(StatusCode::OK, page(&payment(|_| {}), NOW));
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .expect("a text")
            .to_owned();
        let Body::Text(html) = response.body() else {
            panic!("a page");
        };
        let (_, style) = html.split_once("<style>").expect("a style");
        let (style, rest) = style.split_once("</style>").expect("its end");
        assert!(!rest.contains("<style"));
        let hash = STANDARD.encode(Sha256::digest(style));
        assert!(policy.contains(&format!("style-src 'sha256-{hash}'")));
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn minutes_are_rounded_up() {
        for (seconds, minutes) in [(900, 15), (899, 15), (61, 2), (60, 1), (1, 1), (0, 0)] {
            let until = Ticks::from_unix_seconds(NOW.unix_seconds() + seconds);
            assert_eq!(minutes_left(until, NOW), minutes, "{seconds}");
        }
    }
}
