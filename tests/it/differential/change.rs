//! Healthy links of many forms, and what may happen to them: statements taken out, weakened, retargeted
//! and put under conditions, Denies, boundaries, states.
//!
//! Whether a change is harmless is not known here. That is what the two evaluators have to agree on.

use fastrand::Rng;
use serde_json::{Value, json};

use super::condition::condition;
use super::state::state;
use crate::case_snapshot::healthy;

/// The documents of a world.
const DOCUMENTS: [&str; 7] = [
    "/estate/role/policies/0",
    "/estate/role/policies/0",
    "/estate/destination/policy",
    "/estate/destination/key/policy",
    "/estate/source/key/policy",
    "/estate/source/policy",
    "/estate/role/trust",
];

const S3_ACTIONS: [&str; 16] = [
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectVersion*",
    "S3:getobjectversionforreplication",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:ReplicateObject",
    "s3:Replicate*",
    "s3:?eplicateObject",
    "s3:ReplicateDelete",
    "s3:ObjectOwnerOverrideToBucketOwner",
];
const KMS_ACTIONS: [&str; 8] = [
    "kms:*",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:*crypt",
    "KMS:encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    "kms:Describe*",
];
const PRINCIPALS: [&str; 12] = [
    "${ROLE_ARN}",
    "arn:aws:iam::111111111111:root",
    "111111111111",
    "arn:aws:iam::222222222222:root",
    "222222222222",
    "333333333333",
    "*",
    "arn:aws:iam::111111111111:role/old",
    "arn:aws:iam::222222222222:role/other",
    "arn:aws:sts::111111111111:assumed-role/replication/s3-replication",
    "arn:aws:iam::111111111111:role/Admin",
    "arn:aws:iam::111111111111:user/administrator",
];
const OBJECTS: [&str; 9] =
    ["/*", "", "/path/*", "/other/*", "/path/file-?*", "/p*", "/${aws:username}/*", "-*", "*"];
const IN_BUCKET: [&str; 6] = ["/*", "/path/*", "/other/*", "/path/file-?*", "/p*", "/${aws:username}/*"];

pub fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.usize(..from.len())]
}

/// A link that replicates, in one of many forms.
pub fn base(rng: &mut Rng, number: usize) -> Value {
    let mut case = healthy();
    let estate = &mut case["estate"];
    estate["organization"] = json!({"source_org": "${ORG_ID}", "destination_org": "${ORG_ID}"});
    estate["object"]["key"] = json!(format!("path/file-{number}.txt"));
    for side in ["source", "destination"] {
        let account = if side == "source" { "111111111111" } else { "222222222222" };
        let prefix = if side == "source" { "SRC" } else { "DST" };
        estate[side]["other_keys"] = json!([{"arn": format!("${{{prefix}_OTHER_KEY_ARN}}"), "policy":
            {"Version": "2012-10-17", "Statement": [{"Sid": "Enable IAM User Permissions", "Effect": "Allow",
             "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": "kms:*", "Resource": "*"}]}}]);
    }
    if rng.u8(..4) == 0 {
        let text = case["estate"].to_string().replace("222222222222", "111111111111");
        case["estate"] = serde_json::from_str(&text).expect("JSON");
        if rng.bool() {
            case["estate"]["destination"]["policy"] = Value::Null;
        }
    }
    let estate = &mut case["estate"];
    let rule = &mut estate["source"]["replication"]["Rules"][0];
    match rng.u8(..6) {
        0 => *rule = older(rule),
        1 if rng.bool() => {
            let tags = json!([{"Key": "class", "Value": "gold"}, {"Key": "team", "Value": "data"}]);
            rule["Filter"] = json!({"And": {"Prefix": "path/", "Tags": tags}});
            // S3 takes no filter by tags otherwise.
            rule["DeleteMarkerReplication"]["Status"] = json!("Disabled");
            estate["object"]["tags"] = json!({"class": "gold", "team": "data"});
        }
        1 => rule["Filter"] = json!({"Prefix": "path/"}),
        2 => rule["DeleteMarkerReplication"]["Status"] = json!("Disabled"),
        _ => {}
    }
    if rng.u8(..4) == 0 {
        estate["source"]["encryption"]["Rules"][0]["BucketKeyEnabled"] = json!(true);
    }
    if rng.u8(..6) == 0 {
        estate["object"]["sse"] = json!("AES256");
        estate["object"]["kms"] = Value::Null;
    } else if rng.u8(..10) == 0 {
        estate["object"]["sse"] = json!("aws:kms:dsse");
    }
    if rng.u8(..6) == 0 && estate["object"]["tags"].is_null() {
        estate["object"]["tags"] = json!({"class": "gold"});
    }
    if rng.u8(..10) == 0 {
        estate["object"]["operation"] = json!("delete-marker");
    }
    if rng.u8(..6) == 0 {
        locked(estate, rng.u8(..4) > 0);
    } else if rng.u8(..5) == 0 {
        overriding(estate);
    }
    if rng.u8(..5) == 0 {
        // The key's policy alone grants; no policy of the role's.
        estate["source"]["key"]["policy"]["Statement"].as_array_mut().expect("statements").push(json!({
            "Sid": "Role", "Effect": "Allow", "Principal": {"AWS": "${ROLE_ARN}"}, "Action": "kms:Decrypt",
            "Resource": "*"}));
        estate["role"]["policies"][0]["Statement"].as_array_mut().expect("statements").remove(3);
    } else if rng.u8(..8) == 0 {
        estate["source"]["key"]["grants"] = json!([{"grantee": "${ROLE_ARN}", "operations": ["Decrypt"]}]);
    }
    for place in ["/destination/policy/Statement/0", "/destination/key/policy/Statement/1"] {
        if let (Some(statement), 0) = (estate.pointer_mut(place), rng.u8(..5)) {
            statement["Principal"]["AWS"] = json!("arn:aws:iam::111111111111:root");
        }
    }
    case
}

