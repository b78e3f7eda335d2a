//! Deploys the functions of the template into this process.

use std::sync::Arc;

use checkout::Checkout;
use dispatcher::Dispatcher;
use external::External;
use lambda_http::Request;
use merchants::Merchants;
use pos::Pos;
use processor_worker::Worker as ProcessorWorker;
use sandbox_processor::Sandbox;
use shared::app::{App, Parts};
use shared::aws;
use shared::config::{Config, ConfigError};
use template::{Function, Template};
use webhook_worker::Worker;

use crate::environment::{Addresses, Variables};
use crate::functions::Functions;
use crate::options::Options;
use crate::stack::StackError;

/// The parties outside of the functions, as whoever starts the stack wishes them.
fn parts(config: &Config, options: &Options) -> Result<Parts, ConfigError> {
    let http_client = aws::http_client(&config.aws)?.into_shared();
    Ok(Parts {
        clock: options.clock.clone(),
        entropy: options.entropy.clone(),
        http_client: match &options.wrap_http_client {
            Some(wrap) => wrap(http_client),
            None => http_client,
        },
    })
}

fn config(variables: &Variables) -> Result<Config, ConfigError> {
    Config::from_lookup(|name| variables.get(name).cloned())
}

/// The stack's own access to the tables, for the demo merchants: with the keys of all functions, and past whatever
/// stands between the functions and the engines.
pub(crate) fn own_app(variables: &Variables, options: &Options) -> Result<App, ConfigError> {
    let config = config(variables)?;
    let unwrapped = Options {
        wrap_http_client: None,
        ..options.clone()
    };
    let parts = parts(&config, &unwrapped)?;
    App::new(config, parts)
}

/// Every function of the template, each with its own environment.
pub(crate) fn functions(
    template: &Template,
    addresses: &Addresses,
    options: &Options,
) -> Result<Functions, StackError> {
    let mut functions = Functions::new(options.clock.clone());
    for function in &template.functions {
        let config = config(&addresses.variables(template, function)?)?;
        let parts = parts(&config, options)?;
        deploy(&mut functions, function, config, parts)?;
    }
    Ok(functions)
}

/// A function of the template that answers requests.
macro_rules! http {
    ($functions:expr, $function:expr, $app:expr, $handler:path) => {{
        let app = Arc::new($app?);
        $functions.deploy_http(
            &$function.package,
            $function.timeout,
            move |request: Request| {
                let app = Arc::clone(&app);
                async move { $handler(&app, request).await }
            },
        );
    }};
}

/// A function of the template that takes events.
macro_rules! events {
    ($functions:expr, $function:expr, $state:expr, $handler:path) => {{
        let state = Arc::new($state?);
        $functions.deploy(&$function.package, $function.timeout, move |event| {
            let state = Arc::clone(&state);
            async move { $handler(&state, event).await }
        });
    }};
}

fn deploy(
    functions: &mut Functions,
    function: &Function,
    config: Config,
    parts: Parts,
) -> Result<(), StackError> {
    match function.package.as_str() {
        "session" => http!(
            functions,
            function,
            App::new(config, parts),
            session::handler
        ),
        "queries" => http!(
            functions,
            function,
            App::new(config, parts),
            queries::handler
        ),
        "pos" => http!(
            functions,
            function,
            App::new(config, parts).and_then(Pos::new),
            pos::handler
        ),
        "modifications" => http!(
            functions,
            function,
            App::new(config, parts),
            modifications::handler
        ),
        "external" => http!(
            functions,
            function,
            External::new(config, parts),
            external::handler
        ),
        "checkout" => http!(
            functions,
            function,
            App::new(config, parts).and_then(Checkout::new),
            checkout::handler
        ),
        "merchants" => http!(
            functions,
            function,
            Merchants::new(config, parts),
            merchants::handler
        ),
        // Without configuration: it reads nothing.
        "docs" => http!(
            functions,
            function,
            Ok::<_, ConfigError>(parts.entropy),
            docs::handler
        ),
        "fallback" => http!(
            functions,
            function,
            App::new(config, parts),
            fallback::handler
        ),
        "dispatcher" => events!(
            functions,
            function,
            Dispatcher::new(config, parts),
            dispatcher::handler
        ),
        "webhook-worker" => events!(
            functions,
            function,
            Worker::new(config, parts),
            webhook_worker::handler
        ),
        "processor-worker" => events!(
            functions,
            function,
            ProcessorWorker::new(config, parts),
            processor_worker::handler
        ),
        "sandbox-processor" => events!(
            functions,
            function,
            Sandbox::new(config, parts),
            sandbox_processor::handler
        ),
        _ => return Err(StackError::NoHandler(function.id.clone())),
    }
    Ok(())
}
