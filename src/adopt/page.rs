//! The map as a file, with comments for whoever reads it next.
//!
//! The same accounts give the same text: there is no date in it.
//!
//! Deliberately absent: any fact that the [`Map`] does not hold.

use crate::config::Draft;

use super::link::Link;
use super::map::{Account, Bucket, Map, Rule};

/// Writes it.
pub fn page(map: &Map) -> String {
    let mut draft = Draft::default();
    opening(map, &mut draft);
    draft.gap();
    draft.set("version", 1);
    if let Some(marker) = &map.marker {
        draft.gap();
        draft.say("What the ids of the rules that are there, and the Sids of their statements, begin with.");
        draft.set("marker", marker);
    }
    for account in &map.accounts {
        write_account(account, &mut draft);
    }
    for bucket in &map.buckets {
        write_bucket(bucket, map, &mut draft);
    }
    for rule in &map.rules {
        draft.gap();
        match rule {
            Rule::Link(link) => write_link(link, map, &mut draft),
            Rule::Left { .. } => rule.left().iter().for_each(|left| draft.say(left)),
        }
    }
    if map.elsewhere > 0 {
        draft.gap();
        draft.say(&match map.elsewhere {
            1 => "1 rule to another bucket stays as it is: `--destination` asked for this one.".to_owned(),
            n => format!("{n} rules to other buckets stay as they are: `--destination` asked for this one."),
        });
    }
    write_roles(map, &mut draft);
    write_keys(map, &mut draft);
    draft.text().to_owned()
}

fn opening(map: &Map, draft: &mut Draft) {
    draft.say(&format!(
        "What replicates from bucket {}, as `bucketbridge adopt` read it. Nothing was changed.",
        map.source
    ));
    draft.say("");
    let theirs: Vec<&Link> = map.links().filter(|link| !link.ours).collect();
    if theirs.is_empty() && map.links().next().is_some() {
        draft.say(
            "The rules of all links were made by bucketbridge, and are known again by their ids: `bucketbridge plan` \
             shows nothing but what has drifted since.",
        );
    } else if !theirs.is_empty() {
        draft.say(
            "`bucketbridge plan` will show additions. It knows its own rules and statements by their names and never \
             changes those of others, so what others made stays and is said a second time beside it:",
        );
        draft.say(&format!("  - a rule for each of these links: {}", names(&theirs)));
        draft
            .say("  - the statements that they need in the role's policy and its trust policy, in the keys'");
        draft.say("    policies and, across accounts, in the buckets' policies");
        draft.say(
            "The new rules have higher priorities than those of others, so S3 follows them from then on; they say the \
             same, so the same objects arrive, and the role is the one that is there. When `bucketbridge apply` has \
             proved the links, the former rules can be removed by whoever made them:",
        );
        for link in theirs {
            let rule = link.rule.as_deref().unwrap_or("the rule without an id");
            draft.say(&format!("  - {rule}, to bucket {} (link {})", link.to, link.name));
        }
    } else {
        draft.say("There is no rule that a link could say; the rules stay as they are.");
    }
    let unsaid = map.unsaid().len();
    if unsaid > 0 {
        draft.say("");
        draft.say(&format!(
            "{unsaid} {} not said here, or not as it is; each has a comment below.",
            if unsaid == 1 { "thing is" } else { "things are" }
        ));
    }
}

fn names(links: &[&Link]) -> String {
    links.iter().map(|link| link.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn write_account(account: &Account, draft: &mut Draft) {
    draft.gap();
    draft.table(&["accounts", &account.name]);
    draft.set("id", account.id.as_str());
    match &account.profile {
        Some(profile) => draft.set("profile", profile),
        None => draft.say("Reached by the default credentials; `profile` names a profile of the AWS files."),
    }
}

fn write_bucket(bucket: &Bucket, map: &Map, draft: &mut Draft) {
    draft.gap();
    bucket.notes.iter().for_each(|note| draft.say(note));
    draft.table(&["buckets", &bucket.name]);
    draft.set("account", map.account(&bucket.account));
    draft.set("region", &bucket.region);
    bucket.key.notes.iter().for_each(|note| draft.say(note));
    match bucket.key.also.as_slice() {
        [] => draft.set("key", &bucket.key.text),
        also => draft.explain("key", &bucket.key.text, &format!("also {}", also.join(", "))),
    }
    if !bucket.source_keys.is_empty() {
        bucket.source_keys.iter().flat_map(|key| &key.notes).for_each(|note| draft.say(note));
        let keys: Vec<&str> = bucket.source_keys.iter().map(|key| key.text.as_str()).collect();
        draft.set("source_keys", keys);
    }
    bucket.bucket_key.iter().for_each(|on| draft.set("bucket_key", *on));
}

fn write_link(link: &Link, map: &Map, draft: &mut Draft) {
    link.notes.iter().for_each(|note| draft.say(note));
    draft.table(&["links", &link.name]);
    draft.set("from", &map.source);
    draft.set("to", &link.to);
    if !link.prefix.is_empty() {
        draft.set("prefix", &link.prefix);
    }
    if !link.tags.is_empty() {
        draft.set("tags", &link.tags);
    }
    link.priority.iter().for_each(|priority| draft.set("priority", *priority));
    if !link.enabled {
        draft.set("enabled", false);
    }
    link.owner_override.iter().for_each(|on| draft.set("owner_override", *on));
    link.storage_class.iter().for_each(|class| draft.set("storage_class", class));
    let flags = [
        ("delete_markers", link.delete_markers),
        ("replication_time_control", link.replication_time_control),
        ("metrics", link.metrics),
        ("replica_modifications", link.replica_modifications),
    ];
    flags.iter().filter(|(_, on)| *on).for_each(|(key, on)| draft.set(key, *on));
}

fn write_roles(map: &Map, draft: &mut Draft) {
    let roles = &map.roles;
    let silent = roles.name.is_none()
        && roles.path.is_none()
        && roles.permissions_boundary.is_none()
        && !roles.source_account_condition;
    if !roles.notes.is_empty() || !silent {
        draft.gap();
    }
    roles.notes.iter().for_each(|note| draft.say(note));
    if silent {
        return;
    }
    if roles.name.is_some() || roles.path.is_some() {
        draft.say("The role that the configuration names: it is used, and no other is made.");
    }
    draft.table(&["roles"]);
    roles.name.iter().for_each(|name| draft.set("name", name));
    roles.path.iter().for_each(|path| draft.set("path", path));
    roles.permissions_boundary.iter().for_each(|arn| draft.set("permissions_boundary", arn));
    if roles.source_account_condition {
        draft.set("source_account_condition", true);
    }
}

/// What `[keys]` added to the policies of keys.
fn write_keys(map: &Map, draft: &mut Draft) {
    for bucket in &map.buckets {
        let (administrators, users) = &bucket.further;
        if administrators.is_empty() && users.is_empty() {
            continue;
        }
        draft.gap();
        draft.table(&["keys", &bucket.key.text]);
        if bucket.key.text.starts_with("alias/") {
            draft.set("account", map.account(&bucket.account));
            draft.set("region", &bucket.region);
        }
        if !administrators.is_empty() {
            draft.set("administrators", administrators);
        }
        if !users.is_empty() {
            draft.set("users", users);
        }
    }
}
