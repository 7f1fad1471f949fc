//! What to do about an error: a table from operation and code to a sentence.
//!
//! Deliberately absent: guesses. Where the cause is not certain the sentence says what to look at.

use crate::topology::{Base, Credentials};

use super::{AwsError, Operation};

/// The way out of a failed sign-in, where one is known. An expired SSO session is by far the most
/// frequent cause, so its command is printed to be pasted.
pub fn for_sign_in(credentials: &Credentials, error: &str) -> Option<String> {
    let profile = match credentials {
        Credentials::Profile(profile) | Credentials::Roles { base: Base::Profile(profile), .. } => {
            Some(profile)
        }
        _ => None,
    };
    let text = error.to_ascii_lowercase();
    match profile {
        Some(profile) if is_about_sso(&text) || text.contains("token") && text.contains("expired") => {
            Some(format!("run `aws sso login --profile {profile}`"))
        }
        Some(profile) if text.contains("could not find profile") || text.contains("not defined") => {
            Some(format!("`aws configure list-profiles` shows the profiles that there are; `{profile}` is not one"))
        }
        Some(profile) if text.contains("provider was not enabled") || text.contains("no credentials") => {
            Some(format!("profile `{profile}` has no credentials in the AWS files; `aws configure --profile {profile}` sets them"))
        }
        _ if text.contains("does not accept the code") => {
            Some("wait for the next code of the device, and check `mfa_serial`".to_owned())
        }
        _ if text.contains("mfa device") => {
            Some("run the command at a terminal, or name a profile whose session has the factor already".to_owned())
        }
        _ if text.contains("accessdenied") || text.contains("not authorized to perform: sts:assumerole") => Some(
            "the role's trust policy must admit the base identity, and the external id and MFA settings must be \
             those that it asks for"
                .to_owned(),
        ),
        None if text.contains("no providers in chain") || text.contains("no credentials") => {
            Some("give the account a `profile` or an `assume_role` in the profile map".to_owned())
        }
        _ => None,
    }
}

/// Not every text with these letters: "a device associated with this user" is none. What SSO's portal
/// says to a token that has expired does not name it.
fn is_about_sso(text: &str) -> bool {
    text.contains("session token not found or invalid")
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.starts_with("sso"))
}

/// The way out of this error, where one is known.
pub fn of(error: &AwsError) -> Option<String> {
    let account = &error.account;
    let operation = error.operation;
    if error.is_throttling() {
        return Some(format!(
            "account {account} throttles {operation}; run it again later or with a lower `--concurrency`"
        ));
    }
    if let Some(region) = &error.bucket_region
        && error.status == Some(301)
    {
        return Some(format!("the bucket is in {region}; set `region = \"{region}\"` in its entry"));
    }
    if error.is_denied() && error.resource.starts_with("bucket ") {
        return Some(format!(
            "either the credentials of account `{account}` lack {}, or the bucket belongs to another account than {}; \
             `bucketbridge permissions --account {account}` prints all that is needed",
            permission(operation),
            error.account_id
        ));
    }
    if error.is_denied() {
        return Some(format!(
            "the credentials of account `{account}` lack {}, or a policy denies it; \
             `bucketbridge permissions --account {account}` prints all that is needed",
            permission(operation)
        ));
    }
    let text = match (operation, error.code.as_deref()?) {
        (_, "ExpiredToken" | "ExpiredTokenException") => {
            format!("the session of account `{account}` has expired; sign in again and run the command again")
        }
        (_, "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId") => {
            format!("AWS does not know the access key of account `{account}`; check its profile")
        }
        (_, "RequestTimeTooSkewed") => "the clock of this machine is wrong; set it and run the command again".to_owned(),
        (Operation::CreateBucket, "BucketAlreadyExists") => {
            "bucket names are shared by everybody; somebody else has this one, so choose another".to_owned()
        }
        (Operation::PutKeyPolicy, _) if error.locks_out() => format!(
            "KMS keeps the author of a key policy from locking himself out: the policy, or the IAM policies of \
             account `{account}` where it delegates to them, must allow these credentials kms:PutKeyPolicy on the key"
        ),
        (Operation::PutBucketPolicy, "MalformedPolicy") | (Operation::PutKeyPolicy, "MalformedPolicyDocumentException") => {
            "a principal in the policy does not exist any more; look for ids that begin with `AROA` or `AIDA` \
             in the statements that are there, and remove those or make the principal again"
                .to_owned()
        }
        (_, "MalformedPolicyDocument") => "IAM does not accept the document; check the ARNs in `[roles]` and `[keys]`".to_owned(),
        (_, "LimitExceeded" | "LimitExceededException") => {
            format!("a quota of account `{account}` is used up; the message names it")
        }
        (Operation::PutBucketEncryption, "KMS.NotFoundException" | "KMS.DisabledException") => {
            "the bucket's key cannot be used; check its state in KMS".to_owned()
        }
        (_, "OperationAborted") => {
            "another change of the same bucket was under way the whole time; run the command again".to_owned()
        }
        (_, "KMSInvalidStateException" | "DisabledException") => {
            "the key is disabled or pending deletion: `aws kms enable-key` or `aws kms cancel-key-deletion` brings it back"
                .to_owned()
        }
        _ => return None,
    };
    Some(text)
}

/// What an operation takes, as IAM names it.
fn permission(operation: Operation) -> String {
    match operation.actions().as_slice() {
        [] => format!("the permission for {operation}"),
        [one] => format!("the permission {one}"),
        several => format!("a permission for {operation}, which takes {}", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sso_sessions_are_told_from_texts_with_these_letters() {
        let of = |error: &str| for_sign_in(&Credentials::Profile("admin".to_owned()), error);
        let login = Some("run `aws sso login --profile admin`".to_owned());
        assert_eq!(of("the SSO token has expired and cannot be refreshed"), login);
        assert_eq!(of("UnauthorizedException: Session token not found or invalid"), login);
        assert_eq!(of("your MFA serial number is valid and associated with this user"), None);
    }
}
