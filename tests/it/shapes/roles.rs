//! Replication roles: names, paths, boundaries, trust.

use super::*;

#[test]
fn roles_by_template_path_boundary_and_source_account() {
    let world = World::of(&format!(
        "{}\n[roles]\nname = \"replicates-{{bucket}}-{{account_id}}-{{region}}\"\npath = \"/replication/s3/\"\n\
         permissions_boundary = \"arn:{{partition}}:iam::{{account_id}}:policy/Boundary\"\nsource_account_condition = true\n",
        one_link()
    ));
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let request =
        world.iam("prod").create_policy().policy_name("Boundary").policy_document(everything.to_string());
    world.block(request.send()).expect("a policy");
    world.settles(&[], &[]);
    let role = role(&world, "prod", &format!("replicates-orders-prod-{PROD}-ap-south-1"));
    assert_eq!(role.path(), "/replication/s3/");
    let boundary = role.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
    assert_eq!(boundary, Some(format!("arn:aws:iam::{PROD}:policy/Boundary").as_str()));
    assert_eq!(
        trust(&role)["Statement"][0]["Condition"],
        json!({"StringEquals": {"aws:SourceAccount": PROD}})
    );
    assert!(FROM.rules(&world).iter().all(|_| TO.policy(&world).to_string().contains(role.arn())));
}

/// What was made bare gets its boundary and condition later on.
#[test]
fn a_boundary_and_a_condition_that_come_later() {
    let world = World::of(&one_link());
    world.settles(&[], &[]);
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let request =
        world.iam("prod").create_policy().policy_name("Boundary").policy_document(everything.to_string());
    world.block(request.send()).expect("a policy");
    let roles = "permissions_boundary = \"arn:aws:iam::{account_id}:policy/Boundary\"\nsource_account_condition = true\n";
    world.map(&format!("{}\n[roles]\n{roles}", one_link()));
    let ran = world.settles(&[], &[]);
    let changed: Vec<_> = ran.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod role bucketbridge-orders-prod".to_owned(), "changed".to_owned())]);
    let role = role(&world, "prod", "bucketbridge-orders-prod");
    assert!(role.permissions_boundary().is_some());
    assert_eq!(trust(&role)["Statement"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_boundary_that_does_not_exist_fails_the_role_and_names_it() {
    let world = World::of(&format!(
        "{}\n[roles]\npermissions_boundary = \"arn:aws:iam::{{account_id}}:policy/Nowhere\"\n",
        one_link()
    ));
    let ran = world.apply(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "failed", "{outcomes:?}");
    assert_eq!(outcomes["backup bucket orders-backup"], "made");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "blocked");
}