/// The rule in the older schema.
fn older(rule: &Value) -> Value {
    let mut rule = rule.clone();
    let fields = rule.as_object_mut().expect("fields");
    for field in ["Filter", "Priority", "DeleteMarkerReplication"] {
        fields.shift_remove(field);
    }
    rule["Prefix"] = json!("path/");
    rule
}

fn locked(estate: &mut Value, both: bool) {
    estate["source"]["object_lock"] = json!(true);
    estate["destination"]["object_lock"] = json!(both);
    let actions = &mut estate["role"]["policies"][0]["Statement"][1]["Action"];
    let actions = actions.as_array_mut().expect("actions");
    actions.extend([json!("s3:GetObjectRetention"), json!("s3:GetObjectLegalHold")]);
}

fn overriding(estate: &mut Value) {
    let translation = json!({"Owner": "Destination"});
    estate["source"]["replication"]["Rules"][0]["Destination"]["AccessControlTranslation"] = translation;
    estate["destination"]["ownership"] = json!("BucketOwnerPreferred");
    for place in ["/destination/policy/Statement/0/Action", "/role/policies/0/Statement/2/Action"] {
        if let Some(actions) = estate.pointer_mut(place).and_then(Value::as_array_mut) {
            actions.push(json!("s3:ObjectOwnerOverrideToBucketOwner"));
        }
    }
}

/// What key policies can say without shutting out whoever may change them.
pub fn of_keys() -> [Value; 3] {
    let statements = |case: &mut Value, side: &str, more: Value| {
        let account = if side == "source" { "111111111111" } else { "222222222222" };
        let statements = &mut case["estate"][side]["key"]["policy"]["Statement"];
        statements.as_array_mut().expect("statements").extend([
            json!({"Sid": "Administrator", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                   "Principal": {"AWS": format!("arn:aws:iam::{account}:user/administrator")}}),
            more,
        ]);
    };
    let mut denied = healthy();
    let no = json!({"Sid": "No", "Effect": "Deny", "Principal": {"AWS": "${ROLE_ARN}"}, "Action": "kms:Encrypt",
                    "Resource": "*"});
    statements(&mut denied, "destination", no);
    let other = json!({"Sid": "Other", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/Admin"},
                       "Action": "kms:Decrypt", "Resource": "*"});
    let mut nobody = healthy();
    statements(&mut nobody, "source", other.clone());
    nobody["estate"]["source"]["key"]["policy"]["Statement"].as_array_mut().expect("statements").remove(0);
    let mut elsewhere = healthy();
    statements(&mut elsewhere, "source", other);
    elsewhere["estate"]["source"]["key"]["policy"]["Statement"][0]["Condition"] =
        json!({"StringEquals": {"kms:CallerAccount": "222222222222"}});
    [denied, nobody, elsewhere]
}

