//! Deliveries: what an operator asks for, and a merchant with its own API key.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::arguments::{Asked, asked, in_path};
use crate::print::View;

#[derive(Debug, Subcommand)]
pub(crate) enum DeliveryCommand {
    /// Lists deliveries, newest first
    List {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        #[command(flatten)]
        filters: Filters,
    },
    /// Shows a delivery with its attempts and, to operators, the beginning of the last answer
    Show {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The event, such as evt_SHOP03-PXTT-17820000000000_1
        #[arg(value_parser = in_path)]
        event: String,
    },
    /// Sends a delivery again, whatever became of it
    Resend {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The event, such as evt_SHOP03-PXTT-17820000000000_1
        #[arg(value_parser = in_path)]
        event: String,
    },
    /// Sends again what was made between two times and failed
    ResendFailed {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        #[command(flatten)]
        missed: Missed,
    },
}

/// Which deliveries are listed.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// waiting, sending, delivered, failed or skipped [default: all]
    #[arg(long, value_parser = in_path)]
    state: Option<String>,
    /// Made then or later, such as 2026-12-01T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = in_query)]
    from: Option<String>,
    /// Made before
    #[arg(long, value_name = "TIME", value_parser = in_query)]
    to: Option<String>,
    /// How many, from 1 to 100
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Goes on where an earlier list ended
    #[arg(long, value_parser = in_path)]
    cursor: Option<String>,
}

impl Filters {
    fn query(&self) -> String {
        let mut query = format!("limit={}", self.limit);
        let parameters = [
            ("state", &self.state),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", &self.cursor),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                query.push_str(&format!("&{name}={value}"));
            }
        }
        query
    }
}

/// Which deliveries are sent again.
#[derive(Debug, Args)]
pub(crate) struct Missed {
    /// Made then or later, such as 2026-12-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Made before
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Only what came to its end then or later, whenever it was made
    #[arg(long, value_name = "TIME")]
    ended_from: Option<String>,
    /// Also what was skipped because there was no endpoint that was enabled
    #[arg(long)]
    skipped: bool,
}

impl Missed {
    fn body(&self) -> Value {
        let states: &[&str] = if self.skipped {
            &["failed", "skipped"]
        } else {
            &["failed"]
        };
        let mut body = json!({ "from": self.from, "to": self.to, "states": states });
        if let Some(ended_from) = &self.ended_from {
            body["endedFrom"] = json!(ended_from);
        }
        body
    }
}

impl DeliveryCommand {
    /// The request of an operator.
    pub(crate) fn asked(&self, at: impl Fn(&str, String) -> String) -> Asked {
        match self {
            Self::List { webcode, filters } => {
                let path = at(webcode, format!("deliveries?{}", filters.query()));
                asked(Method::GET, path, None, View::Deliveries)
            }
            Self::Show { webcode, event } => {
                let path = at(webcode, format!("deliveries/{event}"));
                asked(Method::GET, path, None, View::Delivery)
            }
            Self::Resend { webcode, event } => {
                let path = at(webcode, format!("deliveries/{event}/resend"));
                asked(Method::POST, path, None, View::Delivery)
            }
            Self::ResendFailed { webcode, missed } => {
                let path = at(webcode, "deliveries/resend".to_owned());
                asked(Method::POST, path, Some(missed.body()), View::Resent)
            }
        }
    }

    /// The request of the merchant itself, below its environment's address.
    pub(crate) fn asked_by_merchant(&self, base: &str) -> Asked {
        let at = format!("{base}/webhook/deliveries");
        match self {
            Self::List { webcode, filters } => {
                let path = format!("{at}?webcode={webcode}&{}", filters.query());
                asked(Method::GET, path, None, View::Deliveries)
            }
            Self::Show { webcode, event } => {
                let path = format!("{at}/{event}?webcode={webcode}");
                asked(Method::GET, path, None, View::Delivery)
            }
            Self::Resend { webcode, event } => {
                let path = format!("{base}/webhook/resend");
                let body = json!({ "webcode": webcode, "eventId": event });
                asked(Method::POST, path, Some(body), View::Delivery)
            }
            Self::ResendFailed { webcode, missed } => {
                let mut body = missed.body();
                body["webcode"] = json!(webcode);
                let path = format!("{base}/webhook/resend-missed");
                asked(Method::POST, path, Some(body), View::Resent)
            }
        }
    }
}

/// What may stand in a query as it is: a time of ISO 8601 with `Z`.
fn in_query(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'.');
    if !text.is_empty() && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("a time is written like 2026-12-01T09:00:00Z".to_owned())
    }
}
