//! A permissions boundary that leaves out what S3 does with the role.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
//!
//! Deliberately absent: a boundary that denies. A Deny is found wherever it stands.

use crate::iam::evaluate::{Side, Verdict};

use super::super::finding::Finding;
use super::super::fix::{Change, DocumentName, Fix};
use super::super::grants;
use super::super::hearing::Hearing;
use super::Rule;
use super::place;

/// The cause, which a boundary that denies has too.
pub(super) const CAUSE: &str = "role-permissions-boundary";

pub(super) const RULE: Rule = Rule { id: "boundary", causes: &[CAUSE], find };

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let limited = hearing.refused().filter(|heard| {
        heard.verdict() == Verdict::ImplicitlyDenied && heard.decision.blocked_by.contains(&Side::Boundary)
    });
    let finding = |heard: &super::super::hearing::Heard| {
        let boundary = scene.role.known().and_then(|role| role.boundary.known())?;
        let role = scene.configuration.role.clone();
        let document = DocumentName::PermissionsBoundary { role: role.clone(), policy: boundary.arn.clone() };
        let severity = heard.severity();
        let what =
            format!("the role's permissions boundary {} leaves out {}", boundary.arn, heard.request.action);
        let add = Change::AddStatement {
            document: document.clone(),
            statement: grants::for_role(scene, heard.step),
        };
        let fix = Fix::new("add these statements to the boundary, or give the role another one", vec![add]);
        let finding = Finding::new(severity, CAUSE, scene.role_account(), role, what).document(document);
        Some(place::answer(finding, heard, Side::Boundary, None).fix(fix))
    };
    limited.filter_map(finding).collect()
}
