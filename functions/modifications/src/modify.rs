//! What the four kinds of modification have in common: find the payment, ask its state machine, write both.

use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::environment::Environment;
use shared::domain::idempotency::Endpoint;
use shared::domain::modification::{
    Modification, ModificationKind, ModificationStatus, RefundReason, Settlement,
};
use shared::domain::money::Money;
use shared::domain::payment::{Payment, Requested};
use shared::domain::reference::{Marker, Reference};
use shared::domain::webcode::Webcode;
use shared::flow::{Change, Decision};
use shared::http::{ApiError, ApiRequest, Fields, Reply};
use shared::store::{self, Item, Key, Write};

/// What a kind of modification is, and what its reply looks like. The type is the name of the kind.
pub(crate) trait Kind: Serialize + Sized {
    const KIND: ModificationKind;
    const ENDPOINT: Endpoint = Self::KIND.endpoint();
    const MARKER: Marker = Self::KIND.marker();

    /// The parameters of its own, beside the payment.
    fn parse(fields: &Fields<'_>) -> Result<Self, ApiError>;

    /// How much, where the request says it.
    fn amount(&self) -> Option<Money> {
        None
    }

    /// Why, where the request says it.
    fn reason(&self) -> Option<RefundReason> {
        None
    }

    /// The data of the reply (modifications.txt, *Response (202)*).
    fn data(&self, made: Made<'_>) -> Result<Reply, ApiError>;
}

/// What the replies are made of.
pub(crate) struct Made<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) payment_reference: &'a Reference,
    /// What was authorised, which never changes.
    pub(crate) payment_amount: Money,
    pub(crate) status: ModificationStatus,
    pub(crate) created_at: String,
}

/// A request to modify a payment.
#[derive(Debug, Serialize)]
pub(crate) struct Modify<K> {
    webcode: Webcode,
    payment_reference: Reference,
    kind: K,
}

impl<K: Kind> Modify<K> {
    fn payment(&self, resource: Option<&Item>) -> Result<Payment, ApiError> {
        let payment: Payment = store::read(resource.cloned().ok_or(ApiError::NotFound)?)?;
        if payment.webcode == self.webcode {
            Ok(payment)
        } else {
            Err(ApiError::AccessDenied)
        }
    }
}

impl<K: Kind> Change for Modify<K> {
    const ENDPOINT: Endpoint = K::ENDPOINT;
    const MARKER: Marker = K::MARKER;

    fn parse(fields: &Fields<'_>, _: &App, _: Environment) -> Result<Self, ApiError> {
        Ok(Self {
            webcode: fields.webcode()?,
            payment_reference: fields.payment_reference()?,
            kind: K::parse(fields)?,
        })
    }

    fn webcode(&self) -> &Webcode {
        &self.webcode
    }

    fn resource(&self) -> Option<Key> {
        Some(Key::payment(&self.payment_reference))
    }

    fn decide(
        &self,
        resource: Option<&Item>,
        decision: &Decision<'_>,
    ) -> Result<Vec<Write>, ApiError> {
        let before = self.payment(resource)?;
        let requested = Requested {
            kind: K::KIND,
            amount: self.kind.amount(),
            reference: decision.reference.clone(),
        };
        let settlement = Settlement::of(decision.environment);
        let mut after = before.clone();
        let status = after
            .request(&requested, settlement, decision.now)
            .map_err(|error| ApiError::invalid(error.to_string()))?;
        let modification = Modification {
            reference: requested.reference,
            kind: K::KIND,
            payment_reference: self.payment_reference.clone(),
            webcode: self.webcode.clone(),
            amount: match K::KIND {
                ModificationKind::Extend => Some(before.amount),
                _ => requested.amount,
            },
            reason: self.kind.reason(),
            status,
            settled_at: (settlement == Settlement::AtOnce).then_some(decision.now),
            asking: None,
            due_at: (settlement == Settlement::Later).then_some(decision.now),
        };
        Ok(vec![
            store::create_modification(&modification, decision.writer)?,
            store::change_payment(&before, &after, decision.now, decision.writer)?,
        ])
    }

    fn reply(
        &self,
        _: &App,
        _: &ApiRequest,
        reference: &Reference,
        resource: Option<&Item>,
    ) -> Result<Reply, ApiError> {
        self.kind.data(Made {
            reference,
            payment_reference: &self.payment_reference,
            payment_amount: self.payment(resource)?.amount,
            status: K::KIND.initial_status(),
            created_at: reference.created_at().to_string(),
        })
    }
}

/// The reply to an accepted modification.
pub(crate) fn accepted<T: Serialize>(data: &T) -> Result<Reply, ApiError> {
    Reply::new(StatusCode::ACCEPTED, data)
}
