//! The world that the functions run in: a database behind TLS, a merchant, an environment.

use crate::Failure;
use crate::certificate::Certificate;
use crate::compile::release_binary;
use crate::engine::Engine;
use crate::events::{Events, answer_of};
use crate::process::{Process, Served};
use crate::proxy::Proxy;
use crate::runtime_api::Poll;
use crate::seed::{PAGE_TOKEN_KEY, SEALING_KEY, Seed};
use crate::subject::Subject;

/// Everything around the functions. It ends when this is dropped, in the order of the fields.
pub(crate) struct World {
    pub(crate) events: Events,
    pub(crate) proxy: Proxy,
    certificate: Certificate,
    _engine: Engine,
}

impl World {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let engine = Engine::start()?;
        let certificate = Certificate::make()?;
        let proxy = Proxy::start(engine.address, certificate.server.clone()).await?;
        let events = Events::new(Seed::start(engine.address).await?).await?;
        Ok(Self {
            events,
            proxy,
            certificate,
            _engine: engine,
        })
    }

    /// Starts a subject's process.
    pub(crate) async fn launch(&self, subject: &Subject) -> Result<Process, Failure> {
        Process::start(
            &release_binary(subject.binary)?,
            &self.variables(subject.binary),
        )
        .await
    }

    /// Serves one request, and makes sure that the answer is the right one.
    pub(crate) async fn serve(
        &mut self,
        subject: &Subject,
        process: &mut Process,
        poll: Poll,
    ) -> Result<Served, Failure> {
        let event = self.events.next(subject.work).await?;
        let served = process.serve(poll, event).await?;
        let (status, body) = answer_of(served.answer.response()?)?;
        if status != subject.status {
            return Err(format!("{} answers {status}: {body}", subject.binary).into());
        }
        Ok(served)
    }

    fn variables(&self, binary: &str) -> Vec<(String, String)> {
        let mut variables = variables(binary, self.proxy.address.port(), &self.certificate);
        let api_key_at = self.events.api_key_at().to_owned();
        variables.push(("FLOOR_API_KEY".to_owned(), api_key_at));
        variables
    }
}

/// What Lambda and the template set, for any function.
pub(crate) fn variables(
    binary: &str,
    dynamodb_port: u16,
    certificate: &Certificate,
) -> Vec<(String, String)> {
    let dynamodb = format!("https://localhost:{dynamodb_port}");
    let bundle = certificate.bundle().display().to_string();
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", binary),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "2026/11/14/[$LATEST]0123456789abcdef",
        ),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb),
        ("AWS_CA_BUNDLE", &bundle),
        ("LIVE_TABLE", "LiveTable"),
        ("TEST_TABLE", "TestTable"),
        ("BASE_URL", ""),
        ("LOG_LEVEL", "info"),
        ("PAGE_TOKEN_KEY", PAGE_TOKEN_KEY),
        ("SEALING_KEY", SEALING_KEY),
        ("COUNTRIES", ""),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Roles have tokens, and they are long: each call carries it.
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\
                             0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij\
                             0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij";
