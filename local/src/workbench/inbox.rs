//! Where the demo merchants' webhooks arrive, unless they are pointed elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use shared::domain::environment::Environment;
use shared::domain::time::Ticks;

/// The newest ones are kept.
const KEPT_MAX: usize = 10_000;

/// The answer to what is refused.
pub(super) const REFUSED: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// What has arrived.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    received: Mutex<VecDeque<Received>>,
    /// How many more are refused.
    refuses: AtomicU32,
}

#[derive(Debug)]
struct Received {
    webcode: String,
    entry: Value,
}

/// A webhook as it arrives.
pub(super) struct Delivery<'a> {
    pub(super) environment: Environment,
    pub(super) webcode: &'a str,
    pub(super) head: &'a Parts,
    pub(super) body: &'a Bytes,
    pub(super) signature_valid: bool,
}

impl Inbox {
    fn received(&self) -> MutexGuard<'_, VecDeque<Received>> {
        // Nothing panics while holding it; and if it did, the list would still be a list.
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses so many of those that come.
    pub(super) fn refuse_next(&self, count: u32) {
        self.refuses.store(count, Ordering::SeqCst);
    }

    /// How many more are refused.
    pub(super) fn refuses(&self) -> u32 {
        self.refuses.load(Ordering::SeqCst)
    }

    /// Keeps a webhook. Gives whether it is taken, and not refused as the inbox was told.
    pub(super) fn put(&self, now: Ticks, delivery: &Delivery<'_>) -> bool {
        let less_one = |refuses: u32| refuses.checked_sub(1);
        let refused = self
            .refuses
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less_one)
            .is_ok();
        let body = serde_json::from_slice(delivery.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(delivery.body)));
        let mut entry = json!({
            "receivedAt": now.iso(),
            "webcode": delivery.webcode,
            "environment": delivery.environment.as_str(),
            "headers": headers(&delivery.head.headers),
            "body": body,
            "signatureValid": delivery.signature_valid,
        });
        if refused {
            entry["answered"] = REFUSED.as_u16().into();
        }
        let mut received = self.received();
        received.push_front(Received {
            webcode: delivery.webcode.to_owned(),
            entry,
        });
        received.truncate(KEPT_MAX);
        !refused
    }

    /// The newest of all.
    pub(super) fn newest(&self, count: usize) -> Vec<Value> {
        let received = self.received();
        received
            .iter()
            .take(count)
            .map(|one| one.entry.clone())
            .collect()
    }

    /// What has arrived for one merchant, or for all, newest first.
    pub(crate) fn list(&self, webcode: Option<&str>) -> Vec<Value> {
        let received = self.received();
        let wanted = received
            .iter()
            .filter(|one| webcode.is_none_or(|webcode| one.webcode == webcode));
        wanted.map(|one| one.entry.clone()).collect()
    }

    /// Forgets what has arrived for one merchant, or for all. Gives the number.
    pub(crate) fn empty(&self, webcode: Option<&str>) -> usize {
        let mut received = self.received();
        let before = received.len();
        received.retain(|one| webcode.is_some_and(|webcode| one.webcode != webcode));
        before - received.len()
    }
}

fn headers(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let mut joined = BTreeMap::<_, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let known = joined.entry(name.as_str());
        known
            .and_modify(|known| *known = format!("{known}, {value}"))
            .or_insert_with(|| value.to_string());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(inbox: &Inbox, webcode: &str, body: &'static str) {
        let request = http::Request::post("/")
            .header("X-One", "1")
            .header("x-one", "2")
            .body(());
        let (head, ()) = request.expect("a request").into_parts();
        let delivery = Delivery {
            environment: Environment::Test,
            webcode,
            head: &head,
            body: &Bytes::from_static(body.as_bytes()),
            signature_valid: true,
        };
        inbox.put(Ticks::from_unix_seconds(1_700_000_000), &delivery);
    }

    #[test]
    fn the_newest_comes_first_and_each_merchant_has_its_own() {
        let inbox = Inbox::default();
        put(&inbox, "SHOP01", r#"{"n": 1}"#);
        put(&inbox, "SHOP02", "not json");
        put(&inbox, "SHOP01", r#"{"n": 2}"#);
        assert_eq!(inbox.list(None).len(), 3);
        let first = inbox.list(Some("SHOP01"));
        assert_eq!(first.len(), 2);
        assert_eq!(
            first[0],
            json!({
                "receivedAt": "2023-11-14T22:13:20.000Z",
                "webcode": "SHOP01",
                "environment": "test",
                "headers": {"x-one": "1, 2"},
                "body": {"n": 2},
                "signatureValid": true,
            })
        );
        assert_eq!(inbox.list(Some("SHOP02"))[0]["body"], "not json");
        assert_eq!(inbox.empty(Some("SHOP01")), 2);
        assert_eq!(inbox.list(None).len(), 1);
        assert_eq!(inbox.empty(None), 1);
    }

    #[test]
    fn it_refuses_as_many_as_it_is_told() {
        let inbox = Inbox::default();
        inbox.refuse_next(2);
        for refused in [true, true, false] {
            put(&inbox, "SHOP01", "{}");
            let answered = inbox.newest(1)[0].get("answered").cloned();
            assert_eq!(answered, refused.then(|| json!(503)));
        }
        assert_eq!(inbox.refuses(), 0);
    }

    #[test]
    fn there_is_a_limit() {
        let inbox = Inbox::default();
        for _ in 0..KEPT_MAX + 1 {
            put(&inbox, "SHOP01", "{}");
        }
        assert_eq!(inbox.list(None).len(), KEPT_MAX);
    }
}
