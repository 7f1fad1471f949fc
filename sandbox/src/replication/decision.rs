//! Whether a version may be replicated under a rule: every request of S3's
//! asked of the policies, in order, until one is refused.
//!
//! S3 calls KMS with the role's own session (a forward access session), so
//! statements for the service principal play no part.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>

use fakecloud_iam::IamRole;
use fakecloud_kms::KmsKey;

use super::facts::{Facts, Side};
use super::queue::Version;
use super::requests::{Refused, Request, at_destination, at_source};
use super::verdict::Failure;
use crate::actions::Need;
use crate::actions::keys::{on_key, through_s3};
use crate::authority::{Ask, Caller, Document, admits};
use crate::checks::encryption::context_arn;
use crate::services::{denial, shut_out};
use crate::world::{Governing, World};

/// The name of the session that S3 gives itself, as key policies see it.
const SESSION: &str = "s3-replication";

/// What delivery has to know besides the facts.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// What the replica goes without: `tags`.
    pub lacks: Vec<&'static str>,
}

pub fn decide(world: &World, facts: &Facts, version: &Version) -> Result<Allowed, Failure> {
    let (account, role) = assumable(facts)?;
    let asking =
        Asking { world, facts, caller: Caller::session_of(role, account, SESSION).of(&world.organizations) };
    let destination = reachable(facts)?;
    owned(facts, version)?;
    let mut allowed = Allowed::default();
    for request in at_source(facts, version) {
        asking.s3(&request, &facts.source, &mut allowed)?;
    }
    if version.encryption.is_kms() {
        asking.decrypt(version)?;
    }
    for request in at_destination(facts, destination, version) {
        asking.s3(&request, destination, &mut allowed)?;
    }
    if version.encryption.is_kms() {
        asking.encrypt(destination, version)?;
    } else if version.is_plain() && !version.delete_marker {
        asking.encrypt_by_default(destination, version)?;
    }
    Ok(allowed)
}

/// The role exists and its trust policy lets S3 assume it.
fn assumable(facts: &Facts) -> Result<(&str, &IamRole), Failure> {
    let refused = |detail: &str| Failure {
        code: "AssumeRoleNotPermitted".to_owned(),
        action: "sts:AssumeRole".to_owned(),
        resource: facts.role_arn.clone(),
        detail: detail.to_owned(),
    };
    let Some((account, role)) = &facts.role else {
        return Err(refused("the role does not exist"));
    };
    let service = Caller::service("s3.amazonaws.com");
    let mut context = service.context(&facts.source.region);
    let bucket = context_arn(&facts.source.region, &facts.source.bucket, "", Some(true));
    for (key, value) in [("aws:sourceaccount", facts.source.account.clone()), ("aws:sourcearn", bucket)] {
        context.service_keys.insert(key.to_owned(), vec![value]);
    }
    let ask = Ask { action: "sts:AssumeRole", resource: &role.arn, context };
    if admits(&Document::parse(&role.assume_role_policy_document), &service, &ask) {
        Ok((account, role))
    } else {
        Err(refused("the trust policy does not let s3.amazonaws.com assume the role"))
    }
}

/// The destination is there, is whose the rule says, and is versioned.
fn reachable(facts: &Facts) -> Result<&Side, Failure> {
    let refused = |code: &str, detail: &str| Failure {
        code: code.to_owned(),
        action: String::new(),
        resource: facts.rule.destination.clone(),
        detail: detail.to_owned(),
    };
    let Some(destination) = &facts.destination else {
        return Err(refused("DstBucketNotFound", "the destination bucket does not exist"));
    };
    if facts.rule.account.as_ref().is_some_and(|account| *account != destination.account) {
        return Err(refused(
            "DstPutObjectNotPermitted",
            "the destination bucket belongs to another account than the rule says",
        ));
    }
    // No failureReason is documented for this one.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    if destination.requester_pays && destination.account != facts.source.account {
        return Err(refused(
            "DstPutObjectNotPermitted",
            "the destination bucket of another account is a Requester Pays bucket",
        ));
    }
    if !destination.versioned {
        return Err(refused("DstBucketUnversioned", "versioning is not enabled on the destination bucket"));
    }
    if facts.source.object_lock && !destination.object_lock {
        return Err(refused(
            "DstBucketObjectLockConfigMissing",
            "the source bucket has Object Lock and the destination bucket has not",
        ));
    }
    Ok(destination)
}

/// Where ACLs count, the bucket's owner has to be able to read the object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>
fn owned(facts: &Facts, version: &Version) -> Result<(), Failure> {
    if version.delete_marker || version.readable || facts.source.owner_enforced {
        return Ok(());
    }
    Err(Failure {
        code: "SrcGetObjectNotPermitted".to_owned(),
        action: String::new(),
        resource: format!("{}/{}", facts.source.bucket, version.key),
        detail:
            "the object belongs to another account, which lets the bucket's owner not read it and its ACL"
                .to_owned(),
    })
}

struct Asking<'a> {
    world: &'a World,
    facts: &'a Facts,
    caller: Caller,
}

