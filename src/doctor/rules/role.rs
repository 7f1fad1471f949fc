//! The role itself: whether it exists, and lets S3 assume it.
//!
//! Deliberately absent: what it may do, and Denies.

use crate::iam::evaluate::{Side, Verdict};

use super::super::finding::Finding;
use super::super::fix::{Change, DocumentName, Fix};
use super::super::grants;
use super::super::hearing::Hearing;
use super::super::step::Step;
use super::Rule;
use super::place;

pub(super) const RULE: Rule = Rule {
    id: "role",
    causes: &["role-missing", "role-trust-wrong-service", "role-trust-condition-mismatch"],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let role = &scene.configuration.role;
    if scene.role.is_absent() && scene.role_arn.is_some() {
        let create = Change::CreateRole { role: role.clone(), trust: grants::trust() };
        let fix =
            Fix::new("make the role again, and name it again in the policies that named it", vec![create]);
        let what = format!("the role of the configuration does not exist: {role}");
        let finding = Finding::error("role-missing", scene.role_account(), role, what);
        return vec![finding.reason("AssumeRoleNotPermitted").fix(fix.by_apply())];
    }
    let refused = hearing.get(Step::AssumeRole).filter(|h| h.verdict() == Verdict::ImplicitlyDenied);
    let Some(heard) = refused else {
        return Vec::new();
    };
    let document = DocumentName::TrustPolicy { role: role.clone() };
    let add = Change::AddStatement { document: document.clone(), statement: grants::trust_statement() };
    let fix =
        Fix::new("let s3.amazonaws.com assume the role: add this to its trust policy", vec![add]).by_apply();
    let unmet = place::unmet(heard);
    let (cause, what) = match unmet {
        Some(_) => ("role-trust-condition-mismatch", "a condition of the role's trust policy keeps S3 out"),
        None => {
            ("role-trust-wrong-service", "the role's trust policy does not let s3.amazonaws.com assume it")
        }
    };
    let finding = Finding::error(cause, scene.role_account(), role, what).document(document);
    vec![place::answer(finding, heard, Side::Resource, unmet).fix(fix)]
}
