//! What can be asked for about external services, and what is settled by hand.

use clap::{Subcommand, ValueEnum};
use http::Method;
use serde_json::json;

use crate::arguments::{Asked, asked, in_path};
use crate::print::View;

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Shows the merchant's service, and which there are
    Show {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
    /// Assigns a service; payments that are open stay where they are
    Assign {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// A configured service, such as sandbox
        service: String,
    },
    /// Assigns none: the merchant's Live pages say that nobody takes payments
    Remove {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModificationCommand {
    /// Settles a refund, capture, cancellation or extension; the merchant is told by webhook
    Settle {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The modification, such as SHOP03-RFX-17952288515357
        #[arg(value_parser = in_path)]
        reference: String,
        /// How it ended
        #[arg(long, value_enum)]
        status: Settled,
    },
}

/// How a modification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Settled {
    Success,
    Failed,
}

impl ServiceCommand {
    pub(crate) fn asked(&self, at: impl Fn(&str, String) -> String) -> Asked {
        let (method, webcode, body) = match self {
            Self::Show { webcode } => (Method::GET, webcode, None),
            Self::Assign { webcode, service } => {
                let body = json!({ "externalService": service });
                (Method::PUT, webcode, Some(body))
            }
            Self::Remove { webcode } => {
                let body = json!({ "externalService": null });
                (Method::PUT, webcode, Some(body))
            }
        };
        let path = at(webcode, "external-service".to_owned());
        asked(method, path, body, View::Service)
    }
}

impl ModificationCommand {
    pub(crate) fn asked(&self, at: impl Fn(&str, String) -> String) -> Asked {
        let Self::Settle {
            webcode,
            reference,
            status,
        } = self;
        let path = at(webcode, format!("modifications/{reference}/settle"));
        let status = match status {
            Settled::Success => "success",
            Settled::Failed => "failed",
        };
        asked(
            Method::POST,
            path,
            Some(json!({ "status": status })),
            View::Settled,
        )
    }
}
