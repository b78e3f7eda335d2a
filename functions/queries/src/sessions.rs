//! `GET …/payment/sessions`: a merchant's sessions, newest first.

use serde::Serialize;
use shared::domain::session::{Session, SessionStatus};
use shared::domain::text::check_free_text;
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::store::keys::Listed;
use shared::store::list::Rows;
use shared::store::{self, Item, Unavailable};

use crate::session::Queried;
use shared::listing::{Listing, one_of};

const STATUSES: [(&str, SessionStatus); 5] = [
    ("pending", SessionStatus::Pending),
    ("completed", SessionStatus::Completed),
    ("failed", SessionStatus::Failed),
    ("expired", SessionStatus::Expired),
    ("cancelled", SessionStatus::Cancelled),
];

/// The filters of the list of sessions.
#[derive(Debug, Serialize)]
pub(crate) struct Sessions {
    status: Option<SessionStatus>,
    custom_reference: Option<String>,
}

impl Listing for Sessions {
    type Row = Queried;

    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        let custom_reference = request.query_parameter("customReference");
        if let Some(reference) = &custom_reference {
            check_free_text(reference, 100)
                .map_err(|problem| ApiError::invalid(format!("customReference {problem}.")))?;
            if reference.is_empty() {
                return Err(ApiError::invalid("customReference must not be empty."));
            }
        }
        Ok(Self {
            status: one_of(request, "status", &STATUSES)?,
            custom_reference,
        })
    }

    fn rows(&self, webcode: &Webcode) -> Rows {
        match &self.custom_reference {
            Some(reference) => Rows::WithCustomReference(webcode.clone(), reference.clone()),
            None => Rows::Of(Listed::Sessions, webcode.clone()),
        }
    }

    fn filters(&self) -> bool {
        self.status.is_some()
    }

    fn read(
        &self,
        webcode: &Webcode,
        item: Item,
        now: Ticks,
    ) -> Result<Option<Queried>, Unavailable> {
        let session: Session = store::read(item)?;
        // As it stands now: a session whose time is over is listed as expired, whether or not that was made a fact.
        let status = session.status_at(now);
        let wanted = session.webcode == *webcode && self.status.is_none_or(|one| one == status);
        Ok(wanted.then(|| Queried::new(session, now)))
    }
}
