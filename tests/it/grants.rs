//! Takes away each grant that apply makes, one at a time, and sees what becomes of replication.
//!
//! The grants are enumerated from the documents that apply wrote, read back through the SDK: each
//! statement, each action, each resource, each condition value. What must happen is in a table, by what
//! AWS's documentation says; a grant that is not in the table fails the test. The rows that are a
//! superset are those that docs/permissions.md justifies.

use std::io::Write as _;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ObjectOwnership};
use bucketbridge_sandbox::{Options, Outcome};
use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{TWO, World};

/// What happens without a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// Objects fail with this failureReason, delete markers with the other.
    Fails { objects: &'static str, markers: &'static str },
    /// Objects arrive without it.
    Degrades(&'static str),
    /// Everything replicates all the same.
    Superset,
}

const ARRIVES: &str = "arrives";

/// Objects fail; delete markers need nothing of it.
fn objects(code: &'static str) -> Expected {
    Expected::Fails { objects: code, markers: ARRIVES }
}

/// Only delete markers fail.
fn markers(code: &'static str) -> Expected {
    Expected::Fails { objects: ARRIVES, markers: code }
}

/// Everything fails, with this code.
fn everything(code: &'static str) -> Expected {
    Expected::Fails { objects: code, markers: code }
}

/// One thing that can be taken away.
#[derive(Debug, Clone)]
struct Grant {
    document: &'static str,
    purpose: String,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Statement,
    Action(String),
    Resource(String),
    /// A condition's key and one of its values.
    Condition(String, String),
}

/// What the estate of a test is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    across: bool,
    bucket_key: bool,
    /// The destination bucket still has ACLs, so that the owner has to be overridden.
    acls: bool,
    object_lock: bool,
    /// The source bucket's key belongs to a third account.
    third: bool,
}

/// By the pages that docs/permissions.md names; every row is a decision, there is no default.
fn expected(shape: Shape, grant: &Grant) -> Option<Expected> {
    let Grant { document, purpose, what } = grant;
    let action = match what {
        What::Action(action) => Some(action.as_str()),
        _ => None,
    };
    Some(match (*document, purpose.as_str()) {
        ("trust", "Trust") => everything("AssumeRoleNotPermitted"),
        ("role", "SourceBucket") => match action {
            Some("s3:ListBucket") => everything("SrcHeadObjectNotPermitted"),
            Some("s3:GetReplicationConfiguration") | None => everything("SrcBucketReplicationConfigMissing"),
            Some(_) => return None,
        },
        ("role", "SourceObjects") => match action {
            Some("s3:GetObjectVersionForReplication") | None => objects("SrcGetObjectNotPermitted"),
            Some("s3:GetObjectVersionAcl") => objects("SrcGetAclNotPermitted"),
            Some("s3:GetObjectVersionTagging") => Expected::Degrades("tags"),
            Some("s3:GetObjectRetention") if shape.object_lock => objects("SrcGetRetentionNotPermitted"),
            Some("s3:GetObjectLegalHold") if shape.object_lock => objects("SrcGetLegalHoldNotPermitted"),
            Some(_) => return None,
        },
        ("role" | "bucket", "Replicate") => match action {
            Some("s3:ReplicateObject") => objects("DstPutObjectNotPermitted"),
            Some("s3:ReplicateDelete") => markers("DstDelObjNotPermitted"),
            Some("s3:ObjectOwnerOverrideToBucketOwner") if shape.acls => objects("DstPutObjectNotPermitted"),
            // Owner-enforced: there is nobody to override.
            Some("s3:ObjectOwnerOverrideToBucketOwner") if shape.across => Expected::Superset,
            // The permissions page does not ask for it, the Knowledge Center does.
            Some("s3:ReplicateTags") => Expected::Superset,
            Some(_) => return None,
            None => Expected::Fails { objects: "DstPutObjectNotPermitted", markers: "DstDelObjNotPermitted" },
        },
        // Role and key in one account: either the key's policy or the role's is enough. Without both it
        // fails; that is tried, too.
        ("both", "Decrypt") => objects("SrcGetObjectNotPermitted"),
        ("both", "Encrypt") => objects("DstPutObjectNotPermitted"),
        ("role" | "source key", "Decrypt") if !shape.third => Expected::Superset,
        ("role" | "replica key", "Encrypt") if !shape.across => Expected::Superset,
        ("role" | "source key", "Decrypt") => match (action, what) {
            (Some("kms:Decrypt"), _) | (None, What::Statement | What::Resource(_)) => {
                objects("SrcGetObjectNotPermitted")
            }
            (None, What::Condition(key, value)) => condition(shape, key, value, "SrcGetObjectNotPermitted")?,
            _ => return None,
        },
        ("role" | "replica key", "Encrypt") => match (action, what) {
            (Some("kms:Encrypt"), _) | (None, What::Statement | What::Resource(_)) => {
                objects("DstPutObjectNotPermitted")
            }
            // For objects from before 2023 that are under no key, and for bucket keys and multipart
            // uploads by AWS's prose; AWS's own examples do without.
            (Some("kms:GenerateDataKey" | "kms:Decrypt"), _) => Expected::Superset,
            (None, What::Condition(key, value)) => condition(shape, key, value, "DstPutObjectNotPermitted")?,
            _ => return None,
        },
        _ => return None,
    })
}

