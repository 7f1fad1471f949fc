//! The documents of a world: of keys, buckets and the role; and the states of the keys.
//!
//! Deliberately absent: the rule of the source bucket.

use aws_sdk_kms::error::ProvideErrorMetadata;
use serde_json::{Value, json};

use super::{Ground, Stop, or_refused};
use crate::bench::trust;

/// As `or_refused`, and says so if the administrators were shut out of the key before.
macro_rules! or_locked_out {
    ($name:expr, $what:expr, $sent:expr) => {
        if let Err(error) = $sent.await {
            let code = error.code().unwrap_or_default();
            if code == "AccessDeniedException" {
                return Err(Stop::LockedOut(side_name($name)));
            }
            return Err(Stop::Refused(format!("{}: {code} {}", $what, error.message().unwrap_or_default())));
        }
    };
}

fn side_name(name: &str) -> &'static str {
    if name == "source" { "source" } else { "destination" }
}

impl Ground {
    /// The key's policy comes last: it may be one that shuts out its administrators.
    pub(super) async fn key(&mut self, name: &str, wanted: &Value) -> Result<(), Stop> {
        let (kms, key) = (self.side(name).clients.kms.clone(), self.side(name).key.clone());
        let state_name = format!("{name} key state");
        if self.differs(&state_name, &json!("Enabled")) {
            drop(kms.cancel_key_deletion().key_id(&key).send().await);
            or_locked_out!(name, state_name, kms.enable_key().key_id(&key).send());
        }
        let what = format!("{name} key grants");
        if self.differs(&what, &wanted["grants"]) {
            self.stored.remove(&what);
            let list = kms.list_grants().key_id(&key).send().await;
            let list = list.map_err(|_| Stop::LockedOut(side_name(name)))?;
            for grant in list.grants.unwrap_or_default() {
                let revoke = kms.revoke_grant().key_id(&key).set_grant_id(grant.grant_id);
                or_locked_out!(name, what, revoke.send());
            }
            for grant in wanted["grants"].as_array().into_iter().flatten() {
                let operations =
                    grant["operations"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let create = kms.create_grant().key_id(&key);
                let create = create
                    .grantee_principal(grant["grantee"].as_str().unwrap_or_default())
                    .set_operations(Some(operations.map(Into::into).collect()));
                or_locked_out!(name, what, create.send());
            }
            self.differs(&what, &wanted["grants"]);
        }
        let state = &wanted["state"];
        if !state.is_null() && self.differs(&state_name, state) {
            match state.as_str() {
                Some("Disabled") => {
                    or_locked_out!(name, state_name, kms.disable_key().key_id(&key).send());
                }
                _ => or_locked_out!(name, state_name, kms.schedule_key_deletion().key_id(&key).send()),
            }
        }
        let what = format!("{name} key policy");
        if self.differs(&what, &wanted["policy"]) {
            self.stored.remove(&what);
            let put = kms.put_key_policy().key_id(&key).policy(wanted["policy"].to_string());
            // Otherwise KMS refuses what shuts out whoever puts it, and such policies stand in accounts, too.
            let put = put.bypass_policy_lockout_safety_check(true);
            or_locked_out!(name, what, put.send());
            self.differs(&what, &wanted["policy"]);
        }
        Ok(())
    }

    /// A bucket's policy, and then what blocks public ones: it refuses only those that come after it.
    pub(super) async fn policy(&mut self, name: &str, wanted: &Value) -> Result<(), Stop> {
        let what = format!("{name} policy");
        if self.differs(&what, &wanted["policy"]) {
            self.stored.remove(&what);
            self.block(name, &Value::Null).await?;
            let side = self.side(name);
            if wanted["policy"].is_null() {
                or_refused!(what, side.clients.s3.delete_bucket_policy().bucket(&side.bucket).send());
            } else {
                let put = side.clients.s3.put_bucket_policy().bucket(&side.bucket);
                or_refused!(what, put.policy(wanted["policy"].to_string()).send());
            }
            self.differs(&what, &wanted["policy"]);
        }
        self.block(name, &wanted["public_access_block"]).await
    }

    pub(super) async fn role(&mut self, wanted: &Value) -> Result<(), Stop> {
        let iam = self.side("source").clients.iam.clone();
        let name = "replication";
        if self.differs("role", &json!(true)) {
            let create = iam.create_role().role_name(name);
            let any = trust("111111111111", json!({}));
            create.assume_role_policy_document(any).send().await.expect("the role is made");
        }
        if self.differs("role trust", &wanted["trust"]) {
            self.stored.remove("role trust");
            let put = iam.update_assume_role_policy().role_name(name);
            or_refused!("trust", put.policy_document(wanted["trust"].to_string()).send());
            self.differs("role trust", &wanted["trust"]);
        }
        self.rights(&wanted["policies"][0]).await?;
        let boundary = &wanted["permissions_boundary"];
        if self.differs("role boundary", boundary) {
            drop(iam.delete_role_permissions_boundary().role_name(name).send().await);
            if !boundary.is_null() {
                self.boundaries += 1;
                let policy = format!("boundary-{}", self.boundaries);
                let create = iam.create_policy().policy_name(&policy).policy_document(boundary.to_string());
                self.stored.remove("role boundary");
                or_refused!("boundary", create.send());
                let put = iam.put_role_permissions_boundary().role_name(name);
                let arn = format!("arn:aws:iam::111111111111:policy/{policy}");
                or_refused!("boundary", put.permissions_boundary(arn).send());
                self.differs("role boundary", boundary);
            }
        }
        Ok(())
    }

    /// What the role may do.
    pub(super) async fn rights(&mut self, wanted: &Value) -> Result<(), Stop> {
        if self.differs("role rights", wanted) {
            self.stored.remove("role rights");
            let put = self.side("source").clients.iam.put_role_policy().role_name("replication");
            let put = put.policy_name("policy-0").policy_document(wanted.to_string());
            or_refused!("role policy", put.send());
            self.differs("role rights", wanted);
        }
        Ok(())
    }

    pub(super) async fn delete_role(&mut self) {
        let iam = &self.side("source").clients.iam;
        let policy = iam.delete_role_policy().role_name("replication").policy_name("policy-0");
        policy.send().await.expect("no policy");
        iam.delete_role().role_name("replication").send().await.expect("no role");
        self.stored.retain(|what, _| !what.starts_with("role"));
    }
}
