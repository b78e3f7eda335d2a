//! A payment at a terminal: recorded before the terminal is asked, and settled by its answer (contract README, *POS*).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Payment, PaymentState};
use crate::domain::money::Money;
use crate::domain::reference::Reference;
use crate::domain::terminal::{PoiId, TerminalAnswer, simulate};
use crate::domain::time::Ticks;
use crate::domain::webcode::Webcode;

/// Whoever asked a terminal and has not recorded its answer by now was lost: the terminal is free again, and the
/// worker resolves the payment. Longer than a request may take (8 s).
pub const POS_RESOLVED_WITHIN: Duration = Duration::from_secs(30);

/// Where a payment is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtTerminal {
    /// The terminal.
    pub poi_id: PoiId,
    /// When somebody else resolves the payment, unless an answer was recorded.
    pub resolve_at: Ticks,
}

impl Payment {
    /// A payment that a terminal is about to be asked for. It tells nothing yet.
    #[must_use]
    pub fn at_terminal(
        webcode: &Webcode,
        payment_reference: Reference,
        poi_id: PoiId,
        amount: Money,
        custom_reference: Option<String>,
        is_pre_auth: bool,
        now: Ticks,
    ) -> Self {
        Self {
            payment_reference,
            session_id: None,
            webcode: webcode.clone(),
            custom_reference,
            state: PaymentState::Processing,
            amount,
            captured: 0,
            refunded: 0,
            left: 0,
            modifications: 0,
            is_pre_auth,
            valid_until: None,
            open: None,
            terminal: Some(AtTerminal {
                poi_id,
                resolve_at: now.plus(POS_RESOLVED_WITHIN),
            }),
            processor: None,
            journal: Vec::new(),
        }
    }

    /// Takes over from whoever asked and did not live to hear the answer: the terminal is asked again, under the same
    /// reference. `false` when the answer was recorded.
    #[must_use]
    pub fn ask_again(&mut self, now: Ticks) -> bool {
        if self.state != PaymentState::Processing {
            return false;
        }
        let Some(terminal) = &mut self.terminal else {
            return false;
        };
        if let Some(at) = &mut self.processor {
            // What is being voided is not taken back: for whoever asks it never was.
            if at.voiding {
                return false;
            }
            at.revision += 1;
            at.given_up = false;
        }
        terminal.resolve_at = now.plus(POS_RESOLVED_WITHIN);
        true
    }

    /// Records what the terminal answered. `false` when that was done before: the first answer counts.
    #[must_use]
    pub fn answered(&mut self, answer: TerminalAnswer, now: Ticks) -> bool {
        // What a service knows, only the service can tell.
        if self.state != PaymentState::Processing || self.processor.is_some() {
            return false;
        }
        match answer {
            TerminalAnswer::Authorised => self.accept(now),
            TerminalAnswer::Refused(reason) => self.refuse(reason.as_str(), now),
            TerminalAnswer::ProviderError => self.refuse("PROVIDER_ERROR", now),
        }
        true
    }

    /// Resolves a payment whose answer nobody recorded in time. `false` when there is nothing to resolve. A terminal that
    /// could not be asked has charged nothing.
    #[must_use]
    pub fn resolve(&mut self, now: Ticks) -> bool {
        let late = self
            .terminal
            .as_ref()
            .is_some_and(|terminal| now >= terminal.resolve_at);
        // What a service knows, only the service can tell.
        late && self.processor.is_none()
            && self.answered(
                simulate(self.amount).unwrap_or(TerminalAnswer::ProviderError),
                now,
            )
    }
}