impl Asking<'_> {
    fn s3(&self, request: &Request, side: &Side, allowed: &mut Allowed) -> Result<(), Failure> {
        let mut refusal = None;
        for need in &request.needs {
            if side.restricted && side.account != self.caller.account() {
                refusal.get_or_insert((need, shut_out(&self.caller, need)));
                continue;
            }
            let policy = Governing::Bucket(side.policy.as_deref());
            match self.ask(need, &side.region, &side.account, policy) {
                Ok(()) => return Ok(()),
                Err(detail) => {
                    refusal.get_or_insert((need, detail));
                }
            }
        }
        let Some((need, detail)) = refusal else {
            return Ok(());
        };
        match request.refused {
            Refused::Lacks(what) => {
                allowed.lacks.push(what);
                Ok(())
            }
            Refused::Fails(code) => Err(failure(code, need, detail)),
        }
    }

    fn decrypt(&self, version: &Version) -> Result<(), Failure> {
        let arn = version.encryption.key.clone().unwrap_or_default();
        let need = Need::new("kms:Decrypt", arn);
        let Some(key) = &self.facts.source_key else {
            // There is no code of its own for a missing source key.
            return Err(failure("SrcGetObjectNotPermitted", &need, "the key of the object does not exist"));
        };
        if key.key_state != "Enabled" {
            return Err(failure("SrcKmsKeyInvalidState", &need, format!("the key is {}", key.key_state)));
        }
        let source = &self.facts.source;
        self.kms("Decrypt", key, source, version, "SrcGetObjectNotPermitted")
    }

    fn encrypt(&self, destination: &Side, version: &Version) -> Result<(), Failure> {
        let reference = self.facts.rule.replica_key.clone().unwrap_or_default();
        let missing = Need::new("kms:Encrypt", reference);
        let found = self
            .facts
            .replica_key
            .as_ref()
            .filter(|key| key.arn.split(':').nth(3) == Some(destination.region.as_str()));
        let Some(key) = found else {
            return Err(failure(
                "DstKmsKeyNotFound",
                &missing,
                "there is no such key in the destination's Region",
            ));
        };
        if key.key_state != "Enabled" {
            return Err(failure("DstKmsKeyInvalidState", &missing, format!("the key is {}", key.key_state)));
        }
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>; no failureReason
        // is documented for this one.
        if key.key_spec != "SYMMETRIC_DEFAULT" {
            let detail = format!("S3 encrypts with symmetric keys alone, and the key is of {}", key.key_spec);
            return Err(failure("DstPutObjectNotPermitted", &missing, detail));
        }
        self.kms("Encrypt", key, destination, version, "DstPutObjectNotPermitted")
    }

    /// What was not encrypted takes the destination's default; under a KMS
    /// key that asks for `kms:GenerateDataKey`.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>
    fn encrypt_by_default(&self, destination: &Side, version: &Version) -> Result<(), Failure> {
        if !destination.default_encryption.is_kms() {
            return Ok(());
        }
        let Some(key) = &self.facts.default_key else {
            let need = Need::new(
                "kms:GenerateDataKey",
                destination.default_encryption.key.clone().unwrap_or_default(),
            );
            return Err(failure("DstKmsKeyNotFound", &need, "there is no such key"));
        };
        self.kms("GenerateDataKey", key, destination, version, "DstPutObjectNotPermitted")
    }

    /// On both sides the object's own bucket key flag decides the form of the
    /// encryption context, and `kms:ViaService` is of the side's Region.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
    fn kms(
        &self,
        action: &str,
        key: &KmsKey,
        side: &Side,
        version: &Version,
        code: &str,
    ) -> Result<(), Failure> {
        let context = context_arn(&side.region, &side.bucket, &version.key, version.encryption.bucket_key);
        let keys = self.world.keys.region(&side.region);
        let mut need = on_key(action, key, &keys, self.caller.account());
        if let Some(alias) = self.facts.rule.replica_key.as_deref()
            && action == "Encrypt"
            && let Some(start) = alias.find("alias/")
        {
            need = need.with("kms:requestalias", &alias[start..]);
        }
        if let Some(organization) = self.world.organizations.get(key_account(key)) {
            need = need.with("aws:resourceorgid", organization);
        }
        let need = through_s3(need, &side.region, &context);
        self.ask(&need, &side.region, key_account(key), Governing::Key(key))
            .map_err(|detail| failure(code, &need, detail))
    }

    fn ask(&self, need: &Need, region: &str, owner: &str, policy: Governing<'_>) -> Result<(), String> {
        let ask = Ask {
            action: &need.action,
            resource: &need.resource,
            context: need.context(self.caller.context(region)),
        };
        let judgement = self.world.judge(&self.caller, owner, policy, &ask);
        if judgement.is_allowed() { Ok(()) } else { Err(denial(&self.caller, need, judgement)) }
    }
}

fn key_account(key: &KmsKey) -> &str {
    key.arn.split(':').nth(4).unwrap_or_default()
}

fn failure(code: &str, need: &Need, detail: impl Into<String>) -> Failure {
    Failure {
        code: code.to_owned(),
        action: need.action.clone(),
        resource: need.resource.clone(),
        detail: detail.into(),
    }
}
