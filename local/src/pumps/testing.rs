//! For the tests of the pumps: functions that answer what a test wants, and remember what they were given.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use shared::clock::Clock;

use crate::functions::Functions;
use crate::invoker::Invoker;

/// The package of the function.
pub(super) const PACKAGE: &str = "told";

/// A function that answers as it is told, in order, and afterwards that everything went through.
#[derive(Clone, Default)]
pub(super) struct Told {
    answers: Arc<Mutex<VecDeque<Result<Value, String>>>>,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Told {
    /// The next answer.
    pub(super) fn answer(&self, answer: Value) {
        locked(&self.answers).push_back(Ok(answer));
    }

    /// The next invocation fails.
    pub(super) fn fail(&self) {
        locked(&self.answers).push_back(Err("told to fail".to_owned()));
    }

    /// The next answer: these failed.
    pub(super) fn answer_failed(&self, ids: &[&str]) {
        let failures: Vec<_> = ids
            .iter()
            .map(|id| json!({ "itemIdentifier": id }))
            .collect();
        self.answer(json!({ "batchItemFailures": failures }));
    }

    /// What came since the last time.
    pub(super) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut *locked(&self.events))
    }

    /// The batches that came since the last time, as what `of` finds in each record.
    pub(super) fn batches(&self, of: impl Fn(&Value) -> String) -> Vec<Vec<String>> {
        let events = self.events();
        let records = |event: &Value| event["Records"].as_array().cloned().unwrap_or_default();
        events
            .iter()
            .map(|event| records(event).iter().map(&of).collect())
            .collect()
    }

    /// What invokes it.
    pub(super) fn invoker(&self) -> Arc<Invoker> {
        let mut functions = Functions::new(Clock::system());
        let told = self.clone();
        functions.deploy(PACKAGE, Duration::from_secs(5), move |event| {
            locked(&told.events).push(event);
            let answer = locked(&told.answers).pop_front();
            async move { answer.unwrap_or(Ok(json!({ "batchItemFailures": [] }))) }
        });
        Arc::new(Invoker::InProcess(functions))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
