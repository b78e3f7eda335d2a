//! `/local`: a page to look at. The last webhooks with the check of their signatures, the deliveries with their attempts, and what a
//! developer does all day as buttons. It has no script: a button is a form, and its answer is the page.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::environment::Environment;

/// Nothing but the page's own style, and forms to this place.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("page.css");

/// What the page shows.
pub(super) struct Shown {
    /// The newest webhooks, as the inbox tells of them.
    pub(super) webhooks: Vec<Value>,
    /// The newest deliveries.
    pub(super) deliveries: Vec<(Environment, Delivery)>,
    /// Sessions that were created here: their ids and where they are paid.
    pub(super) sessions: Vec<(String, String)>,
    /// How many webhooks the inbox will still refuse.
    pub(super) failures: u32,
}

/// The page's style.
pub(super) fn style() -> Response<Full<Bytes>> {
    of_type("text/css; charset=utf-8", STYLE.to_owned())
}

/// Back to the page, after a button.
pub(super) fn back() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let page = HeaderValue::from_static("/local");
    response.headers_mut().insert(header::LOCATION, page);
    response
}

/// The page.
pub(super) fn page(shown: &Shown) -> Response<Full<Bytes>> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>The local stack</title>\
         <link rel=\"stylesheet\" href=\"/local/page.css\"></head><body>\
         <header><h1>The local stack</h1><a href=\"/local\">Look again</a><a href=\"/docs\">The API</a></header>\
         <main>{}<h2>Webhooks</h2>{}<h2>Deliveries</h2>{}\
         <footer>Only here, and only on this machine. As JSON: <a href=\"/local/inbox\">/local/inbox</a>, \
         <a href=\"/local/demo\">/local/demo</a>, <a href=\"/local/health\">/local/health</a>.</footer></main></body></html>",
        tools(shown),
        webhooks(&shown.webhooks),
        deliveries(&shown.deliveries),
    );
    of_type("text/html; charset=utf-8", html)
}

