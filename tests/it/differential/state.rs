//! What happens to a world other than in its policies: states of keys and buckets, of the object, and what
//! the rule says.
//!
//! Deliberately absent: policies.

use fastrand::Rng;
use serde_json::{Value, json};

use super::change::pick;

const RULE: &str = "/source/replication/Rules/0";

/// One thing that happens.
pub fn state(rng: &mut Rng, estate: &mut Value) {
    // A world without a rule has no more states than these.
    let has_rule = estate.pointer(RULE).is_some();
    match rng.u8(..12) {
        0..3 => of_keys(rng, estate),
        3..6 => of_buckets(rng, estate),
        6..9 if has_rule => of_the_rule(rng, estate),
        9 => {
            let how = if rng.u8(..3) == 0 { "exists" } else { "recreated" };
            set(estate, &format!("/role/{how}"), json!(how == "recreated"));
        }
        _ => of_the_object(rng, estate),
    }
}

fn set(estate: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    estate.pointer_mut(parent).expect("a place")[last] = value;
}

fn of_keys(rng: &mut Rng, estate: &mut Value) {
    match rng.u8(..8) {
        0 | 1 => set(estate, "/destination/key/state", json!(pick(rng, &["Disabled", "PendingDeletion"]))),
        2 | 3 => set(estate, "/source/key/state", json!(pick(rng, &["Disabled", "PendingDeletion"]))),
        4 => set(estate, "/destination/key/spec", json!("HMAC_256")),
        5 => {
            let operation = pick(rng, &["Encrypt", "GenerateDataKey", "Decrypt"]);
            let grant = json!([{"grantee": "${ROLE_ARN}", "operations": [operation]}]);
            set(estate, "/destination/key/grants", grant);
        }
        _ => {
            let key = pick(rng, &["${SRC_KEY_ARN}", "${DST_OTHER_KEY_ARN}"]);
            let path = format!("{RULE}/Destination/EncryptionConfiguration");
            if estate.pointer(&path).is_some() {
                set(estate, &format!("{path}/ReplicaKmsKeyID"), json!(key));
            }
        }
    }
}

fn of_buckets(rng: &mut Rng, estate: &mut Value) {
    let side = pick(rng, &["source", "destination"]);
    match rng.u8(..8) {
        0 => set(estate, "/destination/versioning", json!("Suspended")),
        1 => set(estate, &format!("/{side}/request_payment"), json!("Requester")),
        2 => set(
            estate,
            &format!("/{side}/ownership"),
            json!(pick(rng, &["ObjectWriter", "BucketOwnerPreferred"])),
        ),
        3 | 4 => {
            let flag = pick(rng, &["RestrictPublicBuckets", "BlockPublicPolicy"]);
            set(estate, &format!("/{side}/public_access_block"), json!({flag: true}));
            let first = estate.pointer_mut(&format!("/{side}/policy/Statement/0"));
            if let (Some(statement), true) = (first, rng.bool()) {
                statement["Principal"] = json!("*");
                statement.as_object_mut().expect("fields").shift_remove("NotPrincipal");
            }
        }
        5 => {
            let name = format!("orders-gone-{}", rng.u32(..));
            set(estate, "/destination/bucket", json!(name));
            set(estate, "/destination/exists", json!(false));
        }
        6 => set(estate, "/source/replication", Value::Null),
        _ => {
            let on = &mut estate[side]["encryption"]["Rules"][0]["BucketKeyEnabled"];
            *on = json!(*on != true);
        }
    }
}

fn of_the_object(rng: &mut Rng, estate: &mut Value) {
    match rng.u8(..6) {
        0 => set(estate, "/object/exists", json!(false)),
        1 => set(estate, "/object/created", json!("before-rule")),
        2 => set(estate, "/object/replication_status", json!(pick(rng, &["FAILED", "REPLICA"]))),
        3 => set(
            estate,
            "/object/storage_class",
            json!(pick(rng, &["DEEP_ARCHIVE", "GLACIER", "STANDARD_IA", "GLACIER_IR"])),
        ),
        4 => {
            let ownership = pick(rng, &["ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"]);
            set(estate, "/source/ownership", json!(ownership));
            set(estate, "/object/owner", json!("333333333333"));
        }
        _ => set(estate, "/object/operation", json!("delete-marker")),
    }
}

fn of_the_rule(rng: &mut Rng, estate: &mut Value) {
    let is_new = !estate.pointer(RULE).expect("a rule")["Filter"].is_null();
    match rng.u8(..8) {
        0 => set(estate, &format!("{RULE}/Status"), json!("Disabled")),
        1 => set(estate, &format!("{RULE}/Destination/Account"), json!("333333333333")),
        2 => {
            let criteria = format!("{RULE}/SourceSelectionCriteria/SseKmsEncryptedObjects/Status");
            set(estate, &criteria, json!("Disabled"));
        }
        3 if is_new => set(estate, &format!("{RULE}/DeleteMarkerReplication/Status"), json!("Disabled")),
        4 if is_new => {
            let filter = json!({"Tag": {"Key": "class", "Value": pick(rng, &["gold", "silver"])}});
            set(estate, &format!("{RULE}/Filter"), filter);
            set(estate, &format!("{RULE}/DeleteMarkerReplication/Status"), json!("Disabled"));
        }
        5 | 6 if is_new => {
            let mut other = estate.pointer(RULE).expect("a rule").clone();
            other["ID"] = json!("other");
            other["Priority"] = json!(rng.u8(2..9));
            let prefix = pick(rng, &["", "path/", "other/"]);
            other["Filter"] = json!({"Prefix": prefix});
            other["Status"] = json!(pick(rng, &["Enabled", "Enabled", "Disabled"]));
            let rules = estate["source"]["replication"]["Rules"].as_array_mut().expect("rules");
            rules.truncate(1);
            let place = rng.usize(..2);
            rules.insert(place, other);
        }
        _ => {
            let prefix = json!(pick(rng, &["/path/", "path/file", "other", ""]));
            if is_new {
                set(estate, &format!("{RULE}/Filter"), json!({"Prefix": prefix}));
            } else {
                set(estate, &format!("{RULE}/Prefix"), prefix);
            }
        }
    }
}