/// Objects keep the form of encryption context that they were written with, so both are granted and a
/// new object needs one of them.
fn condition(shape: Shape, key: &str, value: &str, code: &'static str) -> Option<Expected> {
    match key {
        "kms:ViaService" => Some(objects(code)),
        "kms:EncryptionContext:aws:s3:arn" if value.ends_with("/*") == shape.bucket_key => {
            Some(Expected::Superset)
        }
        "kms:EncryptionContext:aws:s3:arn" => Some(objects(code)),
        _ => None,
    }
}

struct Estate {
    world: World,
    shape: Shape,
    documents: Vec<(&'static str, Document)>,
    probes: usize,
}

impl Estate {
    fn of(shape: Shape) -> Self {
        let world =
            World::with(Options { replication_delay: Duration::from_millis(10), ..Options::default() });
        let (to, region) = if shape.across { ("backup", "us-east-1") } else { ("prod", "us-east-1") };
        let locked = shape.object_lock.then_some(true);
        let ownership =
            if shape.acls { ObjectOwnership::ObjectWriter } else { ObjectOwnership::BucketOwnerEnforced };
        let destination = documents::create_bucket(&world, to, region, "orders-backup")
            .object_ownership(ownership)
            .set_object_lock_enabled_for_bucket(locked);
        world.block(destination.send()).expect("a destination");
        if shape.object_lock {
            let source = documents::create_bucket(&world, "prod", "ap-south-1", "orders-prod");
            world.block(source.object_lock_enabled_for_bucket(true).send()).expect("a source");
        }
        let source_key = if shape.third { third_key(&world) } else { "alias/orders-prod".to_owned() };
        let mut map = TWO.replace("account = \"backup\"", &format!("account = \"{to}\"")).replace(
            "key = \"alias/orders-prod\"",
            &format!("key = \"{source_key}\"\nsettings = \"enforce\"\nbucket_key = {}", shape.bucket_key),
        );
        if shape.third {
            map.push_str("\n[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n");
        }
        world.map(&format!(
            "{map}\n[links.orders]\nfrom = \"orders-prod\"\nto = \"orders-backup\"\ndelete_markers = true\n"
        ));
        world.apply(&["--variants"]).ended(0);
        let mut all = vec![
            ("trust", Document::trust()),
            ("role", Document::role_policy()),
            (
                "source key",
                Document::key(
                    &world,
                    if shape.third { "archive" } else { "prod" },
                    "ap-south-1",
                    &source_key,
                ),
            ),
            ("replica key", Document::key(&world, to, region, "alias/orders-backup")),
        ];
        if shape.across {
            all.push(("bucket", Document::bucket("backup", region, "orders-backup")));
        } else {
            let none = Document::bucket("prod", region, "orders-backup").read(&world);
            assert_eq!(none, None, "within an account no bucket policy is needed");
        }
        Self { world, shape, documents: all, probes: 0 }
    }

