//! The end of a page's 300 seconds, made a fact.

use lambda_runtime::Error;
use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::reference::Reference;
use shared::domain::session::Session;
use shared::store::commit::CommitError;
use shared::store::load::BACKGROUND_WITHIN;
use shared::store::{self, Deadline, Key};

/// Ends a session whose time is over. Paid, ended or opened anew in the meantime: nothing to do.
pub(crate) async fn expire(
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
