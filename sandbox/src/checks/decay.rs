//! A deleted role or user leaves its unique id in the policies that named it;
//! a new one of the same name does not match.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>

use serde_json::Value;

use crate::world::World;

/// Who is about to be deleted.
pub struct Leaving {
    arn: String,
    id: String,
}

impl Leaving {
    /// The principal that an IAM call deletes, looked up before it does.
    pub fn of(world: &World, account: &str, action: &str, name: Option<&String>) -> Option<Self> {
        let states = world.iam.read();
        let state = states.get(account)?;
        match action {
            "DeleteRole" => {
                state.roles.get(name?).map(|role| Leaving { arn: role.arn.clone(), id: role.role_id.clone() })
            }
            "DeleteUser" => {
                state.users.get(name?).map(|user| Leaving { arn: user.arn.clone(), id: user.user_id.clone() })
            }
            _ => None,
        }
    }

    /// Puts the id in place of the ARN in every resource policy.
    pub fn decay(&self, world: &World) {
        for (_, state) in world.s3.write().iter_mut() {
            for bucket in state.buckets.values_mut() {
                if let Some(text) = &mut bucket.policy {
                    self.rewrite(text);
                }
            }
        }
        for region in world.keys.all() {
            for (_, state) in region.state.write().iter_mut() {
                state.keys.values_mut().for_each(|key| self.rewrite(&mut key.policy));
                for grant in &mut state.grants {
                    if grant.grantee_principal == self.arn {
                        grant.grantee_principal.clone_from(&self.id);
                    }
                }
            }
        }
        for (_, state) in world.iam.write().iter_mut() {
            let roles = state.roles.values_mut();
            roles.for_each(|role| self.rewrite(&mut role.assume_role_policy_document));
        }
    }

    fn rewrite(&self, text: &mut String) {
        if !text.contains(&self.arn) {
            return;
        }
        let Ok(mut document) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let statements = match document.get_mut("Statement") {
            Some(Value::Array(list)) => list.iter_mut().collect(),
            Some(one) => vec![one],
            None => return,
        };
        let mut changed = false;
        for statement in statements {
            for element in ["Principal", "NotPrincipal"] {
                let names = statement.get_mut(element).and_then(|kinds| kinds.get_mut("AWS"));
                match names {
                    Some(Value::Array(list)) => {
                        list.iter_mut().for_each(|name| changed |= self.replace(name));
                    }
                    Some(name) => changed |= self.replace(name),
                    None => {}
                }
            }
        }
        // Everything else stays as it was written.
        if changed {
            *text = document.to_string();
        }
    }

    fn replace(&self, name: &mut Value) -> bool {
        let is_it = name.as_str() == Some(&self.arn);
        if is_it {
            *name = Value::String(self.id.clone());
        }
        is_it
    }
}
