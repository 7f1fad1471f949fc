//! The emulator crates wired to one HTTP server.
//!
//! The emulator checks signatures and names the services; authorization is
//! off there and done in [`crate::services`], under AWS's names.

use std::sync::Arc;

use axum::Router;
use fakecloud_core::auth::IamMode;
use fakecloud_core::delivery::DeliveryBus;
use fakecloud_core::dispatch::DispatchConfig;
use fakecloud_core::registry::ServiceRegistry;
use fakecloud_iam::credential_resolver::IamCredentialResolver;
use fakecloud_iam::iam_service::IamService;
use fakecloud_iam::sts_service::StsService;
use fakecloud_s3::S3Service;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::front::{Front, handle};
use crate::services::iam::Iam;
use crate::services::kms::Kms;
use crate::services::s3::S3;
use crate::services::sts::Sts;
use crate::wire::{Connection, Wires};
use crate::world::{DEFAULT_REGION, World};

/// Serves until `stop` is sent or dropped.
pub async fn serve(
    world: Arc<World>,
    listener: TcpListener,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let mut registry = ServiceRegistry::new();
    let storage = S3Service::new(world.s3.clone(), Arc::new(DeliveryBus::new()));
    registry.register(Arc::new(S3::new(world.clone(), storage)));
    registry.register(Arc::new(Iam::new(world.clone(), IamService::new(world.iam.clone()))));
    registry.register(Arc::new(Sts::new(world.clone(), StsService::new(world.iam.clone()))));
    registry.register(Arc::new(Kms::new(world.clone())));

    let first = world.accounts.first().map_or("", |account| account.id.as_str());
    let mut config = DispatchConfig::new(DEFAULT_REGION, first);
    config.verify_sigv4 = true;
    config.iam_mode = IamMode::Off;
    config.credential_resolver = Some(IamCredentialResolver::shared(world.iam.clone()));

    let front = Arc::new(Front { world, registry: Arc::new(registry), config: Arc::new(config) });
    let app = Router::new().fallback(handle).with_state(front);
    let app = app.into_make_service_with_connect_info::<Connection>();
    // Not `with_graceful_shutdown`: clients keep idle connections open, and a
    // sandbox that is dropped is to be gone.
    tokio::select! {
        served = axum::serve(Wires(listener), app) => served,
        _ = stop => Ok(()),
    }
}
