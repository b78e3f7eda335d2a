//! Who is behind the terminals: in Test a simulation, in Live the merchant's external service.

use std::time::{Duration, Instant};

use processor::{Acting, Outcome, Service};
use shared::domain::environment::Environment;
use shared::domain::external::ProcessorTerminal;
use shared::domain::payment::{AtProcessor, Payment};
use shared::domain::terminal::{TerminalUnavailable, simulate, terminals};
use shared::domain::time::Ticks;
use shared::domain::webcode::Webcode;
use shared::http::{ApiError, ApiRequest};
use shared::store::{self, Item, Key, MerchantConfig};

use crate::Pos;
use crate::pay::PosPayment;

/// All of a request in Live: API Gateway ends it at 30 s, and what comes then must still be written.
const WITHIN: Duration = Duration::from_secs(25);

/// The list of terminals takes no longer.
const LISTED_WITHIN: Duration = Duration::from_secs(5);

/// How soon a service is asked again for a payment that it does not know the end of yet.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Who is behind the terminals.
pub(crate) enum Party<'a> {
    /// Test: a simulation.
    Simulated,
    /// Live: external services. Whatever the merchant is assigned now, a payment stays with its own.
    Live(Live<'a>),
}

/// The external services of a request.
pub(crate) struct Live<'a> {
    acting: Acting<'a>,
    /// The one that the merchant's terminals are at.
    service: Option<Service>,
    base_url: String,
    ends: Instant,
}

/// Where it stands who is behind a merchant's terminals; in Test nobody has to look.
pub(crate) fn named_by(environment: Environment, webcode: &Webcode) -> Option<Key> {
    (environment == Environment::Live).then(|| Key::merchant(webcode))
}

impl<'a> Party<'a> {
    /// Who is behind a merchant's terminals.
    pub(crate) fn of(
        pos: &'a Pos,
        request: &'a ApiRequest,
        merchant: Option<Item>,
        began: Instant,
    ) -> Result<Self, ApiError> {
        if request.environment == Environment::Test {
            return Ok(Self::Simulated);
        }
        let config: Option<MerchantConfig> = merchant.map(store::read).transpose()?;
        let name = config.and_then(|config| config.external_service);
        let services = &pos.processors.services;
        let service = name.and_then(|name| services.find(&name));
        let service = service.filter(|service| service.capabilities.terminals);
        Ok(Self::Live(Live {
            acting: Acting {
                app: &pos.app,
                processors: &pos.processors,
                environment: request.environment,
                trace_id: &request.trace_id,
                within: WITHIN,
            },
            service: service.cloned(),
            base_url: request.base_url(pos.app.config.base_url.as_deref()),
            ends: began + WITHIN,
        }))
    }

    /// What can be known before the terminal is asked.
    ///
    /// # Errors
    /// 10404, 13004 or 13005.
    pub(crate) async fn check(&self, payment: &PosPayment) -> Result<(), ApiError> {
        let poi_id = payment.poi_id.as_str();
        let online = match self {
            Self::Simulated => terminals()
                .iter()
                .find(|terminal| terminal.poi_id == poi_id)
                .map(|terminal| terminal.online),
            Self::Live(live) => {
                live.check_reservation(payment)?;
                let listed = live.terminals(&payment.webcode).await;
                let listed = listed.map_err(|_| ApiError::TerminalUnreachable)?;
                let mut named = listed.iter().filter(|terminal| terminal.poi_id == poi_id);
                named.next().map(|terminal| terminal.online)
            }
        };
        if !online.ok_or(ApiError::NotFound)? {
            return Err(ApiError::TerminalUnreachable);
        }
        match (self, simulate(payment.amount)) {
            (Self::Simulated, Err(TerminalUnavailable::Unreachable)) => {
                Err(ApiError::TerminalUnreachable)
            }
            (Self::Simulated, Err(TerminalUnavailable::Busy)) => Err(ApiError::TerminalBusy),
            _ => Ok(()),
        }
    }

    /// Where a payment stands that is about to be asked for.
    pub(crate) fn about_to_be_asked(&self, now: Ticks) -> Option<AtProcessor> {
        match self {
            Self::Simulated => None,
            Self::Live(live) => {
                let service = live.service.as_ref()?;
                let base_url = &live.base_url;
                Some(AtProcessor::about_to_be_asked(&service.name, base_url, now))
            }
        }
    }
}

impl Live<'_> {
    /// A reservation that nobody could take would hold the customer's money for nothing.
    fn check_reservation(&self, payment: &PosPayment) -> Result<(), ApiError> {
        let captures = |service: &Service| service.capabilities.capture;
        if payment.is_pre_auth
            && self
                .service
                .as_ref()
                .is_some_and(|service| !captures(service))
        {
            return Err(ApiError::invalid(
                "The merchant's external service takes no pre-authorisations.",
            ));
        }
        Ok(())
    }

    /// The merchant's terminals; none without a service that has any.
    ///
    /// # Errors
    /// 13001: the service gave no answer.
    pub(crate) async fn terminals(
        &self,
        webcode: &Webcode,
    ) -> Result<Vec<ProcessorTerminal>, ApiError> {
        let Some(service) = &self.service else {
            return Ok(Vec::new());
        };
        let acting = Acting {
            within: LISTED_WITHIN.min(self.left()),
            ..self.acting
        };
        let client = acting
            .client(&service.name)
            .ok_or(ApiError::ProviderError)?;
        match client.terminals(webcode).await {
            Outcome::Answered(answer) => Ok(answer.terminals),
            Outcome::Rejected(_) | Outcome::NotDone | Outcome::Unknown(_) => {
                Err(ApiError::ProviderError)
            }
        }
    }

    /// Asks for a payment that was recorded, and goes on asking how it stands until it has ended or nobody may wait longer.
    pub(crate) async fn ask(&self, payment: Payment, is_new: bool) -> Result<Payment, ApiError> {
        let reference = payment.payment_reference.clone();
        let mut payment = if is_new {
            self.acting().ask(payment).await?
        } else {
            self.acting().check(&reference).await?.payment
        };
        let has_name = |payment: &Payment| {
            let at = payment.open_at_processor();
            at.is_some_and(|at| at.payment_id.is_some())
        };
        while has_name(&payment) && self.left() > ASKED_AGAIN_AFTER {
            tokio::time::sleep(ASKED_AGAIN_AFTER).await;
            payment = self.acting().check(&reference).await?.payment;
        }
        if payment.open_at_processor().is_some() {
            payment = self.acting.give_up(payment).await?;
        }
        Ok(payment)
    }

    fn acting(&self) -> Acting<'_> {
        Acting {
            within: self.left(),
            ..self.acting
        }
    }

    fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }
}
