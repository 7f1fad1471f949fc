//! The front door: every HTTP request passes here on its way to the emulator
//! and back.
//!
//! It names the call for the record, lets happen what goes wrong on the way
//! (see [`crate::faults`]), and delays the answer by the latency, after the
//! call took effect. What a call may do is decided behind it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::http::Request;
use axum::response::Response;
use chrono::{DateTime, Utc};
use fakecloud_core::dispatch::{DispatchConfig, dispatch};
use fakecloud_core::registry::ServiceRegistry;

use crate::busy::{Change, changes_a_bucket};
use crate::caption::Caption;
use crate::faults::Effect;
use crate::faults::answers::{self, Answer};
use crate::private_route;
use crate::record::Call;
use crate::wire::Connection;
use crate::world::World;

pub struct Front {
    pub world: Arc<World>,
    pub registry: Arc<ServiceRegistry>,
    pub config: Arc<DispatchConfig>,
}

/// The status in the record of a call whose connection was cut.
const NO_ANSWER: u16 = 0;

/// Bodies of IAM, STS and KMS are small; this is far above any.
const LARGEST_CALL: usize = 16 * 1024 * 1024;

pub async fn handle(
    State(front): State<Arc<Front>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    Query(query): Query<HashMap<String, String>>,
    request: Request<Body>,
) -> Response<Body> {
    let address = connection.address;
    if let Some(answer) = private_route::answer(&front.world, address, request.uri().path(), &query) {
        return answer;
    }
    let start = Utc::now();
    let (parts, body) = request.into_parts();
    let mut caption = Caption::of(&parts, &query);
    let body = if caption.service == "s3" {
        body
    } else {
        let bytes = to_bytes(body, LARGEST_CALL).await.unwrap_or_default();
        caption.read_body(&parts, &bytes);
        Body::from(bytes)
    };
    let (account, principal) = front.caller(&caption.access_key);
    let met = front.world.faults.meet(&account, &caption.operation);
    if met == Some(Effect::Held) {
        front.world.faults.wait().await;
    }
    if met == Some(Effect::CutBefore) {
        connection.cut();
        front.record(caption, account, principal, NO_ANSWER, start);
        return Response::default();
    }
    let change = front.change(&caption);
    if let Some(answer) = front.refusal(met, &caption, &account, change.is_err()) {
        // Read first, lest the client is still writing when it is answered.
        let _ = to_bytes(body, LARGEST_CALL).await;
        let answer = answer.response(&caption.service);
        front.record(caption, account, principal, answer.status().as_u16(), start);
        return answer;
    }
    let request = Request::from_parts(parts, body);
    let answer = dispatch(
        ConnectInfo(address),
        Extension(front.registry.clone()),
        Extension(front.config.clone()),
        Query(query),
        request,
    )
    .await;
    let mut wait = front.world.settings.latency.get();
    if let Some(Effect::Slow(longer)) = met {
        wait += longer;
    }
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    drop(change);
    let mut status = answer.status().as_u16();
    if met == Some(Effect::CutAfter) {
        connection.cut();
        status = NO_ANSWER;
    }
    front.record(caption, account, principal, status, start);
    if met == Some(Effect::HeldAfter) {
        front.world.faults.wait().await;
    }
    answer
}

impl Front {
    /// The right to change a bucket's configuration, if the call does that.
    fn change(&self, caption: &Caption) -> Result<Option<Change<'_>>, ()> {
        if caption.service != "s3" || !changes_a_bucket(&caption.operation) {
            return Ok(None);
        }
        self.world.busy.change(&caption.resource).map(Some).ok_or(())
    }

    /// What a call is answered instead of being done.
    fn refusal(&self, met: Option<Effect>, caption: &Caption, account: &str, busy: bool) -> Option<Answer> {
        let service = caption.service.as_str();
        match met {
            Some(Effect::Throttled) => return Some(answers::throttled(service)),
            Some(Effect::Broken) => return Some(answers::broken(service)),
            Some(Effect::Unavailable) => return Some(answers::unavailable(service)),
            _ => {}
        }
        if busy {
            return Some(answers::conflict());
        }
        let quotas = &self.world.quotas;
        let over =
            service == "kms" && !quotas.admits(account, &caption.region, &caption.operation, Instant::now());
        over.then(|| answers::throttled(service))
    }

    fn caller(&self, access_key: &str) -> (String, String) {
        let states = self.world.iam.read();
        let found = states.iter().find_map(|(_, state)| state.credential_secret_readonly(access_key));
        found.map_or_else(Default::default, |secret| (secret.account_id, secret.principal_arn))
    }

    fn record(
        &self,
        caption: Caption,
        account: String,
        principal: String,
        status: u16,
        start: DateTime<Utc>,
    ) {
        self.world.recorder.add(Call {
            account,
            principal,
            service: caption.service,
            operation: caption.operation,
            resource: caption.resource,
            status,
            start,
            end: Utc::now(),
        });
    }
}
