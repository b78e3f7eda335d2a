//! What the user asks for: arguments and environment variables.

use std::path::PathBuf;

use local::{Options, Watch};
use shared::clock::Clock;

/// The port unless `PORT` says another one.
const PORT_DEFAULT: u16 = 9000;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
The payment service, whole, in one process.

Usage: cargo run [-- OPTION]

Options:
  --for-watch  Start everything but the API's routes and the functions, which `cargo lambda watch` serves
  --help       Print this

Environment:
  PORT         Port of the API on 127.0.0.1; 0 picks a free one [9000]
  DATA_DIR     Folder to keep the data in [none: in memory]
  LOG_LEVEL    error, warn, info, debug or trace [info]

With --for-watch also:
  WATCH_DYNAMODB_PORT  Port of DynamoDB [9010]
  WATCH_SQS_PORT       Port of SQS [9011]
  WATCH_FUNCTIONS_URL  Where the functions are served [http://127.0.0.1:9001]
";

/// What the user asks for.
#[derive(Debug)]
pub(crate) enum Wish {
    /// To read the help.
    Help,
    /// To run the stack.
    Run(Box<Options>),
}

/// Reads arguments and environment variables.
///
/// # Errors
/// What is wrong with them, for the user.
pub(crate) fn parse(
    arguments: impl Iterator<Item = String>,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Wish, String> {
    let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let port = |name: &str, default: u16| match lookup(name) {
        Some(text) => text
            .parse()
            .map_err(|_| format!("{name} is {text:?}, and not a port from 0 to 65535")),
        None => Ok(default),
    };
    let mut for_watch = false;
    for argument in arguments {
        match argument.as_str() {
            "--for-watch" => for_watch = true,
            "--help" | "-h" => return Ok(Wish::Help),
            _ => {
                return Err(format!(
                    "unknown argument {argument:?}; --help prints what there is"
                ));
            }
        }
    }
    let mut options = Options {
        port: port("PORT", PORT_DEFAULT)?,
        data_dir: lookup("DATA_DIR").map(PathBuf::from),
        background: true,
        clock: Clock::movable(),
        ..Options::default()
    };
    if for_watch {
        // The functions run in processes of their own, by the time of this machine.
        options.clock = Clock::system();
        let default = Watch::default();
        options.for_watch = Some(Watch {
            dynamodb_port: port("WATCH_DYNAMODB_PORT", default.dynamodb_port)?,
            sqs_port: port("WATCH_SQS_PORT", default.sqs_port)?,
            functions_url: lookup("WATCH_FUNCTIONS_URL").unwrap_or(default.functions_url),
        });
    }
    Ok(Wish::Run(Box::new(options)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Wish, String> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        parse(
            arguments.iter().map(|argument| (*argument).to_owned()),
            lookup,
        )
    }

    fn options(arguments: &[&str], variables: &[(&str, &str)]) -> Options {
        match parsed(arguments, variables) {
            Ok(Wish::Run(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_anything_the_defaults_hold() {
        let options = options(&[], &[("DATA_DIR", "")]);
        assert_eq!(
            (options.port, options.data_dir, options.for_watch),
            (9000, None, None)
        );
        assert!(options.background && options.demo);
    }

    #[test]
    fn the_environment_says_more() {
        let variables = [
            ("PORT", "0"),
            ("DATA_DIR", "data"),
            ("WATCH_SQS_PORT", "7"),
            ("WATCH_DYNAMODB_PORT", "8"),
        ];
        let options = options(&["--for-watch"], &variables);
        assert_eq!(
            (options.port, options.data_dir),
            (0, Some(PathBuf::from("data")))
        );
        let watch = options.for_watch.expect("it was asked for");
        assert_eq!((watch.dynamodb_port, watch.sqs_port), (8, 7));
        assert_eq!(watch.functions_url, "http://127.0.0.1:9001");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (arguments, variables, expected) in [
            (
                &["--watch"][..],
                &[][..],
                "unknown argument \"--watch\"; --help prints what there is",
            ),
            (
                &[],
                &[("PORT", "http")],
                "PORT is \"http\", and not a port from 0 to 65535",
            ),
            (
                &["--for-watch"],
                &[("WATCH_SQS_PORT", "70000")],
                "WATCH_SQS_PORT is \"70000\", and not a port from 0 to 65535",
            ),
        ] {
            assert_eq!(
                parsed(arguments, variables).err().as_deref(),
                Some(expected)
            );
        }
        assert!(matches!(parsed(&["--help", "--what"], &[]), Ok(Wish::Help)));
    }
}