/// One thing that happens to a world.
pub fn change(rng: &mut Rng, case: &mut Value) {
    match rng.u8(..10) {
        0 => state(rng, &mut case["estate"]),
        1 => boundary(rng, &mut case["estate"]),
        _ => {
            let place = pick(rng, &DOCUMENTS);
            let document = case.pointer_mut(place).expect("a document");
            if document.is_null() {
                *document = json!({"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/Admin"},
                     "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${DST_BUCKET}/*"}]});
                if place.contains("source") {
                    document["Statement"][0]["Resource"] = json!("arn:aws:s3:::${SRC_BUCKET}/*");
                }
            }
            let statements = document["Statement"].as_array_mut().expect("statements");
            statement(rng, place, statements);
        }
    }
}

fn statement(rng: &mut Rng, place: &str, statements: &mut Vec<Value>) {
    let action = rng.u8(..12);
    if statements.is_empty() {
        return;
    }
    let index = rng.usize(..statements.len());
    match action {
        0 if statements.len() > 1 => drop(statements.remove(index)),
        1 => weaken(rng, &mut statements[index]),
        2 => {
            let actions = actions_of(rng, place);
            statements[index]["Action"] = actions;
            statements[index].as_object_mut().expect("fields").shift_remove("NotAction");
        }
        3 => retarget(rng, place, &mut statements[index]),
        4 if !place.contains("role/policies") => rename(rng, &mut statements[index]),
        5 | 6 => add_condition(rng, place, &mut statements[index]),
        7 => {
            // What denies needs no principal that exists, but must not shut out whoever makes the worlds.
            let mut no = statements[index].clone();
            no["Sid"] = sid("No", statements.len());
            no["Effect"] = json!("Deny");
            no["Action"] = actions_of(rng, place);
            no.as_object_mut().expect("fields").shift_remove("NotAction");
            if !place.contains("role/policies") && rng.bool() {
                no["Principal"] = json!("*");
                no["Condition"] = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}});
            }
            add_condition(rng, place, &mut no);
            statements.push(no);
        }
        8 if !place.contains("trust") => invert(rng, &mut statements[index]),
        9 => {
            let mut more = statements[index].clone();
            more["Sid"] = sid("More", statements.len());
            retarget(rng, place, &mut more);
            statements.push(more);
        }
        _ => {
            let mut more = statements[index].clone();
            more["Sid"] = sid("Also", statements.len());
            more["Action"] = actions_of(rng, place);
            more.as_object_mut().expect("fields").shift_remove("NotAction");
            add_condition(rng, place, &mut more);
            statements.push(more);
        }
    }
}

/// A document has no `Sid` twice.
fn sid(word: &str, number: usize) -> Value {
    json!(format!("{word}{number}"))
}

fn add_condition(rng: &mut Rng, place: &str, statement: &mut Value) {
    let kms = place.contains("key") || statement["Action"].to_string().to_lowercase().contains("kms:");
    let (operator, key, value) = condition(rng, kms, place.contains("trust"));
    let conditions = &mut statement["Condition"];
    if conditions.is_null() {
        *conditions = json!({});
    }
    if conditions[&operator].is_null() {
        conditions[&operator] = json!({});
    }
    conditions[&operator][key] = value;
}

fn weaken(rng: &mut Rng, statement: &mut Value) {
    if let Some(actions) = statement.get_mut("Action").and_then(Value::as_array_mut)
        && actions.len() > 1
    {
        actions.remove(rng.usize(..actions.len()));
    }
}

fn actions_of(rng: &mut Rng, place: &str) -> Value {
    if place.contains("trust") {
        // No wildcards: IAM refuses them here. Nor any other action: the sandbox refuses to change to these.
        let actions = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];
        return json!(pick(rng, &actions));
    }
    let kms = place.contains("key") || (place.contains("role") && rng.bool());
    let mut one = || json!(if kms { pick(rng, &KMS_ACTIONS) } else { pick(rng, &S3_ACTIONS) });
    if place.contains("destination/policy") || place.contains("source/policy") {
        // Actions on buckets and on objects do not go with the same resources.
        let first = pick(rng, &S3_ACTIONS[9..]);
        return json!([first.replace("s3:ListBucket", "s3:ReplicateTags"), "s3:ReplicateTags"]);
    }
    let (first, second) = (one(), one());
    if rng.bool() { first } else { json!([first, second]) }
}