    /// Puts an object in each form and a delete marker, and says what became of them.
    fn probe(&mut self) -> Vec<(&'static str, String)> {
        self.probes += 1;
        let n = self.probes;
        let s3 = &self.world.s3("prod", "ap-south-1");
        let keys = ["plain", "tagged", "multipart", "marker"].map(|form| (form, format!("{form}-{n}")));
        let put = |key: &String| {
            s3.put_object().bucket("orders-prod").key(key).body(ByteStream::from_static(b"an order"))
        };
        self.world.block(async {
            let [plain, tagged, multipart, marker] = &keys;
            let parts = async {
                let key = &multipart.1;
                let upload = s3
                    .create_multipart_upload()
                    .bucket("orders-prod")
                    .key(key)
                    .send()
                    .await
                    .expect("an upload");
                let id = upload.upload_id().expect("an id");
                let part = s3.upload_part().bucket("orders-prod").key(key).upload_id(id).part_number(1);
                let part = part.body(ByteStream::from_static(b"a part")).send().await.expect("a part");
                let done = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
                let done = CompletedMultipartUpload::builder().parts(done).build();
                let complete = s3.complete_multipart_upload().bucket("orders-prod").key(key).upload_id(id);
                complete.multipart_upload(done).send().await.expect("an object");
            };
            futures_util::join!(
                async { put(&plain.1).send().await.expect("an object") },
                async { put(&tagged.1).tagging("team=orders").send().await.expect("an object") },
                parts,
                async {
                    s3.delete_object().bucket("orders-prod").key(&marker.1).send().await.expect("a marker")
                },
            );
        });
        let results = keys.each_ref().map(|(form, key)| (*form, self.became(key)));
        let head = s3.head_object().bucket("orders-prod").key(&keys[0].1).send();
        let head = self.world.block(head).expect("the object");
        assert_eq!(head.bucket_key_enabled().unwrap_or(false), self.shape.bucket_key);
        let status = head.replication_status.map(|s| s.as_str().to_owned());
        let wanted = if results[0].1 == ARRIVES { "COMPLETED" } else { "FAILED" };
        assert_eq!(status.as_deref(), Some(wanted), "{results:?}");
        results.to_vec()
    }

    fn became(&self, key: &str) -> String {
        let verdicts = documents::settled(&self.world, "orders-prod", key);
        let [verdict] = verdicts.as_slice() else { panic!("one verdict on {key}, not {verdicts:#?}") };
        match &verdict.outcome {
            Outcome::Completed { degraded } if degraded.is_empty() => ARRIVES.to_owned(),
            Outcome::Completed { degraded } => format!("without {}", degraded.join(", ")),
            Outcome::Failed(failure) => failure.code.clone(),
            other => panic!("{key}: {other:?}"),
        }
    }

