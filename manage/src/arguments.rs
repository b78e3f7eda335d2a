//! What can be asked for, and the request that it becomes.

use clap::{Parser, Subcommand, ValueEnum};
use http::Method;
use serde_json::{Map, Value, json};

use crate::delivery::DeliveryCommand;
use crate::print::View;
use crate::processing::{ModificationCommand, ServiceCommand};

const AFTER_HELP: &str = "\
Environment:
  MANAGE_TOKEN           The operator's token of a stack on this machine [the local stack's own]
  AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                         Sign the requests to any other address
  MERCHANT_API_KEY       A merchant's own key instead, for `delivery` and `webhook ping` in its environment

Every change is recorded with who made it. Keys and secrets are shown once, when they are made.";

/// Manages merchants: their API keys, client secrets, webhooks and deliveries, and shows who changed what.
#[derive(Debug, Parser)]
#[command(name = "manage", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Address of the API
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "http://127.0.0.1:9000"
    )]
    pub(crate) url: String,
    /// The merchant's environment [default: that of MERCHANT_API_KEY, or test]
    #[arg(long, global = true, value_enum)]
    pub(crate) environment: Option<Environment>,
    /// For eyes, or for programs
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One of the two environments of a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    Live,
    Test,
}

impl Environment {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates, shows and renames merchants, in both environments at once
    #[command(subcommand)]
    Merchant(MerchantCommand),
    /// Creates, lists, restricts, revokes and regenerates API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Rotates the client secret
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Shows and sets where events are sent
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Lists, shows and resends the deliveries of events, for operators and for the merchant itself
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// Shows what an environment gave up, of all merchants, and gives it another chance
    #[command(subcommand)]
    DeadLetter(DeadLetterCommand),
    /// Names the events of an environment, of all merchants, that have no delivery: it reads the whole table
    Repair {
        /// Creates the deliveries that are missing
        #[arg(long)]
        create: bool,
    },
    /// Shows and assigns the external service that takes a merchant's Live payments
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Settles what became of a Live modification, where nobody but the processor's people can tell
    #[command(subcommand)]
    Modification(ModificationCommand),
    /// Shows who changed what
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetterCommand {
    /// Shows up to a hundred of them, and takes none away
    List,
    /// Sends failed deliveries again, and puts all other names on the queue again
    Redrive,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MerchantCommand {
    /// Creates a merchant; repeat it if it was cut off
    Create {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The name that customers see
        #[arg(long)]
        name: String,
    },
    /// Shows a merchant
    Show {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
    /// Gives a merchant another name
    Rename {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The name that customers see
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates an API key; the environment's first one makes the client secret too
    Create {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// An address or CIDR range that the key may be used from; several times for several [default: anywhere]
        #[arg(long = "ip", value_name = "IP")]
        ips: Vec<String>,
    },
    /// Lists the active keys
    List {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
    /// Replaces the list of addresses that a key may be used from
    Ips {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The key, as `key list` shows it
        #[arg(value_parser = in_path)]
        id: String,
        /// An address or CIDR range; several times for several
        #[arg(
            long = "ip",
            value_name = "IP",
            required_unless_present = "anywhere",
            conflicts_with = "anywhere"
        )]
        ips: Vec<String>,
        /// Lets the key be used from every address
        #[arg(long)]
        anywhere: bool,
    },
    /// Revokes a key, for good: it fails on the very next request
    Revoke {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The key, as `key list` shows it
        #[arg(value_parser = in_path)]
        id: String,
    },
    /// Gives a key another value: the old one fails on the very next request
    Regenerate {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// The key, as `key list` shows it
        #[arg(value_parser = in_path)]
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Makes another client secret; the old one counts for 24 hours more
    Rotate {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// When the new one begins to sign, such as 2026-12-01T09:00:00Z [default: at once]
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Shows where events are sent
    Show {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
    /// Sets where events are sent
    Set {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// An https address
        // Of another name than `--url`, which is everybody's.
        #[arg(value_name = "URL")]
        target: String,
    },
    /// Sends events again, and tells what was missed
    Enable {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// Sends what was missed too
        #[arg(long)]
        resend: bool,
    },
    /// Sends a test event
    Ping {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
    /// Sends no more events
    Disable {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists who changed what, newest first
    List {
        /// The merchant, such as SHOP03
        #[arg(value_parser = in_path)]
        webcode: String,
        /// How many, from 1 to 100
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Goes on where an earlier list ended
        #[arg(long, value_parser = in_path)]
        cursor: Option<String>,
    },
}

/// A request, and how its answer is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) view: View,
    /// Whether what was missed is sent when the answer tells of it.
    pub(crate) resend: bool,
}

impl Asked {
    /// What is to be asked after an answer, until nothing is left to do.
    pub(crate) fn next(&self, answer: &Value) -> Option<Self> {
        let data = &answer["data"];
        match self.view {
            View::Resent | View::Redriven | View::Repaired => {
                let cursor = data["nextCursor"].as_str()?;
                let mut body = self.body.clone().unwrap_or_else(|| json!({}));
                body["cursor"] = json!(cursor);
                Some(Self {
                    body: Some(body),
                    ..self.clone()
                })
            }
            View::Webhook if self.resend => {
                let missed = |name: &str| data["missed"][name].as_str();
                let body = json!({
                    "from": missed("from")?, "to": missed("to")?, "endedFrom": missed("endedFrom")?,
                    "states": ["failed", "skipped"],
                });
                let path = self.path.strip_suffix("webhook")?;
                Some(asked(
                    Method::POST,
                    format!("{path}deliveries/resend"),
                    Some(body),
                    View::Resent,
                ))
            }
            _ => None,
        }
    }
}

const MERCHANTS: &str = "/manage/v1/merchants";

impl Command {
    /// The request of a command that a merchant may ask for with its own API key; `None` where it takes an operator.
    pub(crate) fn asked_by_merchant(&self, environment: Environment) -> Option<Asked> {
        let base = match environment {
            Environment::Live => "/external/v1",
            Environment::Test => "/external/v1/test",
        };
        match self {
            Self::Delivery(command) => Some(command.asked_by_merchant(base)),
            Self::Webhook(WebhookCommand::Ping { webcode }) => {
                let (path, body) = (
                    format!("{base}/webhook/ping"),
                    json!({ "webcode": webcode }),
                );
                Some(asked(Method::POST, path, Some(body), View::Pinged))
            }
            _ => None,
        }
    }

    /// The request of a command of an operator.
    pub(crate) fn asked(&self, environment: Environment) -> Asked {
        let at = |webcode: &str, rest: String| {
            format!("{MERCHANTS}/{webcode}/{}/{rest}", environment.as_str())
        };
        match self {
            Self::Merchant(command) => command.asked(),
            Self::Key(command) => command.asked(at),
            Self::Secret(SecretCommand::Rotate { webcode, at: time }) => {
                let mut body = Map::new();
                if let Some(time) = time {
                    body.insert("effectiveAt".to_owned(), json!(time));
                }
                let path = at(webcode, "secret/rotate".to_owned());
                asked(Method::POST, path, Some(body.into()), View::Secret)
            }
            Self::Webhook(command) => command.asked(at),
            Self::Delivery(command) => command.asked(at),
            Self::DeadLetter(DeadLetterCommand::List) => {
                let path = everywhere(environment, "dead-letters");
                asked(Method::GET, path, None, View::DeadLetters)
            }
            Self::DeadLetter(DeadLetterCommand::Redrive) => {
                let path = everywhere(environment, "dead-letters/redrive");
                asked(Method::POST, path, None, View::Redriven)
            }
            Self::Repair { create } => {
                let path = everywhere(environment, "repair");
                let body = json!({ "create": create });
                asked(Method::POST, path, Some(body), View::Repaired)
            }
            Self::Service(command) => command.asked(at),
            Self::Modification(command) => command.asked(at),
            Self::Audit(AuditCommand::List {
                webcode,
                limit,
                cursor,
            }) => {
                let mut rest = format!("audit?limit={limit}");
                if let Some(cursor) = cursor {
                    rest.push_str("&cursor=");
                    rest.push_str(cursor);
                }
                asked(Method::GET, at(webcode, rest), None, View::Audit)
            }
        }
    }
}

impl MerchantCommand {
    fn asked(&self) -> Asked {
        match self {
            Self::Create { webcode, name } => {
                let body = json!({ "webcode": webcode, "name": name });
                asked(
                    Method::POST,
                    MERCHANTS.to_owned(),
                    Some(body),
                    View::Merchant,
                )
            }
            Self::Show { webcode } => asked(
                Method::GET,
                format!("{MERCHANTS}/{webcode}"),
                None,
                View::Merchant,
            ),
            Self::Rename { webcode, name } => asked(
                Method::PATCH,
                format!("{MERCHANTS}/{webcode}"),
                Some(json!({ "name": name })),
                View::Merchant,
            ),
        }
    }
}

impl KeyCommand {
    fn asked(&self, at: impl Fn(&str, String) -> String) -> Asked {
        match self {
            Self::Create { webcode, ips } => asked(
                Method::POST,
                at(webcode, "keys".to_owned()),
                Some(json!({ "ips": ips })),
                View::MadeKey,
            ),
            Self::List { webcode } => asked(
                Method::GET,
                at(webcode, "keys".to_owned()),
                None,
                View::Keys,
            ),
            Self::Ips {
                webcode, id, ips, ..
            } => asked(
                Method::PATCH,
                at(webcode, format!("keys/{id}")),
                Some(json!({ "ips": ips })),
                View::Key,
            ),
            Self::Revoke { webcode, id } => asked(
                Method::DELETE,
                at(webcode, format!("keys/{id}")),
                None,
                View::Key,
            ),
            Self::Regenerate { webcode, id } => asked(
                Method::POST,
                at(webcode, format!("keys/{id}/regenerate")),
                None,
                View::MadeKey,
            ),
        }
    }
}

impl WebhookCommand {
    fn asked(&self, at: impl Fn(&str, String) -> String) -> Asked {
        let (method, webcode, body) = match self {
            Self::Ping { webcode } => {
                let path = at(webcode, "webhook/ping".to_owned());
                return asked(Method::POST, path, None, View::Pinged);
            }
            Self::Show { webcode } => (Method::GET, webcode, None),
            Self::Set { webcode, target } => {
                (Method::PATCH, webcode, Some(json!({ "url": target })))
            }
            Self::Enable { webcode, .. } => {
                (Method::PATCH, webcode, Some(json!({ "enabled": true })))
            }
            Self::Disable { webcode } => {
                (Method::PATCH, webcode, Some(json!({ "enabled": false })))
            }
        };
        Asked {
            resend: matches!(self, Self::Enable { resend: true, .. }),
            ..asked(
                method,
                at(webcode, "webhook".to_owned()),
                body,
                View::Webhook,
            )
        }
    }
}

/// What is about an environment of all merchants together.
fn everywhere(environment: Environment, rest: &str) -> String {
    format!("/manage/v1/environments/{}/{rest}", environment.as_str())
}

pub(crate) const fn asked(method: Method, path: String, body: Option<Value>, view: View) -> Asked {
    Asked {
        method,
        path,
        body,
        view,
        resend: false,
    }
}

/// What may stand in a path as it is.
pub(crate) fn in_path(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !text.is_empty() && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("only letters, digits, _ and - can be part of it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(arguments: &Arguments) -> Environment {
        arguments.environment.unwrap_or(Environment::Test)
    }

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("manage").chain(line.split(' ')))
    }

    #[test]
    fn the_definition_is_in_order() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_become_requests() {
        for (line, method, path, body) in [
            (
                "merchant create SHOP03 --name Three",
                "POST",
                "/manage/v1/merchants",
                json!({"webcode": "SHOP03", "name": "Three"}),
            ),
            (
                "key create SHOP03 --ip 203.0.113.7 --ip ::1",
                "POST",
                "/manage/v1/merchants/SHOP03/test/keys",
                json!({"ips": ["203.0.113.7", "::1"]}),
            ),
            (
                "key ips SHOP03 key_1 --anywhere --environment live",
                "PATCH",
                "/manage/v1/merchants/SHOP03/live/keys/key_1",
                json!({"ips": []}),
            ),
            (
                "key revoke SHOP03 key_1",
                "DELETE",
                "/manage/v1/merchants/SHOP03/test/keys/key_1",
                Value::Null,
            ),
            (
                "secret rotate SHOP03 --at 2026-12-01T09:00:00Z",
                "POST",
                "/manage/v1/merchants/SHOP03/test/secret/rotate",
                json!({"effectiveAt": "2026-12-01T09:00:00Z"}),
            ),
            (
                "--url http://127.0.0.1:1 webhook set SHOP03 https://shop.example/",
                "PATCH",
                "/manage/v1/merchants/SHOP03/test/webhook",
                json!({"url": "https://shop.example/"}),
            ),
            (
                "webhook disable SHOP03",
                "PATCH",
                "/manage/v1/merchants/SHOP03/test/webhook",
                json!({"enabled": false}),
            ),
            (
                "webhook ping SHOP03",
                "POST",
                "/manage/v1/merchants/SHOP03/test/webhook/ping",
                Value::Null,
            ),
            (
                "delivery list SHOP03 --state failed --from 2026-12-01T09:00:00Z",
                "GET",
                "/manage/v1/merchants/SHOP03/test/deliveries?limit=20&state=failed&from=2026-12-01T09:00:00Z",
                Value::Null,
            ),
            (
                "delivery resend SHOP03 evt_SHOP03-PXTT-1_1",
                "POST",
                "/manage/v1/merchants/SHOP03/test/deliveries/evt_SHOP03-PXTT-1_1/resend",
                Value::Null,
            ),
            (
                "delivery resend-failed SHOP03 --from 2026-12-01 --to 2026-12-02 --skipped",
                "POST",
                "/manage/v1/merchants/SHOP03/test/deliveries/resend",
                json!({"from": "2026-12-01", "to": "2026-12-02", "states": ["failed", "skipped"]}),
            ),
            (
                "delivery resend-failed SHOP03 --from 2026-12-01 --to 2026-12-02 --ended-from 2026-12-01T12:00:00Z",
                "POST",
                "/manage/v1/merchants/SHOP03/test/deliveries/resend",
                json!({
                    "from": "2026-12-01", "to": "2026-12-02", "states": ["failed"], "endedFrom": "2026-12-01T12:00:00Z",
                }),
            ),
            (
                "dead-letter redrive --environment live",
                "POST",
                "/manage/v1/environments/live/dead-letters/redrive",
                Value::Null,
            ),
            (
                "repair --create",
                "POST",
                "/manage/v1/environments/test/repair",
                json!({"create": true}),
            ),
            (
                "audit list SHOP03 --limit 5 --cursor abc",
                "GET",
                "/manage/v1/merchants/SHOP03/test/audit?limit=5&cursor=abc",
                Value::Null,
            ),
        ] {
            let arguments = parse(line).expect(line);
            let asked = arguments.command.asked(environment(&arguments));
            assert_eq!(asked.method, method, "{line}");
            assert_eq!(asked.path, path, "{line}");
            assert_eq!(asked.body.unwrap_or_default(), body, "{line}");
        }
    }

    #[test]
    fn what_has_several_parts_is_asked_for_until_nothing_is_left() {
        let arguments = parse("dead-letter redrive").expect("good");
        let first = arguments.command.asked(environment(&arguments));
        let next = first.next(&json!({"data": {"resent": 0, "nextCursor": "abc"}}));
        let expected = Some(json!({"cursor": "abc"}));
        assert_eq!(next.and_then(|next| next.body), expected);
        assert_eq!(first.next(&json!({"data": {"nextCursor": null}})), None);

        let arguments = parse("repair --create").expect("good");
        let first = arguments.command.asked(environment(&arguments));
        let next = first.next(&json!({"data": {"nextCursor": "abc"}}));
        let expected = Some(json!({"create": true, "cursor": "abc"}));
        assert_eq!(next.and_then(|next| next.body), expected);
        assert_eq!(first.next(&json!({"data": {"nextCursor": null}})), None);

        let arguments = parse("webhook enable SHOP03 --resend").expect("good");
        let first = arguments.command.asked(environment(&arguments));
        let missed =
            json!({"data": {"missed": {"from": "a", "to": "b", "endedFrom": "c", "count": 2}}});
        let next = first.next(&missed).expect("what was missed");
        assert_eq!(
            next.path,
            "/manage/v1/merchants/SHOP03/test/deliveries/resend"
        );
        assert_eq!(next.body.unwrap_or_default()["from"], "a");
        assert_eq!(first.next(&json!({"data": {"enabled": true}})), None);
    }

    #[test]
    fn what_would_change_the_path_is_refused() {
        for line in [
            "key list ../SHOP03",
            "key list SHOP03/live",
            "key revoke SHOP03 key?x",
            "key ips SHOP03 key_1",
            "key ips SHOP03 key_1 --anywhere --ip ::1",
            "audit list SHOP03 --cursor a&b",
            "delivery list SHOP03 --from 2026&x=y",
            "delivery show SHOP03 evt_1/resend",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