fn of_type(kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn tools(shown: &Shown) -> String {
    let mut html = String::from(
        "<div class=\"tools\"><form class=\"card\" method=\"post\" action=\"/local/create-session\">\
         <label>Merchant<select name=\"webcode\"><option>SHOP01</option><option>SHOP02</option></select></label>\
         <label>Cents<input name=\"value\" type=\"number\" min=\"1\" max=\"99999999\" value=\"15000\" required></label>\
         <button>Create a session</button></form>\
         <form class=\"card\" method=\"post\" action=\"/local/inbox-failures\">\
         <label>The inbox refuses so many webhooks\
         <input name=\"count\" type=\"number\" min=\"0\" max=\"1000\" value=\"",
    );
    put(
        &mut html,
        format_args!(
            "{}\" required></label><button>Set</button></form></div>",
            shown.failures
        ),
    );
    if !shown.sessions.is_empty() {
        html.push_str("<h2>Sessions created here</h2><ul class=\"rows card\">");
        for (id, url) in &shown.sessions {
            put(
                &mut html,
                format_args!(
                    "<li><code>{}</code><a href=\"{}\">Payment page</a></li>",
                    escape(id),
                    escape(url)
                ),
            );
        }
        html.push_str("</ul>");
    }
    html
}

fn webhooks(webhooks: &[Value]) -> String {
    if webhooks.is_empty() {
        return "<p class=\"card none\">None has arrived yet. Create a session, pay it, and look again.</p>".to_owned();
    }
    let mut html = String::from("<ul class=\"rows card\">");
    for webhook in webhooks {
        let text = |value: &Value| escape(value.as_str().unwrap_or_default());
        let (kind, verdict) = if webhook["signatureValid"] == true {
            ("good", "signature right")
        } else {
            ("bad", "signature wrong")
        };
        let refused = webhook["answered"].as_u64();
        let refused = refused.map_or_else(String::new, |status| {
            format!(", <span class=\"bad\">refused with {status}</span>")
        });
        let body = &webhook["body"];
        let pretty = serde_json::to_string_pretty(body).unwrap_or_default();
        let headers = webhook["headers"].as_object().into_iter().flatten();
        let headers: String = headers
            .map(|(name, value)| format!("{}: {}\n", escape(name), text(value)))
            .collect();
        put(
            &mut html,
            format_args!(
                "<li><div><strong>{}</strong> <span class=\"soft\">{}, {}</span><br><code>{}</code></div>\
                 <span class=\"tag\"><span class=\"{kind}\">{verdict}</span>{refused}</span>\
                 <details><summary>{}, headers and body</summary><pre>{headers}\n{}</pre></details></li>",
                text(&body["event_code"]),
                text(&webhook["webcode"]),
                text(&webhook["environment"]),
                text(&body["event_id"]),
                text(&webhook["receivedAt"]),
                escape(&pretty),
            ),
        );
    }
    html.push_str("</ul>");
    html
}

fn deliveries(deliveries: &[(Environment, Delivery)]) -> String {
    if deliveries.is_empty() {
        return "<p class=\"card none\">There is none yet.</p>".to_owned();
    }
    let mut html = String::from("<ul class=\"rows card\">");
    for (environment, delivery) in deliveries {
        let (kind, state) = match delivery.state {
            DeliveryState::Waiting => ("wait", "waiting"),
            DeliveryState::Sending => ("wait", "sending"),
            DeliveryState::Delivered => ("good", "delivered"),
            DeliveryState::Failed => ("bad", "failed"),
            DeliveryState::Skipped => ("soft", "skipped"),
        };
        let due = delivery
            .due_at
            .map_or_else(String::new, |due_at| format!(", due {}", due_at.iso()));
        put(
            &mut html,
            format_args!(
                "<li><div><span class=\"tag {kind}\">{state}</span> <span class=\"soft\">{}, {environment}{due}</span><br>\
                 <code>{}</code></div>\
                 <form method=\"post\" action=\"/local/resend\"><input type=\"hidden\" name=\"webcode\" value=\"{}\">\
                 <input type=\"hidden\" name=\"environment\" value=\"{environment}\">\
                 <input type=\"hidden\" name=\"event\" value=\"{}\"><button>Send again</button></form>\
                 <details><summary>{}</summary>{}</details></li>",
                escape(delivery.webcode.as_str()),
                escape(&delivery.event_id),
                escape(delivery.webcode.as_str()),
                escape(&delivery.event_id),
                count(delivery.attempts.len()),
                attempts(delivery),
            ),
        );
    }
    html.push_str("</ul>");
    html
}

fn count(attempts: usize) -> String {
    match attempts {
        0 => "no attempt yet".to_owned(),
        1 => "1 attempt".to_owned(),
        many => format!("{many} attempts"),
    }
}

fn attempts(delivery: &Delivery) -> String {
    let mut html = String::from("<table><tr><th>At<th>Answer<th>Took");
    for attempt in &delivery.attempts {
        let status = attempt.status.map(|status| status.to_string());
        let error = attempt.error.map(|error| error.to_string());
        put(
            &mut html,
            format_args!(
                "<tr><td>{}<td>{}<td>{} ms",
                attempt.at.iso(),
                escape(&status.or(error).unwrap_or_default()),
                attempt.duration_ms
            ),
        );
    }
    html.push_str("</table>");
    if let Some(answer) = &delivery.last_answer {
        put(&mut html, format_args!("<pre>{}</pre>", escape(answer)));
    }
    html
}

/// Appends. A string takes everything.
fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    if html.write_fmt(text).is_err() {
        unreachable!("a string takes everything");
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn whatever_arrives_is_text_and_the_policy_allows_no_script() {
        let hostile = "<script>alert(1)</script>\"";
        let webhook = json!({
            "receivedAt": hostile, "webcode": hostile, "environment": "test", "headers": {hostile: hostile},
            "body": {"event_code": hostile, "event_id": hostile}, "signatureValid": false, "answered": 503,
        });
        let shown = Shown {
            webhooks: vec![webhook],
            deliveries: Vec::new(),
            sessions: vec![(hostile.to_owned(), hostile.to_owned())],
            failures: 2,
        };
        let response = page(&shown);
        let policy = &response.headers()[header::CONTENT_SECURITY_POLICY];
        assert!(!policy.to_str().expect("text").contains("unsafe"));
        let body = response.into_body().collect().await.expect("a body");
        let html = String::from_utf8(body.to_bytes().to_vec()).expect("text");
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains(" style="), "the policy would refuse it");
        for part in ["signature wrong", "refused with 503", "value=\"2\""] {
            assert!(html.contains(part), "{part}");
        }
    }
}
