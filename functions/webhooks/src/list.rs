//! `GET …/webhook/deliveries`: a merchant's deliveries by state and time, newest first.

use serde::Serialize;
use shared::domain::delivery::{Delivery, DeliveryState};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::listing::{Listing, one_of};
use shared::store::keys::Listed;
use shared::store::list::Rows;
use shared::store::{self, Item, Unavailable};

use crate::shown::Shown;

/// The filters of the list of deliveries.
#[derive(Debug, Serialize)]
pub(crate) struct Deliveries {
    state: Option<DeliveryState>,
}

impl Listing for Deliveries {
    type Row = Shown;

    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self {
            state: one_of(request, "state", &DeliveryState::NAMED)?,
        })
    }

    fn rows(&self, webcode: &Webcode) -> Rows {
        Rows::Of(Listed::Deliveries, webcode.clone())
    }

    fn filters(&self) -> bool {
        self.state.is_some()
    }

    fn read(&self, _: &Webcode, item: Item, _: Ticks) -> Result<Option<Shown>, Unavailable> {
        let delivery: Delivery = store::read(item)?;
        let is_wanted = self.state.is_none_or(|state| state == delivery.state);
        Ok(is_wanted.then(|| Shown::row(delivery)))
    }
}