    /// Takes away every grant, one after the other; returns how many, and what differs from the table.
    fn take_all_away(&mut self) -> (usize, Vec<String>) {
        let whole = self.probe();
        assert!(whole.iter().all(|(_, became)| became == ARRIVES), "nothing taken away: {whole:?}");
        let mut tried = 0;
        let mut wrong = Vec::new();
        let mut compare = |shape: Shape, grant: &Grant, became: Vec<(&'static str, String)>| {
            tried += 1;
            match expected(shape, grant) {
                None => wrong.push(format!("{grant:?} is not in the table: {became:?}")),
                Some(expected) if judge(&expected) != became => {
                    wrong.push(format!("{grant:?}: {became:?}, not {expected:?}"));
                }
                Some(_) => {}
            }
        };
        for (name, document) in self.documents.clone() {
            let before = document.read(&self.world).expect("the document");
            let grants = grants(name, &before, self.shape);
            assert!(!grants.is_empty(), "no grant of ours in {name}: {before}");
            for grant in grants {
                without(&grant, &before, &document, &self.world);
                let became = self.probe();
                document.write(&self.world, &before);
                compare(self.shape, &grant, became);
            }
            assert_eq!(document.read(&self.world), Some(before), "{name} is as apply left it");
        }
        // What is granted twice is needed once.
        for (key, purpose) in [("source key", "Decrypt"), ("replica key", "Encrypt")] {
            let both: Vec<(Document, Value)> = self
                .documents
                .iter()
                .filter(|(name, _)| *name == "role" || *name == key)
                .map(|(_, document)| (document.clone(), document.read(&self.world).expect("the document")))
                .collect();
            let grant = Grant { document: "both", purpose: purpose.to_owned(), what: What::Statement };
            both.iter().for_each(|(document, before)| without(&grant, before, document, &self.world));
            let became = self.probe();
            both.iter().for_each(|(document, before)| document.write(&self.world, before));
            compare(self.shape, &grant, became);
        }
        let whole = self.probe();
        assert!(whole.iter().all(|(_, became)| became == ARRIVES), "everything put back: {whole:?}");
        (tried, wrong)
    }
}

/// A key of account archive that the administrator of prod puts objects under, and nobody else of prod.
fn third_key(world: &World) -> String {
    let arn = documents::make_key(world, "archive", "ap-south-1", "alias/orders-prod");
    let key = Document::Key { account: "archive", region: "ap-south-1", key: arn.clone() };
    key.edit(world, |document| {
        document["Statement"].as_array_mut().expect("statements").push(
            json!({"Sid": "Writers", "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:user/administrator"},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}),
        );
    });
    arn
}

/// What each probe must come to.
fn judge(expected: &Expected) -> Vec<(&'static str, String)> {
    let (objects, tagged, markers) = match expected {
        Expected::Fails { objects, markers } => (*objects, (*objects).to_owned(), *markers),
        Expected::Degrades(what) => (ARRIVES, format!("without {what}"), ARRIVES),
        Expected::Superset => (ARRIVES, ARRIVES.to_owned(), ARRIVES),
    };
    vec![
        ("plain", objects.to_owned()),
        ("tagged", tagged),
        ("multipart", objects.to_owned()),
        ("marker", markers.to_owned()),
    ]
}

/// Every grant of ours in a document. The account's own administration of its key is KMS's.
fn grants(name: &'static str, document: &Value, shape: Shape) -> Vec<Grant> {
    let mut all = Vec::new();
    let mut others = 0;
    for statement in documents::statements(document) {
        let Some(purpose) = purpose(statement) else {
            others += 1;
            continue;
        };
        let mut add = |what| all.push(Grant { document: name, purpose: purpose.clone(), what });
        add(What::Statement);
        list(&statement["Action"]).into_iter().for_each(|action| add(What::Action(action)));
        if !statement["Resource"].is_null() {
            list(&statement["Resource"]).into_iter().for_each(|resource| add(What::Resource(resource)));
        }
        for (_, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().expect("condition keys") {
                list(values).into_iter().for_each(|value| add(What::Condition(key.clone(), value)));
            }
        }
    }
    let keys_own = usize::from(name.ends_with("key")) + usize::from(name == "source key" && shape.third);
    assert_eq!(others, keys_own, "{name} holds what apply did not write: {document}");
    all
}

