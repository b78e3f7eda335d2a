//! The Lambda Runtime API, as much of it as a function needs: the next event, its response, its errors.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Failure;

const API: &str = "/2018-06-01/runtime/";

/// A function that does not poll or answer within this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a request is given before it counts as lost, as Lambda tells the function.
const DEADLINE: Duration = Duration::from_secs(10);

/// The Runtime API of one process.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    polls: UnboundedReceiver<Poll>,
    answers: UnboundedReceiver<Answer>,
    serving: JoinHandle<()>,
}

/// The function waits for an event.
pub(crate) struct Poll(oneshot::Sender<Bytes>);

/// What the function made of an event. It waits for this to be dropped before it goes on, so that its CPU time and
/// memory stand still while they are read.
pub(crate) struct Answer {
    pub(crate) at: Instant,
    outcome: Result<Bytes, String>,
    _acknowledge: oneshot::Sender<()>,
}

impl Answer {
    /// The response, unless the function reported an error.
    pub(crate) fn response(&self) -> Result<&Bytes, Failure> {
        self.outcome
            .as_ref()
            .map_err(|report| format!("the function reports: {report}").into())
    }
}

impl RuntimeApi {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (poll, polls) = unbounded_channel();
        let (answer, answers) = unbounded_channel();
        let serving = tokio::spawn(serve(listener, Desk { poll, answer }));
        Ok(Self {
            address,
            polls,
            answers,
            serving,
        })
    }

    /// Waits until the function asks for its next event.
    pub(crate) async fn next_poll(&mut self) -> Result<Poll, Failure> {
        let (polls, answers) = (&mut self.polls, &mut self.answers);
        let polled = async {
            tokio::select! {
                poll = polls.recv() => poll.ok_or_else(|| "nobody polls".into()),
                report = answers.recv() => {
                    let report = report.map(|answer| answer.response().err());
                    Err(report.flatten().unwrap_or_else(|| "an answer that nobody asked for".into()))
                }
            }
        };
        tokio::time::timeout(PATIENCE, polled)
            .await
            .map_err(|_| "the function does not poll")?
    }

    /// Hands out an event and waits for what the function makes of it.
    pub(crate) async fn hand_out(
        &mut self,
        Poll(poll): Poll,
        event: Bytes,
    ) -> Result<Answer, Failure> {
        poll.send(event).map_err(|_| "the function has gone")?;
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await;
        Ok(answer
            .map_err(|_| "the function does not answer")?
            .ok_or("nobody answers")?)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Where requests of the function are laid down for whoever measures.
#[derive(Clone)]
struct Desk {
    poll: UnboundedSender<Poll>,
    answer: UnboundedSender<Answer>,
}

async fn serve(listener: TcpListener, desk: Desk) {
    while let Ok((connection, _)) = listener.accept().await {
        tokio::spawn(serve_connection(connection, desk.clone()));
    }
}

async fn serve_connection(connection: TcpStream, desk: Desk) {
    let service = service_fn(|request| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.answer(request).await) }
    });
    // A connection ends with its process; whether that was early, whoever measures finds out.
    let _ = connection.set_nodelay(true);
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(connection), service)
        .await;
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request
            .uri()
            .path()
            .strip_prefix(API)
            .unwrap_or_default()
            .to_owned();
        match (request.method(), path.as_str()) {
            (&Method::GET, "invocation/next") => self.next().await,
            (&Method::POST, path) if path.ends_with("/response") => self.take(request, Ok).await,
            (&Method::POST, path) if path.ends_with("/error") => {
                self.take(request, |report| {
                    Err(String::from_utf8_lossy(&report).into_owned())
                })
                .await
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let (sender, event) = oneshot::channel();
        // Nobody measures any more when one of these fails: the process is being ended.
        let _ = self.poll.send(Poll(sender));
        let Ok(event) = event.await else {
            return empty(StatusCode::GONE);
        };
        let id = uuid::Uuid::new_v4();
        let deadline = shared::clock::Clock::system().now().plus(DEADLINE).get() / 10;
        let mut response = Response::new(Full::new(event));
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("lambda-runtime-aws-request-id", id.to_string()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
            ),
            (
                "lambda-runtime-trace-id",
                "Root=1-6553f100-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0"
                    .to_owned(),
            ),
        ];
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    async fn take(
        &self,
        request: Request<Incoming>,
        outcome: impl FnOnce(Bytes) -> Result<Bytes, String>,
    ) -> Response<Full<Bytes>> {
        let Ok(body) = request.into_body().collect().await else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let at = Instant::now();
        let (acknowledge, acknowledged) = oneshot::channel::<()>();
        let _ = self.answer.send(Answer {
            at,
            outcome: outcome(body.to_bytes()),
            _acknowledge: acknowledge,
        });
        // It is dropped, never sent.
        let _ = acknowledged.await;
        empty(StatusCode::ACCEPTED)
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
