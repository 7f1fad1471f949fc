//! `/_bucketbridge/why?bucket=…&key=…`: a door of the sandbox's own, for
//! `bucketbridge-sandbox why`. No bucket can have such a name.
//!
//! It is not signed, tells nothing but verdicts, and is served to loopback
//! only, as everything here.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::replication::explain::explain;
use crate::world::World;

pub const PATH: &str = "/_bucketbridge/why";

/// The answer, if the request is for this door.
pub fn answer(
    world: &World,
    from: SocketAddr,
    path: &str,
    query: &HashMap<String, String>,
) -> Option<Response<Body>> {
    if path != PATH || !from.ip().is_loopback() {
        return None;
    }
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let (bucket, key) = (field("bucket"), field("key"));
    let (status, body) = if world.bucket(bucket, |_, _| ()).is_some() {
        (StatusCode::OK, json!({"verdicts": explain(world, bucket, key)}))
    } else {
        (StatusCode::NOT_FOUND, json!({"error": format!("there is no bucket {bucket}")}))
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(Body::from(body.to_string())).ok()
}