/// `Encrypt` of `BucketbridgeEncryptc1959c3e5c53`.
fn purpose(statement: &Value) -> Option<String> {
    const KNOWN: [&str; 6] = ["SourceBucket", "SourceObjects", "Decrypt", "Replicate", "Encrypt", "Trust"];
    let rest = statement["Sid"].as_str()?.strip_prefix("Bucketbridge")?;
    Some(KNOWN.into_iter().find(|known| rest.starts_with(known)).unwrap_or(rest).to_owned())
}

fn list(value: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().expect("a text").to_owned();
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// Writes the document without the grant. The last of its kind cannot be taken out of a list, so
/// something that nobody asks for takes its place.
fn without(grant: &Grant, before: &Value, at: &Document, world: &World) {
    let mut document = before.clone();
    let all = document["Statement"].as_array_mut().expect("statements");
    let place = all.iter().position(|s| purpose(s).as_ref() == Some(&grant.purpose)).expect("the statement");
    let mut gone = false;
    match &grant.what {
        What::Statement => gone = true,
        What::Action(action) => gone = !take(&mut all[place]["Action"], action),
        What::Resource(resource) => {
            if !take(&mut all[place]["Resource"], resource) {
                all[place]["Resource"] = json!(elsewhere(resource));
            }
        }
        What::Condition(key, value) => {
            let operators = all[place]["Condition"].as_object_mut().expect("conditions");
            let values = operators.values_mut().find_map(|keys| keys.get_mut(key)).expect("the condition");
            if !take(values, value) {
                *values = json!(value.replace("s3.", "sqs."));
            }
        }
    }
    if gone {
        all.remove(place);
    }
    if !all.is_empty() {
        return at.write(world, &document);
    }
    // No service takes a document without a statement.
    match at {
        Document::Bucket { account, region, bucket } => {
            world
                .block(world.s3(account, region).delete_bucket_policy().bucket(bucket).send())
                .expect("gone");
        }
        _ => at.write(
            world,
            &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "sqs.amazonaws.com"}}]}),
        ),
    }
}

/// Takes a value out of a list; `false` if it is the only one.
fn take(values: &mut Value, value: &str) -> bool {
    match values.as_array_mut() {
        Some(items) if items.len() > 1 => {
            items.retain(|item| item != value);
            true
        }
        _ => false,
    }
}

fn elsewhere(resource: &str) -> String {
    match resource {
        "*" => "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-000000000000".to_owned(),
        objects if objects.ends_with("/*") => objects.replace("/*", "/elsewhere/*"),
        other => format!("{other}-elsewhere"),
    }
}

fn all_grants_are_needed_as_the_table_says(shape: Shape) {
    let mut estate = Estate::of(shape);
    let (tried, wrong) = estate.take_all_away();
    // Not captured: the count is for whoever reads the log.
    let _ = writeln!(std::io::stderr(), "{tried} grants taken away, one at a time: {shape:?}");
    assert!(tried > 0);
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

const ACROSS: Shape = Shape { across: true, bucket_key: true, acls: true, object_lock: false, third: false };

#[test]
fn each_grant_across_accounts_with_a_bucket_key() {
    all_grants_are_needed_as_the_table_says(ACROSS);
}

#[test]
fn each_grant_across_accounts_without_a_bucket_key() {
    all_grants_are_needed_as_the_table_says(Shape { bucket_key: false, ..ACROSS });
}

#[test]
fn each_grant_to_an_owner_enforced_bucket() {
    all_grants_are_needed_as_the_table_says(Shape { acls: false, ..ACROSS });
}

#[test]
fn each_grant_under_object_lock() {
    all_grants_are_needed_as_the_table_says(Shape { object_lock: true, ..ACROSS });
}

#[test]
fn each_grant_with_the_source_key_of_a_third_account() {
    all_grants_are_needed_as_the_table_says(Shape { third: true, ..ACROSS });
}

#[test]
fn each_grant_within_one_account() {
    all_grants_are_needed_as_the_table_says(Shape { across: false, acls: false, ..ACROSS });
}
