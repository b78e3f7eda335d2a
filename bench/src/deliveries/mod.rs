//! How many webhooks the worker delivers on one core, beside a bare loop of the same HTTP client.
//!
//! The worker is its release binary, fed with batches of a queue. It has a core of its own; the database, the receiver
//! and the Runtime API share the others, so the worker waits for them: what its core could do if they were as fast as one
//! likes follows from its CPU time, and is told beside what it did by the clock.

mod batch;
mod figures;
mod receiver;

use std::time::Instant;

use bytes::Bytes;
use serde_json::json;

use self::figures::{Figures, Sample};
use self::receiver::Receiver;
use crate::Failure;
use crate::arguments::Arguments;
use crate::certificate::Certificate;
use crate::compile::{self, release_binary};
use crate::engine::Engine;
use crate::machine::{Machine, part_cores};
use crate::process::Process;
use crate::proxy::Proxy;
use crate::runtime_api::Poll;
use crate::seed::Seed;
use crate::world::variables;

/// The function that is measured.
pub(crate) const WORKER: &str = "webhook-worker";

/// The bare loop.
const FLOOR: &str = "floor-post";

/// Messages of a batch, as many as the template says; the bare loop has as many requests under way.
const BATCH: usize = 10;

/// Deliveries of a process that are not measured: connections come to be, and caches fill.
const WARM_UP: usize = 50;

/// What a receiver speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// As TLS offers it.
    const fn offered(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }

    /// As it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// Measures deliveries and prints it.
pub(crate) async fn measure(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.build {
        compile::build_release(WORKER)?;
        compile::build_release(FLOOR)?;
    }
    let machine = Machine::now();
    let core = part_cores()?;
    println!("{machine}; core {core} is for what is measured");
    let mut figures = Vec::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        figures.push(measure_over(protocol, arguments, core).await?);
    }
    println!("{}", machine.again());
    print!("{}", figures::table(&figures));
    Ok(())
}

async fn measure_over(
    protocol: Protocol,
    arguments: &Arguments,
    core: usize,
) -> Result<Figures, Failure> {
    let mut world = World::start(protocol, core).await?;
    let mut figures = Figures::of(protocol);
    let deliveries = arguments.requests_per_round().next_multiple_of(BATCH);
    world.deliver(WARM_UP).await?;
    world.post(WARM_UP).await?;
    // In turns, so that whatever else the machine does meets both alike.
    for round in 1..=arguments.rounds {
        eprintln!("{}: round {round} of {}", protocol.name(), arguments.rounds);
        figures.worker.push(world.deliver(deliveries).await?);
        figures.bare.push(world.post(deliveries).await?);
    }
    Ok(figures)
}

/// Everything around the two processes, and the processes. It ends when this is dropped, in the order of the fields.
struct World {
    worker: Process,
    worker_poll: Option<Poll>,
    bare: Process,
    bare_poll: Option<Poll>,
    receiver: Receiver,
    proxy: Proxy,
    seed: Seed,
    /// Deliveries made so far.
    made: u64,
    /// What an event looks like.
    body: String,
    _certificate: Certificate,
    _engine: Engine,
}

impl World {
    async fn start(protocol: Protocol, core: usize) -> Result<Self, Failure> {
        let engine = Engine::start()?;
        let certificate = Certificate::make()?;
        let proxy = Proxy::start(engine.address, certificate.server.clone()).await?;
        let tls = certificate.server_of(protocol.offered());
        let receiver = Receiver::start(protocol, tls).await?;
        let seed = Seed::start(engine.address).await?;
        seed.webhook(receiver.url()).await?;
        let variables = |binary| {
            let mut variables = variables(binary, proxy.address.port(), &certificate);
            let bundle = certificate.bundle().display().to_string();
            for (name, value) in [
                ("SSL_CERT_FILE", bundle.as_str()),
                ("LIVE_QUEUE_NAME", "LiveQueue"),
                ("TEST_QUEUE_NAME", batch::QUEUE),
                ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32"),
            ] {
                variables.push((name.to_owned(), value.to_owned()));
            }
            variables
        };
        let worker = Process::start(&release_binary(WORKER)?, &variables(WORKER)).await?;
        let bare = Process::start(&release_binary(FLOOR)?, &variables(FLOOR)).await?;
        worker.keep_on(core)?;
        bare.keep_on(core)?;
        let mut world = Self {
            worker,
            worker_poll: None,
            bare,
            bare_poll: None,
            receiver,
            proxy,
            seed,
            made: 0,
            body: String::new(),
            _certificate: certificate,
            _engine: engine,
        };
        world.worker_poll = Some(world.worker.idle().await?);
        world.bare_poll = Some(world.bare.idle().await?);
        Ok(world)
    }

    /// Has the worker deliver so many events, and makes sure that each was sent once.
    async fn deliver(&mut self, count: usize) -> Result<Sample, Failure> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            self.made += 1;
            let delivery = self.seed.delivery(self.made).await?;
            events.push(delivery.event_id);
            self.body = delivery.body;
        }
        let batches = events.chunks(BATCH).map(batch::of);
        let batches = batches.collect::<Result<Vec<Bytes>, _>>()?;
        self.proxy.take_calls();
        self.receiver.take();
        let (began, before) = (Instant::now(), self.worker.cpu()?);
        for batch in batches {
            let poll = self.worker_poll.take().ok_or("the worker is not idle")?;
            let served = self.worker.serve(poll, batch).await?;
            batch::check(served.answer.response()?)?;
            drop(served);
            self.worker_poll = Some(self.worker.idle().await?);
        }
        let (took, cpu) = (began.elapsed(), self.worker.cpu()?.saturating_sub(before));
        let taken = self.receiver.take();
        let all_once = taken.requests == count && events.iter().all(|id| taken.events.contains(id));
        if !all_once {
            return Err(format!("{count} deliveries became {} requests", taken.requests).into());
        }
        let calls = self.proxy.take_calls().len();
        Ok(Sample::new(count, took, cpu, calls))
    }

    /// Has the bare loop make so many requests.
    async fn post(&mut self, count: usize) -> Result<Sample, Failure> {
        let event = json!({
            "url": self.receiver.url(), "body": self.body, "headers": batch::HEADERS, "posts": count, "atOnce": BATCH,
        });
        let event = Bytes::from(serde_json::to_vec(&event)?);
        self.receiver.take();
        let poll = self.bare_poll.take().ok_or("the bare loop is not idle")?;
        let (began, before) = (Instant::now(), self.bare.cpu()?);
        drop(self.bare.serve(poll, event).await?);
        self.bare_poll = Some(self.bare.idle().await?);
        let (took, cpu) = (began.elapsed(), self.bare.cpu()?.saturating_sub(before));
        let requests = self.receiver.take().requests;
        if requests != count {
            return Err(format!("{count} posts became {requests} requests").into());
        }
        Ok(Sample::new(count, took, cpu, 0))
    }
}
