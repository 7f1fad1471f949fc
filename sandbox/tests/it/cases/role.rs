//! The replication role of a case, which may be deleted and made again.

use serde_json::Value;

use super::lot::Lot;
use super::principals;
use super::story::{Ending, Story, or_refused};
use crate::bench::{Clients, admin};

pub struct RoleOf {
    clients: Clients,
    pub arn: String,
    name: String,
    path: String,
    document: Value,
}

impl RoleOf {
    pub async fn read(lot: &Lot<'_>, raw: &Value) -> Self {
        let document = lot.estate["role"].clone();
        let account = document["account"].as_str().expect("an account");
        RoleOf {
            clients: admin(lot.sandbox, account, "us-east-1").await,
            arn: lot.value("ROLE_ARN").expect("the role's ARN"),
            name: raw["role"]["name"].as_str().expect("a name").to_owned(),
            path: document["path"].as_str().unwrap_or("/").to_owned(),
            document,
        }
    }

    pub async fn make(&self, story: &Story) -> Result<(), Ending> {
        match self.try_make(story).await {
            Ending::Works => Ok(()),
            ending => Err(ending),
        }
    }

    async fn try_make(&self, story: &Story) -> Ending {
        let iam = &self.clients.iam;
        if !story.has_cause("policy-invalid-principal") {
            for arn in principals::named(&self.document["trust"]) {
                principals::make(&self.clients, &arn).await;
            }
        }
        let create = iam.create_role().role_name(&self.name).path(&self.path);
        let create = create.assume_role_policy_document(self.document["trust"].to_string());
        or_refused!("iam:CreateRole", create.send().await);
        let boundary = &self.document["permissions_boundary"];
        if !boundary.is_null() {
            // Made anew when the role is, so that either may be there.
            let create = iam.create_policy().policy_name("boundary").policy_document(boundary.to_string());
            or_refused!("iam:CreatePolicy", create.send().await);
            let account = principals::account_of(&self.arn).unwrap_or_default();
            let put = iam.put_role_permissions_boundary().role_name(&self.name);
            let put = put.permissions_boundary(format!("arn:aws:iam::{account}:policy/boundary"));
            or_refused!("iam:PutRolePermissionsBoundary", put.send().await);
        }
        for (number, policy) in self.policies() {
            let put = iam.put_role_policy().role_name(&self.name).policy_name(format!("p{number}"));
            or_refused!("iam:PutRolePolicy", put.policy_document(policy.to_string()).send().await);
        }
        Ending::Works
    }

    fn policies(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.document["policies"].as_array().into_iter().flatten().enumerate()
    }

    pub async fn delete(&self) {
        let iam = &self.clients.iam;
        for (number, _) in self.policies() {
            let delete = iam.delete_role_policy().role_name(&self.name).policy_name(format!("p{number}"));
            delete.send().await.expect("the policy is gone");
        }
        iam.delete_role().role_name(&self.name).send().await.expect("the role is gone");
    }
}
