//! Unique ids of new roles and users in AWS's form: upper case, which the emulator's are not.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>

use fakecloud_core::service::{AwsResponse, ResponseBody};

use crate::world::World;

/// Of what a `CreateRole` or `CreateUser` has just made, and in the answer to it.
pub fn put_right(world: &World, account: &str, action: &str, name: &str, answer: &mut AwsResponse) {
    let mut states = world.iam.write();
    let state = states.get_or_create(account);
    let id = match action {
        "CreateRole" => state.roles.get_mut(name).map(|role| &mut role.role_id),
        "CreateUser" => state.users.get_mut(name).map(|user| &mut user.user_id),
        _ => None,
    };
    let Some(id) = id else {
        return;
    };
    let upper = id.to_ascii_uppercase();
    if let ResponseBody::Bytes(bytes) = &answer.body {
        let text = String::from_utf8_lossy(bytes).replace(id.as_str(), &upper);
        answer.body = ResponseBody::Bytes(text.into());
    }
    *id = upper;
}