fn retarget(rng: &mut Rng, place: &str, statement: &mut Value) {
    if place.contains("trust") || place.contains("key") {
        let _ = rename_if(rng, place, statement);
        return;
    }
    let kms = statement.to_string().contains("kms:");
    let own = if place.contains("destination") {
        "DST"
    } else if place.contains("source") {
        "SRC"
    } else {
        pick(rng, &["SRC", "DST"])
    };
    statement["Resource"] = if kms {
        json!(pick(
            rng,
            &[
                "${SRC_KEY_ARN}",
                "${DST_KEY_ARN}",
                "${DST_OTHER_KEY_ARN}",
                "*",
                "arn:aws:kms:*:${DST_ACCOUNT}:key/*",
                "arn:aws:kms:*:${SRC_ACCOUNT}:key/*",
                "arn:aws:kms:${DST_REGION}:*:key/*",
                "arn:aws:kms:${DST_REGION}:${DST_ACCOUNT}:alias/*",
                "arn:aws:kms:us-east-1:111111111111:*",
            ]
        ))
    } else {
        // A bucket's policy is about that bucket, and mostly about what is in it.
        let objects = if place.contains("role") { &OBJECTS[..] } else { &IN_BUCKET[..] };
        json!(format!("arn:aws:s3:::${{{own}_BUCKET}}{}", pick(rng, objects)))
    };
    statement.as_object_mut().expect("fields").shift_remove("NotResource");
}

fn rename_if(rng: &mut Rng, place: &str, statement: &mut Value) -> bool {
    if place.contains("trust") {
        statement["Principal"] = pick_value(
            rng,
            &[
                json!({"Service": "s3.amazonaws.com"}),
                json!({"Service": ["ec2.amazonaws.com", "s3.amazonaws.com"]}),
                json!({"Service": "batchoperations.s3.amazonaws.com"}),
                json!({"AWS": "arn:aws:iam::111111111111:root"}),
                json!({"AWS": "*"}),
                json!("*"),
            ],
        );
    } else {
        rename(rng, statement);
    }
    true
}

fn pick_value(rng: &mut Rng, from: &[Value]) -> Value {
    from[rng.usize(..from.len())].clone()
}

fn rename(rng: &mut Rng, statement: &mut Value) {
    let one = pick(rng, &PRINCIPALS);
    let other = pick(rng, &PRINCIPALS[..9]);
    statement["Principal"] = match rng.u8(..6) {
        0 => json!({"AWS": [one, other]}),
        1 if one == "*" => json!("*"),
        2 => json!({"Service": "s3.amazonaws.com"}),
        _ => json!({"AWS": one}),
    };
    statement.as_object_mut().expect("fields").shift_remove("NotPrincipal");
}

/// `Action` becomes `NotAction`, and so on.
fn invert(rng: &mut Rng, statement: &mut Value) {
    let fields = statement.as_object_mut().expect("fields");
    let (from, to) =
        [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")][rng.usize(..3)];
    if from == "Principal" && fields.get("Effect") == Some(&json!("Allow")) {
        return;
    }
    let Some(value) = fields.shift_remove(from) else { return };
    fields.insert(to.to_owned(), if from == "Principal" { in_all_forms(value) } else { value });
}

/// Whom a `NotPrincipal` spares in some forms alone is nothing that AWS says (docs/doctor.md), so the role
/// is listed in all or in none.
fn in_all_forms(principal: Value) -> Value {
    let text = principal.to_string();
    if !["${ROLE_ARN}", "111111111111:root", "\"111111111111\"", ":assumed-role/"]
        .iter()
        .any(|f| text.contains(f))
    {
        return principal;
    }
    json!({"AWS": ["${ROLE_ARN}", "arn:aws:iam::111111111111:root",
                   "arn:aws:sts::111111111111:assumed-role/replication/s3-replication"]})
}

fn boundary(rng: &mut Rng, estate: &mut Value) {
    let mut statements = vec![json!({"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"})];
    for _ in 0..rng.u8(..3) {
        statement(rng, "role/policies", &mut statements);
    }
    estate["role"]["permissions_boundary"] = json!({"Version": "2012-10-17", "Statement": statements});
}
