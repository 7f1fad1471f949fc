//! Grants of KMS keys: permissions beside the key policy.
//!
//! A grant holds for its grantee without any policy of the grantee's own,
//! also in another account: that is how AWS has the service-linked roles of
//! other accounts use a key
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html>).
//! An explicit Deny still wins. Grant tokens are not looked at, since grants
//! hold at once here.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>

use fakecloud_core::auth::ConditionContext;
use serde_json::Value;

use super::caller::Caller;
use super::document::Ask;
use super::principal::{Grip, grip_of_aws};

/// What a grant says; the emulator's own type has no public name.
#[derive(Clone, Debug)]
pub struct Grant {
    pub grantee: String,
    pub operations: Vec<String>,
    pub constraints: Option<Value>,
}

/// The tightest way in which one of `grants` allows the request.
pub fn granted(grants: &[Grant], caller: &Caller, ask: &Ask<'_>) -> Option<Grip> {
    let operation = ask.action.strip_prefix("kms:")?;
    grants
        .iter()
        .filter(|grant| grant.operations.iter().any(|granted| granted == operation))
        .filter(|grant| grant.constraints.as_ref().is_none_or(|limits| fits(limits, &ask.context)))
        .filter_map(|grant| grip_of_aws(&grant.grantee, caller))
        .max()
}

/// `EncryptionContextEquals` wants exactly its pairs, `…Subset` at least.
fn fits(constraints: &Value, context: &ConditionContext) -> bool {
    let has = |name: &str, value: &Value| {
        let found = context.lookup(&format!("kms:EncryptionContext:{name}"));
        found.is_some_and(|found| found.iter().any(|one| Some(one.as_str()) == value.as_str()))
    };
    let pairs = |name: &str| constraints.get(name).and_then(Value::as_object);
    let subset = pairs("EncryptionContextSubset");
    let equals = pairs("EncryptionContextEquals");
    let count = context.lookup("kms:EncryptionContextKeys").map_or(0, |keys| keys.len());
    subset.is_none_or(|pairs| pairs.iter().all(|(name, value)| has(name, value)))
        && equals
            .is_none_or(|pairs| pairs.len() == count && pairs.iter().all(|(name, value)| has(name, value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> ConditionContext {
        let mut context = ConditionContext::default();
        for (name, value) in pairs {
            context.service_keys.insert(format!("kms:EncryptionContext:{name}"), vec![(*value).to_owned()]);
        }
        let names = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
        context.service_keys.insert("kms:encryptioncontextkeys".to_owned(), names);
        context
    }

    #[test]
    fn constraints_are_about_the_encryption_context() {
        let subset = json!({"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::b"}});
        let equals = json!({"EncryptionContextEquals": {"aws:s3:arn": "arn:aws:s3:::b"}});
        let bare = context(&[("aws:s3:arn", "arn:aws:s3:::b")]);
        let more = context(&[("aws:s3:arn", "arn:aws:s3:::b"), ("team", "x")]);
        let other = context(&[("aws:s3:arn", "arn:aws:s3:::c")]);
        assert!(fits(&subset, &bare) && fits(&subset, &more) && !fits(&subset, &other));
        assert!(fits(&equals, &bare) && !fits(&equals, &more) && !fits(&equals, &other));
        assert!(fits(&json!({}), &other));
    }
}
