//! Logs: JSON, a line each, on standard output, which Lambda collects. Never a secret, a key, a card or a name.

use tracing::Level;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Starts logging for a Lambda: JSON on standard output.
pub fn start() {
    start_on(BoxMakeWriter::new(std::io::stdout), level_from_env());
}

/// Starts logging for a program whose standard output is for its user: JSON on standard error.
pub fn start_on_stderr() {
    start_on(BoxMakeWriter::new(std::io::stderr), level_from_env());
}

fn start_on(writer: BoxMakeWriter, level: Level) {
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .with_writer(writer)
        .try_init();
    if started.is_err() {
        // Somebody in this process, a test perhaps, logs already: theirs stays.
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "logging starts before the configuration, to report its errors"
)]
fn level_from_env() -> Level {
    std::env::var("LOG_LEVEL")
        .ok()
        .and_then(|level| level.parse().ok())
        .unwrap_or(Level::INFO)
}
