//! Ends that come with time, made facts: of a page's 300 seconds, of a reservation, of the patience with a terminal.

use lambda_runtime::Error;
use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::payment::Payment;
use shared::domain::reference::Reference;
use shared::domain::session::Session;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Key};

/// Ends a session whose time is over. Paid, ended or opened anew in the meantime: nothing to do.
pub(crate) async fn session(
    app: &App,
    environment: Environment,
    session_id: &Reference,
) -> Result<(), Error> {
    let (store, deadline) = (app.store(environment), Deadline::within(BACKGROUND_WITHIN));
    let [item] = store
        .load([Some(Key::session(session_id))], deadline)
        .await?;
    let before: Session = store::read(item.ok_or("the session is not there")?)?;
    let mut after = before.clone();
    if !after.expire(app.clock.now()) {
        return Ok(());
    }
    let writer = app.entropy.uuid().to_string();
    let write = store::change_session(&before, &after, &writer)?;
    match store.commit(&[write], &writer, deadline).await {
        Ok(()) => {
            tracing::info!(%environment, session = %session_id, status = after.status.as_str(), "session ended");
            Ok(())
        }
        // An attempt was recorded at the same moment: it comes first, and the sweep looks again.
        Err(CommitError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Ends a reservation whose time is over, and resolves a payment whose terminal's answer nobody recorded: the simulated
/// terminal answers the same to whoever asks. Settled in the meantime: nothing to do.
pub(crate) async fn payment(
    app: &App,
    environment: Environment,
    before: &Payment,
) -> Result<(), Error> {
    let (store, deadline) = (app.store(environment), Deadline::within(BACKGROUND_WITHIN));
    let (mut after, now) = (before.clone(), app.clock.now());
    if !after.expire(now) && !after.resolve(now) {
        return Ok(());
    }
    let writer = app.entropy.uuid().to_string();
    let write = store::change_payment(before, &after, now, &writer)?;
    match store.commit(&[write], &writer, deadline).await {
        Ok(()) => {
            tracing::info!(%environment, payment = %after.payment_reference, state = after.state.as_str(), "payment ended");
            Ok(())
        }
        // Captured, cancelled or extended at the same moment: that comes first, and the sweep looks again.
        Err(CommitError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
