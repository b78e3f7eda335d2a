//! How a stack is started.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use shared::clock::Clock;
use shared::entropy::Entropy;

/// Puts something between the functions' SDK and the engines: tests inject faults and count calls there.
pub type WrapHttpClient = Arc<dyn Fn(SharedHttpClient) -> SharedHttpClient + Send + Sync>;

/// How a stack is started. [`Options::default`] is a stack for tests: nothing runs on its own.
#[derive(Clone)]
pub struct Options {
    /// The port of the API; 0 picks a free one.
    pub port: u16,
    /// Where data is kept in files; `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// The functions' clock. Delays and timeouts of the queues, and the timers, follow the system's.
    pub clock: Clock,
    /// The functions' randomness.
    pub entropy: Entropy,
    /// Parameters of the template that are not what they are by default.
    pub parameters: BTreeMap<String, String>,
    /// What stands between the functions and the engines.
    pub wrap_http_client: Option<WrapHttpClient>,
    /// Whether streams, queues and schedules run on their own. If not, the stack's `pump_…` and `sweep` do.
    pub background: bool,
    /// Whether the demo merchants are there.
    pub demo: bool,
    /// Leaves the routes and the handlers to `cargo lambda watch`.
    pub for_watch: Option<Watch>,
}

/// The fixed places that the stack and `cargo lambda watch` know of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The port of DynamoDB.
    pub dynamodb_port: u16,
    /// The port of SQS.
    pub sqs_port: u16,
    /// Where the functions are served.
    pub functions_url: String,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            dynamodb_port: 9010,
            sqs_port: 9011,
            functions_url: "http://127.0.0.1:9001".to_owned(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            data_dir: None,
            clock: Clock::system(),
            entropy: Entropy::system(),
            parameters: BTreeMap::new(),
            wrap_http_client: None,
            background: false,
            demo: true,
            for_watch: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("data_dir", &self.data_dir)
            .field("background", &self.background)
            .field("demo", &self.demo)
            .field("for_watch", &self.for_watch)
            .finish_non_exhaustive()
    }
}
