//! A running stack: everything wired together.

mod drive;
mod running;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::app::App;
use shared::config::ConfigError;
use shared::entropy::Entropy;
use template::{Template, TemplateError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::data_dir::{DataDir, DataDirError};
use crate::demo::{self, DemoError};
use crate::deploy;
use crate::engines::{DatabaseEngine, EngineError, QueueEngine, forget_records};
use crate::environment::Addresses;
use crate::gateway::{self, Gateway, RouteTable, Stamp};
use crate::invoker::{Invoker, Remote};
use crate::options::Options;
use crate::pumps::{DELAY_MAX, Positions, QueuePump, StreamPump, Timer};
use crate::stop::Stopper;
use crate::workbench::{Inbox, Service, Workbench};

pub(crate) use running::Running;

/// How long everything together may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// How often expired items are deleted: each time every item is read. Nothing relies on it, as nothing may in the cloud.
const EXPIRE_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template is not understood.
    #[error("template.yaml: {0}")]
    Template(#[from] TemplateError),
    /// The template has a function that this process does not hold.
    #[error("template.yaml: the local stack has no handler for {0}")]
    NoHandler(String),
    /// The port of the API is taken.
    #[error("cannot listen on 127.0.0.1:{port}: {source} (PORT chooses another one, 0 any)")]
    Listen {
        /// The port.
        port: u16,
        /// What the operating system says.
        source: io::Error,
    },
    /// The folder for data cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// An engine does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A function's environment is not in order.
    #[error("a function's configuration: {0}")]
    Config(#[from] ConfigError),
    /// The demo merchants cannot be made.
    #[error("the demo merchants: {0}")]
    Demo(#[from] DemoError),
}

/// A running stack. Dropped, it stops without waiting for anything.
pub struct Stack {
    template: Template,
    addresses: Addresses,
    app: Arc<App>,
    invoker: Arc<Invoker>,
    database: Arc<DatabaseEngine>,
    queues: Arc<QueueEngine>,
    inbox: Arc<Inbox>,
    streams: Vec<Arc<StreamPump>>,
    queue_pumps: Vec<Arc<QueuePump>>,
    timers: Vec<Arc<Timer>>,
    stopper: Stopper,
    running: Arc<Running>,
    tasks: Vec<JoinHandle<()>>,
    data_dir: Option<DataDir>,
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack")
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

/// The template of this repository, as it was when this was compiled.
pub(crate) fn house_template() -> Result<Template, TemplateError> {
    Template::parse(include_str!("../../../template.yaml"))
}

impl Stack {
    /// Starts a stack. When this returns, it serves.
    ///
    /// # Errors
    /// [`StackError`]
    pub async fn start(options: Options) -> Result<Self, StackError> {
        let template = house_template()?;
        let (listener, address) = listen(options.port).await?;
        let data_dir = options.data_dir.as_deref().map(DataDir::take).transpose()?;
        let (database, queues) = start_engines(&template, &options, data_dir.as_ref()).await?;
        let addresses = Addresses {
            base_url: format!("http://{address}"),
            dynamodb: database.endpoint(),
            sqs: queues.endpoint(),
            parameters: options.parameters.clone(),
        };
        let app = Arc::new(deploy::own_app(
            &addresses.all_variables(&template)?,
            &options,
        )?);
        if options.demo {
            demo::seed(&app).await?;
        }
        let invoker = Arc::new(match &options.for_watch {
            Some(watch) => Invoker::Remote(Box::new(Remote::new(&watch.functions_url))),
            None => Invoker::InProcess(deploy::functions(&template, &addresses, &options)?),
        });
        let mut stack = Self {
            template,
            addresses,
            app,
            invoker,
            database: Arc::new(database),
            queues: Arc::new(queues),
            inbox: Arc::default(),
            streams: Vec::new(),
            queue_pumps: Vec::new(),
            timers: Vec::new(),
            stopper: Stopper::new(),
            running: Arc::default(),
            tasks: Vec::new(),
            data_dir,
        };
        stack.connect().await?;
        stack.serve(listener, address, &options);
        if options.background {
            stack.run_in_background();
        }
        Ok(stack)
    }

    /// Makes the pumps that the template's mappings ask for.
    async fn connect(&mut self) -> Result<(), StackError> {
        let positions = match &self.data_dir {
            Some(data_dir) => Arc::new(data_dir.load_positions()?),
            None => Arc::new(Positions::in_memory()),
        };
        let found = self.data_dir.as_ref().is_some_and(DataDir::was_used);
        for function in &self.template.functions {
            let package = || function.package.clone();
            for mapping in &function.streams {
                let stream = self.database.stream(&mapping.table).await?;
                if let (Some(data_dir), Some(place)) =
                    (&self.data_dir, positions.find(&stream).await)
                {
                    forget_records(&data_dir.database(), &mapping.table, &place)?;
                }
                self.streams.push(Arc::new(StreamPump {
                    package: package(),
                    mapping: mapping.clone(),
                    stream,
                    database: Arc::clone(&self.database),
                    invoker: Arc::clone(&self.invoker),
                    positions: Arc::clone(&positions),
                    limit: mapping.batch_size.into(),
                }));
            }
            self.queue_pumps
                .extend(function.queues.iter().map(|mapping| {
                    Arc::new(QueuePump {
                        package: package(),
                        mapping: mapping.clone(),
                        queues: Arc::clone(&self.queues),
                        invoker: Arc::clone(&self.invoker),
                    })
                }));
            self.timers
                .extend(function.schedules.iter().map(|schedule| {
                    Arc::new(Timer {
                        package: package(),
                        every: schedule.every,
                        input: schedule.input.clone(),
                        catch_up_for: if found { DELAY_MAX } else { Duration::ZERO },
                        invoker: Arc::clone(&self.invoker),
                    })
                }));
        }
        Ok(())
    }

    fn serve(&mut self, listener: TcpListener, address: SocketAddr, options: &Options) {
        let routes = options
            .for_watch
            .is_none()
            .then(|| RouteTable::new(self.template.routes()));
        let gateway = Gateway {
            routes,
            invoker: Arc::clone(&self.invoker),
            workbench: Workbench {
                app: Arc::clone(&self.app),
                clock: options.clock.clone(),
                inbox: Arc::clone(&self.inbox),
                database: Arc::clone(&self.database),
                queues: Arc::clone(&self.queues),
                running: Arc::clone(&self.running),
                service: Service::at(
                    options
                        .for_watch
                        .as_ref()
                        .map_or(&self.addresses.base_url, |watch| &watch.functions_url),
                    &self.addresses.base_url,
                ),
                sessions: Mutex::default(),
                timers: self.timers.clone(),
            },
            stamp: Stamp {
                clock: options.clock.clone(),
                entropy: Entropy::system(),
                address,
            },
        };
        let serving = gateway::serve(listener, Arc::new(gateway), self.stopper.subscribe());
        self.tasks.push(tokio::spawn(serving));
    }

    fn run_in_background(&mut self) {
        for pump in &self.streams {
            let task = Arc::clone(pump).run(self.stopper.subscribe());
            self.tasks.push(spawn(&self.running, task));
        }
        for pump in &self.queue_pumps {
            let task = Arc::clone(pump).run(self.stopper.subscribe());
            self.tasks.push(spawn(&self.running, task));
        }
        for timer in &self.timers {
            let task = Arc::clone(timer).run(self.stopper.subscribe());
            self.tasks.push(spawn(&self.running, task));
        }
        let (database, mut stop) = (Arc::clone(&self.database), self.stopper.subscribe());
        let expiring = async move {
            while stop.sleep(EXPIRE_EVERY).await {
                if let Err(error) = database.expire().await {
                    tracing::warn!(%error, "expired items were not deleted");
                }
            }
        };
        self.tasks.push(spawn(&self.running, expiring));
    }

    /// Stops: finishes requests and batches that are under way, then closes the engines.
    pub async fn shutdown(self) {
        self.stopper.stop();
        let Self {
            tasks,
            streams,
            queue_pumps,
            timers,
            invoker,
            app,
            database,
            queues,
            data_dir,
            ..
        } = self;
        let ended = futures_util::future::join_all(tasks);
        if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
            tracing::warn!("the stack stops without waiting any longer");
        }
        drop((streams, queue_pumps, timers, invoker, app));
        // Whoever still holds an engine is cut off when this process ends, or lets it go then.
        if let Some(database) = Arc::into_inner(database) {
            database.stop().await;
        }
        if let Some(queues) = Arc::into_inner(queues) {
            queues.stop().await;
        }
        drop(data_dir);
    }
}

fn spawn(
    running: &Arc<Running>,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(Arc::clone(running).watch(task))
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StackError> {
    let failed = |source| StackError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

async fn start_engines(
    template: &Template,
    options: &Options,
    data_dir: Option<&DataDir>,
) -> Result<(DatabaseEngine, QueueEngine), StackError> {
    let ports = options
        .for_watch
        .as_ref()
        .map_or((0, 0), |watch| (watch.dynamodb_port, watch.sqs_port));
    let file = data_dir.map(DataDir::database);
    let database = DatabaseEngine::start(file.as_deref(), ports.0)?;
    database.create_tables(&template.tables).await?;
    let queues = QueueEngine::start(ports.1)?;
    queues.create_queues(&template.queues).await?;
    Ok((database, queues))
}
