//! Which names leave: those that the whole map makes, without those that the links that stay make.
//!
//! What belongs to a source bucket as a whole leaves with its last rule of ours, another map's
//! included, since maps that share a source bucket share its role.
//!
//! Deliberately absent: what the statements and rules say.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::BucketName;
use crate::iam::{Document, Marker, link_hash};
use crate::resource::{bucket_policy, key_policy, replication, role, role_policy};
use crate::topology::{AccountName, KeyId, Link, LinkName, Topology};

use super::{Found, Leaving, Name, Request};

/// What a hash in a name stands for.
#[derive(Debug, Clone)]
struct Origin {
    source: BucketName,
    /// It is the source bucket's as a whole, not a destination's.
    whole: bool,
}

/// The names of a map and of what stays of it.
pub struct Names<'a> {
    /// The whole map.
    pub map: &'a Topology,
    /// What was asked for.
    pub request: &'a Request,
    /// The map without the links that go.
    pub rest: Topology,
    origins: BTreeMap<String, Origin>,
}

impl<'a> Names<'a> {
    /// Of a map and a request.
    pub fn new(map: &'a Topology, request: &'a Request) -> Self {
        let links = map.links.iter().filter(|(name, _)| !request.links.contains(*name));
        let rest = Topology { links: links.map(|(n, l)| (n.clone(), l.clone())).collect(), ..map.clone() };
        let mut origins = BTreeMap::new();
        let mut add = |from: &BucketName, to: Option<&BucketName>| {
            let account = &map.account(&map.buckets[from].account).id;
            let origin = Origin { source: from.clone(), whole: to.is_none() };
            origins.insert(link_hash(account, from, to), origin);
        };
        // A former link may have joined any two of the buckets.
        for from in map.buckets.keys().filter(|_| request.orphans) {
            add(from, None);
            map.buckets.keys().for_each(|to| add(from, Some(to)));
        }
        for link in map.links.values() {
            add(&link.from, None);
            add(&link.from, Some(&link.to));
        }
        Self { map, request, rest, origins }
    }

