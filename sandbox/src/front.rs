//! The front door: every HTTP request passes here on its way to the emulator
//! and back.
//!
//! It names the call for the record, and delays the answer by the latency,
//! after the call took effect. What a call may do is decided behind it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Extension, Query, State};
use axum::http::Request;
use axum::response::Response;
use chrono::{DateTime, Utc};
use fakecloud_core::dispatch::{DispatchConfig, dispatch};
use fakecloud_core::registry::ServiceRegistry;

use crate::caption::Caption;
use crate::private_route;
use crate::record::Call;
use crate::world::World;

pub struct Front {
    pub world: Arc<World>,
    pub registry: Arc<ServiceRegistry>,
    pub config: Arc<DispatchConfig>,
}

/// Bodies of IAM, STS and KMS are small; this is far above any.
const LARGEST_CALL: usize = 16 * 1024 * 1024;

pub async fn handle(
    State(front): State<Arc<Front>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(query): Query<HashMap<String, String>>,
    request: Request<Body>,
) -> Response<Body> {
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
    let request = Request::from_parts(parts, body);
    let answer = dispatch(
        ConnectInfo(address),
        Extension(front.registry.clone()),
        Extension(front.config.clone()),
        Query(query),
        request,
    )
    .await;
    let latency = front.world.settings.latency.get();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    front.record(caption, account, principal, answer.status().as_u16(), start);
    answer
}

impl Front {
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
