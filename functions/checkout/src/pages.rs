//! The pages, as plain HTML that works without JavaScript. Every value is escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use sha2::{Digest, Sha256};
use shared::domain::session::{Session, SessionStatus};
use shared::domain::time::Ticks;
use shared::http::ApiError;

const STYLE: &str = include_str!("page.css");
const COUNTDOWN: &str = include_str!("countdown.js");

/// A page, before it becomes a response.
pub(crate) struct Page {
    /// Which one, for the log.
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    title: &'static str,
    /// In the head: where to go on, and when.
    refresh: Option<(u64, String)>,
    body: String,
}

impl Page {
    fn new(name: &'static str, title: &'static str, body: String) -> Self {
        Self {
            name,
            status: StatusCode::OK,
            title,
            refresh: None,
            body,
        }
    }

    /// The same page as an answer to a form that cannot be taken.
    pub(crate) const fn unprocessable(mut self) -> Self {
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// The response, with the headers that keep others from framing, caching or adding to it.
    pub(crate) fn into_response(self, trace_id: &str, head_only: bool) -> Response<Body> {
        let html = self.html();
        let mut response = Response::new(if head_only {
            Body::Empty
        } else {
            Body::Text(html)
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, policy().as_str()),
            (HeaderName::from_static("x-trace-id"), trace_id),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        response
    }

    fn html(&self) -> String {
        let refresh = self
            .refresh
            .as_ref()
            .map_or_else(String::new, |(seconds, url)| {
                format!(
                    "<meta http-equiv=\"refresh\" content=\"{seconds};url={}\">",
                    escape(url)
                )
            });
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\">{refresh}<title>{}</title><style>{STYLE}</style></head>\
             <body><main><h1>{}</h1>{}</main></body></html>",
            self.title, self.title, self.body
        )
    }
}

/// Only our own style and script may run, by their hashes.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
        hash(STYLE),
        hash(COUNTDOWN)
    )
}

/// The card form of the simulation.
pub(crate) fn form(session: &Session, problem: Option<&str>, now: Ticks) -> Page {
    let problem = problem.map_or_else(String::new, |problem| {
        format!(
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escape(problem)
        )
    });
    let left = session.page_ends_at().map(|end| end.since(now).as_secs());
    let countdown = left.map_or_else(String::new, |seconds| {
        format!(
            "<p>Time left: <strong id=\"countdown\" data-seconds=\"{seconds}\">{}:{:02}</strong></p>",
            seconds / 60,
            seconds % 60
        )
    });
    let description = session
        .description
        .as_deref()
        .map_or_else(String::new, |text| {
            format!("<p class=\"description\">{}</p>", escape(text))
        });
    let mut page = Page::new(
        "form",
        "Payment",
        format!(
            "<p class=\"test\">Test mode: no money is moved, and no real card works here.</p>\
             <p class=\"amount\">{}</p>{description}{countdown}{problem}\
             <form method=\"post\" autocomplete=\"on\">{FORM_FIELDS}</form><script>{COUNTDOWN}</script>",
            session.amount
        ),
    );
    // When the time is over the page asks the server again, which knows.
    page.refresh = left.map(|seconds| (seconds + 1, String::new()));
    page
}

const FORM_FIELDS: &str = "\
<label>Card number<input name=\"cardNumber\" inputmode=\"numeric\" autocomplete=\"cc-number\" maxlength=\"30\" required></label>\
<div class=\"row\"><label>Month<input name=\"expiryMonth\" inputmode=\"numeric\" placeholder=\"MM\" maxlength=\"2\" autocomplete=\"cc-exp-month\" required></label>\
<label>Year<input name=\"expiryYear\" inputmode=\"numeric\" placeholder=\"YY\" maxlength=\"2\" autocomplete=\"cc-exp-year\" required></label>\
<label>Security code<input name=\"cvc\" inputmode=\"numeric\" maxlength=\"4\" autocomplete=\"cc-csc\" required></label></div>\
<label>Name on card<input name=\"holderName\" autocomplete=\"cc-name\" minlength=\"3\" maxlength=\"100\" required></label>\
<button name=\"action\" value=\"pay\">Pay</button>\
<button class=\"quiet\" name=\"action\" value=\"cancel\" formnovalidate>Cancel and return to the shop</button>";

