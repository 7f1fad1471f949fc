//! The unique ids of users and roles: what AWS puts in the place of one that was deleted, in every policy
//! that named it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
//!
//! Deliberately absent: ids of what no policy can name as a principal, such as groups and certificates.

/// Whether it is the id of a user (`AIDA…`) or of a role (`AROA…`).
///
/// AWS writes them in capitals; who copies one does not always.
pub fn is_unique_id(principal: &str) -> bool {
    let prefix = principal.starts_with("AROA") || principal.starts_with("AIDA");
    prefix && principal.len() >= 16 && principal.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::is_unique_id;

    #[test]
    fn users_and_roles_alone_leave_ids() {
        for id in ["AROADBQP57FF2AEXAMPLE", "AIDACKCEVSQ6C2EXAMPLE", "AROAd521a6cf80924b8eb"] {
            assert!(is_unique_id(id), "{id}");
        }
        let others = [
            "",
            "*",
            "111111111111",
            "AROA",
            "AROADBQP57FF2AEXAMPLE:session",
            "AGPACKCEVSQ6C2EXAMPLE",
            "AKIAIOSFODNN7EXAMPLE",
            "aroadbqp57ff2aexample",
            "arn:aws:iam::111111111111:role/AROADBQP57FF2AEXAMPLE",
        ];
        for other in others {
            assert!(!is_unique_id(other), "{other}");
        }
    }
}