    /// What names of ours begin with.
    pub fn marker(&self) -> Marker<'_> {
        Marker(&self.map.marker)
    }

    fn going(&self) -> impl Iterator<Item = &'a Link> {
        let map = self.map;
        map.links.iter().filter(|(name, _)| self.request.links.contains(*name)).map(|(_, link)| link)
    }

    fn everything(&self) -> bool {
        self.request.whole || self.request.orphans
    }

    /// Buckets whose configuration, role and role policy may hold something that goes.
    pub fn sources(&self) -> BTreeSet<BucketName> {
        let all: BTreeSet<BucketName> = match self.request.orphans {
            true => self.map.buckets.keys().cloned().collect(),
            false => self.going().map(|link| link.from.clone()).collect(),
        };
        self.here(all)
    }

    /// What another team has, nothing here was written to.
    fn here(&self, buckets: BTreeSet<BucketName>) -> BTreeSet<BucketName> {
        buckets.into_iter().filter(|name| !self.map.is_remote(&self.map.buckets[name].account)).collect()
    }

    /// Buckets whose policy may hold something that goes.
    pub fn destinations(&self) -> BTreeSet<BucketName> {
        let all = match self.request.orphans {
            true => self.map.buckets.keys().cloned().collect(),
            false => {
                let to: BTreeSet<&BucketName> = self.going().map(|link| &link.to).collect();
                let needed = to.into_iter().filter(|to| bucket_policy::desired(self.map, to).is_some());
                needed.cloned().collect()
            }
        };
        self.here(all)
    }

    /// The buckets of the links that go.
    pub fn linked_buckets(&self) -> BTreeSet<BucketName> {
        self.going().flat_map(|link| [&link.from, &link.to]).cloned().collect()
    }

    /// Keys whose policy may hold something that goes.
    pub fn keys(&self) -> BTreeSet<KeyId> {
        let all = match self.everything() {
            true => self.map.keys.keys().cloned().collect(),
            false => self.keys_of(self.going()),
        };
        all.into_iter().filter(|id| !self.map.is_remote(&id.account)).collect()
    }

    /// Keys that the links that go use, and no link that stays.
    pub fn unused_keys(&self) -> BTreeSet<KeyId> {
        let staying = self.keys_of(self.rest.links.values());
        self.keys()
            .intersection(&self.keys_of(self.going()))
            .filter(|id| !staying.contains(id))
            .cloned()
            .collect()
    }

    fn keys_of<'l>(&self, links: impl Iterator<Item = &'l Link>) -> BTreeSet<KeyId> {
        let buckets = links.flat_map(|link| [&self.map.buckets[&link.from], &self.map.buckets[&link.to]]);
        let mut keys: BTreeSet<KeyId> = buckets.flat_map(|bucket| bucket.keys().cloned()).collect();
        for id in keys.clone() {
            keys.extend(self.map.keys[&id].replica_of.clone());
        }
        keys
    }

    /// The source buckets of the links that go and use this key.
    pub fn sources_of_key(&self, id: &KeyId) -> BTreeSet<BucketName> {
        let uses = |bucket: &BucketName| self.map.buckets[bucket].keys().any(|key| key == id);
        let links = self.going().filter(|link| uses(&link.from) || uses(&link.to));
        links.map(|link| link.from.clone()).collect()
    }

    /// Who else replicates under this key: another map, whose statements its policy has.
    pub fn other_user(&self, id: &KeyId, found: &Found) -> Option<String> {
        let uses = |source: &BucketName| self.map.buckets[source].keys().any(|key| key == id);
        if let Some((source, why)) = self.in_use(found).into_iter().find(|(source, _)| uses(source)) {
            return Some(format!("it is a key of bucket {source}, and {why}"));
        }
        let policy = found.key_policies.get(id)?.as_ref().ok()?.as_ref()?;
        let [all, _] = self.of_key_policy(id);
        let strays = policy.document().strays(self.marker(), &all);
        let stray = strays.into_iter().next().filter(|_| !self.request.orphans)?;
        Some(format!("statement {stray} of its policy is another map's, or of a former link"))
    }

    /// Buckets that may hold objects under this key.
    pub fn buckets_of_key(&self, id: &KeyId) -> BTreeSet<BucketName> {
        let under = self.map.buckets.iter().filter(|(_, b)| b.keys().any(|key| key == id));
        let linked = self.going().flat_map(|link| [&link.from, &link.to]);
        under.map(|(name, _)| name).chain(linked).cloned().collect()
    }

    /// The accounts of all of these.
    pub fn accounts(&self) -> BTreeSet<AccountName> {
        let buckets = self.sources().into_iter().chain(self.destinations());
        let buckets = buckets.map(|name| self.map.buckets[&name].account.clone());
        let keys = self.keys();
        buckets.chain(keys.into_iter().map(|id| id.account)).collect()
    }

    /// Whether a link that stays leaves this bucket.
    pub fn stays_a_source(&self, bucket: &BucketName) -> bool {
        self.rest.links_from(bucket).next().is_some()
    }

    /// The rules that leave a bucket's configuration, each with its link.
    pub fn rules(&self, source: &BucketName) -> BTreeMap<String, LinkName> {
        let role = role::arn_by_map(self.map, source);
        let rules = replication::desired(self.map, source, &role).rules;
        let going = rules.into_iter().filter(|(link, _)| self.request.links.contains(link));
        going.map(|(link, (rule, _))| (rule.id, link)).collect()
    }

    /// The ids of all rules of the map for a bucket.
    pub fn all_rules(&self, source: &BucketName) -> BTreeSet<String> {
        let role = role::arn_by_map(self.map, source);
        let rules = replication::desired(self.map, source, &role).rules;
        rules.into_values().map(|(rule, _)| rule.id).collect()
    }

    /// The statements of a bucket's policy that the map makes, and those that stay.
    pub fn of_bucket_policy(&self, bucket: &BucketName) -> [BTreeSet<String>; 2] {
        [self.map, &self.rest].map(|map| bucket_policy::sids(&bucket_policy::of(map, bucket)))
    }

    /// The statements of a key's policy that the map makes, and those that stay. What `[keys]` gives to
    /// others goes with the last link that uses the key.
    pub fn of_key_policy(&self, id: &KeyId) -> [BTreeSet<String>; 2] {
        let [(mut all, further), (mut staying, _)] =
            [self.map, &self.rest].map(|map| key_policy::sids(&key_policy::desired(map, id)));
        let used = self.keys_of(self.rest.links.values()).contains(id);
        let goes = self.request.whole || self.keys_of(self.going()).contains(id);
        if used || !goes {
            staying.extend(further.iter().cloned());
        }
        all.extend(further);
        [all, staying]
    }

    /// The statements of a role's inline policy that the map makes, and those that stay.
    pub fn of_role_policy(&self, source: &BucketName) -> [BTreeSet<String>; 2] {
        let role = role::arn_by_map(self.map, source);
        let sids = |map: &Topology| match map.links_from(source).next() {
            Some(_) => role_policy::sids(&role_policy::desired(map, source, &role, false)),
            None => BTreeSet::new(),
        };
        [sids(self.map), sids(&self.rest)]
    }

    /// What leaves a document that holds, or may hold, names of the map (`all`) of which some stay.
    /// `found`: where orphans are looked for.
    pub fn leaving(
        &self,
        [all, staying]: &[BTreeSet<String>; 2],
        found: Option<&Document>,
        in_use: &BTreeMap<BucketName, String>,
    ) -> Leaving {
        let going = all.difference(staying).cloned().map(|sid| (sid, false));
        let strays = match found {
            Some(document) if self.request.orphans => document.strays(self.marker(), all),
            _ => BTreeSet::new(),
        };
        let named = going.chain(strays.into_iter().map(|sid| (sid, true)));
        let leaves = named.filter_map(|(sid, orphan)| {
            let origin = self.marker().hash_of(&sid).and_then(|hash| self.origins.get(hash));
            let stays = origin.is_some_and(|o| o.whole && self.is_in_use(&o.source, in_use));
            (!stays).then(|| (sid, Name { source: origin.map(|o| o.source.clone()), orphan }))
        });
        leaves.collect()
    }

    fn is_in_use(&self, source: &BucketName, in_use: &BTreeMap<BucketName, String>) -> bool {
        self.stays_a_source(source) || in_use.contains_key(source)
    }

    /// The source buckets that have rules left which need what is theirs as a whole, though no link
    /// that stays leaves them; and why.
    pub fn in_use(&self, found: &Found) -> BTreeMap<BucketName, String> {
        let sources = self.sources();
        let used = sources.into_iter().filter(|source| !self.stays_a_source(source));
        used.filter_map(|source| self.why_in_use(&source, found).map(|why| (source, why))).collect()
    }

    fn why_in_use(&self, source: &BucketName, found: &Found) -> Option<String> {
        // One that could not be read stops everything that depends on it anyway.
        let configuration = found.configurations.get(source)?.as_ref().ok()?.as_ref()?.configuration();
        let (going, all) = (self.rules(source), self.all_rules(source));
        let is_ours = |id: &str| self.marker().owns_rule(id);
        let goes =
            |id: &str| going.contains_key(id) || self.request.orphans && is_ours(id) && !all.contains(id);
        if let Some(id) = configuration.rule_ids().find(|id| is_ours(id) && !goes(id)) {
            return Some(format!("rule {id} of another map, or of a former link, needs it"));
        }
        let others = configuration.rules().filter(|rule| !rule.id().is_some_and(goes)).count();
        let role = role::arn_by_map(self.map, source);
        if others == 0 || configuration.role() != role.to_string() {
            return None;
        }
        // Rules of others that came to a configuration of ours live by our role.
        let roles = found.roles.get(source).map_or(&[][..], Vec::as_slice);
        let seen = roles.iter().find(|r| !r.desired.adopted).map(|r| &r.seen);
        let made = match seen {
            Some(Ok(Some(live))) => live.is_ours(),
            Some(Err(_)) => true,
            Some(Ok(None)) | None => false,
        };
        let plural = if others == 1 { "rule of others uses" } else { "rules of others use" };
        made.then(|| format!("{others} {plural} role {}, which this tool made", role.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn map() -> Topology {
        let mut text = String::from("version = 1\n");
        for (account, id) in [("prod", "111111111111"), ("backup", "222222222222")] {
            text += &format!("[accounts.{account}]\nid = \"{id}\"\nprofile = \"{account}\"\n");
        }
        for (bucket, account, key) in
            [("one", "prod", "a"), ("two", "prod", "a"), ("three", "backup", "b"), ("four", "backup", "c")]
        {
            text += &format!(
                "[buckets.bucket-{bucket}]\naccount = \"{account}\"\nregion = \"us-east-1\"\nkey = \"alias/{key}\"\n"
            );
        }
        for (link, from, to, prefix) in [
            ("a", "one", "three", "a/"),
            ("b", "one", "three", "b/"),
            ("c", "one", "four", ""),
            ("d", "two", "three", ""),
            ("e", "three", "one", ""),
        ] {
            text += &format!(
                "[links.{link}]\nfrom = \"bucket-{from}\"\nto = \"bucket-{to}\"\nprefix = \"{prefix}\"\n"
            );
        }
        text += "[keys.\"alias/b\"]\nusers = [\"arn:aws:iam::222222222222:root\"]\n";
        crate::config::parse(Path::new("profiles.toml"), &text).expect("a map")
    }

    /// All names that leave, and all that the links that stay make.
    fn sorted(names: &Names<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut leaving, mut staying) = (BTreeSet::new(), BTreeSet::new());
        let none = BTreeMap::new();
        let mut add = |document: String, sids: [BTreeSet<String>; 2]| {
            let named = |sid: &String| format!("{document} {sid}");
            leaving.extend(names.leaving(&sids, None, &none).keys().map(named));
            staying.extend(sids[1].iter().map(named));
        };
        for bucket in names.map.buckets.keys() {
            add(format!("bucket {bucket}"), names.of_bucket_policy(bucket));
            add(format!("role {bucket}"), names.of_role_policy(bucket));
        }
        for id in names.map.keys.keys() {
            add(format!("key {id}"), names.of_key_policy(id));
        }
        for bucket in names.map.buckets.keys() {
            let going = names.rules(bucket).into_keys().collect::<BTreeSet<_>>();
            staying.extend(names.all_rules(bucket).difference(&going).cloned());
            leaving.extend(going);
        }
        (leaving, staying)
    }

    #[test]
    fn what_a_link_that_stays_needs_never_leaves() {
        let map = map();
        let all: Vec<LinkName> = map.links.keys().cloned().collect();
        let everything = {
            let request = Request { links: all.iter().cloned().collect(), whole: true, orphans: false };
            let (leaving, staying) = sorted(&Names::new(&map, &request));
            assert_eq!(staying, BTreeSet::new());
            leaving
        };
        assert!(everything.len() > 20, "{everything:#?}");
        for subset in 0..1_u32 << all.len() {
            let chosen = all.iter().enumerate().filter(|(at, _)| subset & (1 << at) != 0);
            let links: BTreeSet<LinkName> = chosen.map(|(_, link)| link.clone()).collect();
            let request = Request { links: links.clone(), whole: false, orphans: false };
            let names = Names::new(&map, &request);
            let (leaving, staying) = sorted(&names);
            assert_eq!(leaving.intersection(&staying).next(), None, "{links:?}");
            assert_eq!(&leaving | &staying, everything, "{links:?}: nothing is forgotten");
            // The map without these links makes all of it; to keys that no link uses it gives more.
            let request = Request { links: BTreeSet::new(), whole: false, orphans: false };
            assert!(staying.is_subset(&sorted(&Names::new(&names.rest, &request)).1), "{links:?}");
        }
    }
}