/// The payment went well. Right after it the page goes on by itself, because a redirect after a POST is blocked by
/// `form-action`; later it only links back.
pub(crate) fn paid(url: &str, sends_on: bool) -> Page {
    let (name, title) = if sends_on {
        ("redirecting", "Redirecting…")
    } else {
        ("paid", "Payment complete")
    };
    let body = format!(
        "<p>Your payment is complete.</p><p><a href=\"{}\">Continue to the shop</a></p>",
        escape(url)
    );
    let mut page = Page::new(name, title, body);
    page.refresh = sends_on.then(|| (0, url.to_owned()));
    page
}

/// The session ended without a payment.
pub(crate) fn not_paid(session: &Session, status: SessionStatus, sends_on: bool) -> Page {
    let (title, text) = match status {
        SessionStatus::Expired => (
            "Time is over",
            "The time to pay is over. Nothing was charged.",
        ),
        SessionStatus::Cancelled => (
            "Payment cancelled",
            "You cancelled the payment. Nothing was charged.",
        ),
        _ => ("Payment failed", "The payment failed. Nothing was charged."),
    };
    let next = if sends_on {
        "<p>Redirecting…</p>"
    } else {
        ""
    };
    let body = format!(
        "<p>{text}</p>{next}<p><a href=\"{}\">Return to the shop</a></p>",
        escape(&session.url_ko)
    );
    let mut page = Page::new(status.as_str(), title, body);
    page.refresh = sends_on.then(|| (2, session.url_ko.clone()));
    page
}

/// A Live session, while no processor is connected.
pub(crate) fn no_processor(session: &Session) -> Page {
    let body = format!(
        "<p>This shop cannot take payments yet: no payment processor is configured. Nothing was charged.</p>\
         <p><a href=\"{}\">Return to the shop</a></p>",
        escape(&session.url_ko)
    );
    let mut page = Page::new("no processor", "Payment not available", body);
    page.status = StatusCode::SERVICE_UNAVAILABLE;
    page
}

/// Something is wrong with the address or with us.
pub(crate) fn error(error: &ApiError, trace_id: &str) -> Page {
    let status = crate::status_of(error);
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (
            "Page not found",
            "This payment link is not valid. Go back to the shop and try again.",
        ),
        status if status.is_client_error() => {
            ("Request not understood", "The form could not be read.")
        }
        _ => (
            "Something went wrong",
            "The result could not be confirmed. Load the page again in a moment.",
        ),
    };
    let body = format!("<p>{text}</p><p class=\"trace\">{}</p>", escape(trace_id));
    let mut page = Page::new("error", title, body);
    page.status = status;
    page
}

/// Makes a text harmless in HTML, in elements as well as in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        let escaped = escape("<script>alert('x')</script> & \"quotes\"");
        assert_eq!(
            escaped,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quotes&quot;"
        );
    }

    /// What stands between an opening and a closing tag.
    fn inside<'a>(html: &'a str, tag: &str) -> &'a str {
        let (_, rest) = html.split_once(&format!("<{tag}>")).expect("the tag");
        rest.split_once(&format!("</{tag}>")).expect("its end").0
    }

    #[test]
    fn the_policy_names_the_hashes_of_what_the_page_contains() {
        let session: Session = serde_json::from_value(serde_json::json!({
            "sessionId": "SHOP01-EXTT-17195000001234", "webcode": "SHOP01",
            "amount": { "value": 1, "currency": "EUR" }, "urlOk": "https://a.example", "urlKo": "https://a.example",
            "countryCode": "ES", "shopperLocale": "es-ES", "isPreAuth": false, "status": "pending",
        }))
        .expect("a session");
        let html = form(&session, None, session.session_id.created_at()).html();
        let policy = policy();
        for (directive, tag) in [("style-src", "style"), ("script-src", "script")] {
            let hash = STANDARD.encode(Sha256::digest(inside(&html, tag)));
            assert!(
                policy.contains(&format!("{directive} 'sha256-{hash}'")),
                "{tag}: {policy}"
            );
        }
        assert!(!policy.contains("unsafe"));
    }
}
