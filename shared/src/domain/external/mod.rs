//! The words of the External Integration contract, version 3 (external-integration.txt; contract README, *External
//! integration*): what is sent to an external service, and what it answers. Both parts that the product plays use them.
//!
//! What the fifth document does not have is our own choice, and marked so: `callbackUrl`, capture, cancel, extend, the list of
//! modifications in a status, and terminals. A service that knows nothing of them loses nothing but these.

mod modify;
mod pay;
mod status;
mod subscription;
mod terminals;

pub use modify::{CancelRequest, CaptureRequest, ExtendRequest, ModifyAnswer, RefundRequest};
pub use pay::{PayAnswer, PayRequest, PayResult, REASONS, Reason};
pub use status::{ModificationAnswer, ProcessorStatus, StatusAnswer, SubscriptionCharge, Told};
pub use subscription::{
    Interval, ScheduleRequest, SubscriptionAnswer, SubscriptionInfo, SubscriptionStatus,
    SubscriptionStatusAnswer, UpdateRequest,
};
pub use terminals::{ProcessorTerminal, TerminalsAnswer};

/// Names that services and callers give (`paymentId`, `shopTransactionId`, `subscriptionToken`) have this many bytes at most.
pub const NAME_BYTES_MAX: usize = 255;

/// Whether a text can be such a name: something, not too long, and visible ASCII, so that it can stand in an address.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
