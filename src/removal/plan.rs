//! What becomes of each document and role, from what was read.
//!
//! Deliberately absent: permission to write. Whoever carries this out reads each document again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::arn::BucketName;
use crate::iam::{Document, sid};
use crate::resource::role_removal::{End, end};
use crate::resource::unmanaged::hands_off;
use crate::resource::withdrawal::Withdrawal;
use crate::resource::{
    Action, Change, Difference, ResourceId, Seen, Step, Stop, bucket_policy, key_deletion, key_policy,
    replication, role, role_policy, rule,
};
use crate::topology::KeyId;

use super::changes::{change, dropped, dropped_rule, kept, kept_rules};
use super::{Found, FoundRole, Going, KeyStep, Known, Leaving, Name, Names, Part};

/// What will be done, in the order in which it is done.
pub struct Plan {
    /// Rules first: S3 does not try an object again whose replication was refused.
    pub rules: BTreeMap<BucketName, Part<replication::Desired, replication::Live>>,
    /// Policies of destination buckets.
    pub bucket_policies: Vec<Part<bucket_policy::Desired, bucket_policy::Live>>,
    /// Policies of keys.
    pub key_policies: Vec<Part<key_policy::Desired, key_policy::Live>>,
    /// Our inline policies of roles.
    pub role_policies: Vec<(BucketName, Part<role_policy::Desired, role_policy::Live>)>,
    /// Roles that this map made.
    pub roles: Vec<Step<Known, role::Live>>,
    /// Keys, where their deletion was asked for.
    pub keys: Vec<KeyStep>,
}

impl Plan {
    /// Lets a key stay that could go.
    pub fn keep_key(&mut self, id: &KeyId, why: &str) {
        for step in self.keys.iter_mut().filter(|step| step.desired == *id) {
            step.change.action = Action::Keep;
            step.change.details.clear();
            step.change.notes = vec![format!("the key is kept: {why}")];
        }
    }

    /// Keys that go, if nobody objects.
    pub fn going_keys(&self) -> impl Iterator<Item = (&KeyId, &key_deletion::Found)> {
        let going = self.keys.iter().filter(|step| step.change.action == Action::Update);
        going.filter_map(|step| Some((&step.desired, step.live.as_ref().ok()?.as_ref()?)))
    }

    /// Statements that stay in the policies that were read, and name this principal.
    fn naming(&self, principal: &str) -> Vec<String> {
        let names = |leaving: &Leaving| leaving.keys().cloned().collect::<BTreeSet<_>>();
        let buckets = self.bucket_policies.iter().filter_map(|part| {
            let live = part.live.as_ref().ok()?.as_ref()?;
            let statement = live.document().naming(principal, &names(&part.desired.leaving))?;
            Some(format!("statement {statement} of the policy of bucket {}", part.desired.place.bucket.name))
        });
        let keys = self.key_policies.iter().filter_map(|part| {
            let live = part.live.as_ref().ok()?.as_ref()?;
            let statement = live.document().naming(principal, &names(&part.desired.leaving))?;
            Some(format!("statement {statement} of the policy of key {}", part.desired.place.key))
        });
        buckets.chain(keys).collect()
    }

    /// Every part, in the order in which things happen, and why one cannot be done.
    pub fn parts(&self) -> Vec<(&Change, Option<&Stop>)> {
        let Self { rules, bucket_policies, key_policies, role_policies, roles, keys } = self;
        let mut parts = Vec::new();
        parts.extend(rules.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(bucket_policies.iter().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(key_policies.iter().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(role_policies.iter().map(|(_, s)| (&s.change, s.live.as_ref().err())));
        parts.extend(roles.iter().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(keys.iter().map(|s| (&s.change, s.live.as_ref().err())));
        parts
    }
}

/// What becomes of each. Keys come later: whether one may go is found out only where that was asked.
pub fn plan(names: &Names<'_>, mut found: Found) -> Plan {
    let in_use = names.in_use(&found);
    let planner = Planner { names, in_use };
    stop_twins(&mut found);
    let mut plan = Plan {
        rules: BTreeMap::new(),
        bucket_policies: Vec::new(),
        key_policies: Vec::new(),
        role_policies: Vec::new(),
        roles: Vec::new(),
        keys: Vec::new(),
    };
    for (source, seen) in found.configurations {
        plan.rules.insert(source.clone(), planner.rules(&source, seen));
    }
    for (bucket, seen) in found.bucket_policies {
        plan.bucket_policies.push(planner.bucket_policy(&bucket, seen));
    }
    for (id, seen) in found.key_policies {
        plan.key_policies.push(planner.key_policy(&id, seen));
    }
    for (source, roles) in found.roles {
        for role in roles {
            let (policy, end) = planner.role(&source, role, &plan);
            plan.role_policies.push((source.clone(), policy));
            plan.roles.extend(end);
        }
    }
    plan
}

/// Two names of one key would be two steps that write one policy.
fn stop_twins(found: &mut Found) {
    let mut known: BTreeMap<String, KeyId> = BTreeMap::new();
    for (id, policy) in &mut found.key_policies {
        let Ok(Some(live)) = policy else { continue };
        let arn = live.key().to_string();
        if let Some(first) = known.get(&arn) {
            *policy = Err(Stop::new(
                format!("{} and {} are the same key ({arn})", first.name, id.name),
                "name it the same way everywhere in the profile map",
            ));
        } else {
            known.insert(arn, id.clone());
        }
    }
}

struct Planner<'a> {
    names: &'a Names<'a>,
    /// Source buckets whose own statements are needed still, and why.
    in_use: BTreeMap<BucketName, String>,
}

impl Planner<'_> {
    fn rules(
        &self,
        source: &BucketName,
        live: Seen<replication::Live>,
    ) -> Part<replication::Desired, replication::Live> {
        let names = self.names;
        let place = replication::desired(names.map, source, &role::arn_by_map(names.map, source));
        let (going, all) = (names.rules(source), names.all_rules(source));
        let name = |orphan| Name { source: Some(source.clone()), orphan };
        let mut leaving: Leaving = going.keys().map(|id| (id.clone(), name(false))).collect();
        let mut found = BTreeSet::new();
        let mut details = Vec::new();
        let mut notes = Vec::new();
        let mut is_left = false;
        if let Ok(Some(live)) = &live {
            let configuration = live.configuration();
            if names.request.orphans {
                let strays = configuration.rule_ids().filter(|id| names.marker().owns_rule(id));
                leaving.extend(strays.filter(|id| !all.contains(*id)).map(|id| (id.to_owned(), name(true))));
            }
            for rule in configuration.rules() {
                let Some((id, leaves)) = rule.id().and_then(|id| Some((id, leaving.get(id)?))) else {
                    continue;
                };
                found.insert(id.to_owned());
                let what = match going.get(id) {
                    Some(link) => format!("rule {id} (link {link})"),
                    None => format!("rule {id} to {}", rule.destination()),
                };
                details.push(dropped_rule(
                    &what,
                    leaves,
                    Value::Object(rule::set_fields(rule.fields().clone())),
                ));
            }
            notes = kept_rules(configuration.rules().map(|r| r.id()), &leaving, &all, names.marker());
            is_left = configuration.rules().any(|r| !r.id().is_some_and(|id| leaving.contains_key(id)));
        }
        let change = change(replication::resource_id(&place), details, is_left, notes);
        let part = Step { change, desired: Going { place, leaving, found }, live };
        self.managed(names.map.buckets[source].manage, &format!("bucket {source}"), part)
    }

    /// On what the map does not manage nothing is written.
    fn managed<D, L>(&self, managed: bool, what: &str, part: Part<D, L>) -> Part<D, L> {
        if managed || part.change.action == Action::Keep {
            return part;
        }
        let account = &part.change.id.account;
        let owner =
            format!("whoever manages {what} in account {account} ({})", self.names.map.account(account).id);
        hands_off(part, &owner)
    }

    /// A document's part: what of it goes, and what is left, unless that cannot be saved.
    fn part<D, L>(
        &self,
        id: ResourceId,
        place: D,
        sids: [BTreeSet<String>; 2],
        live: Seen<L>,
        document: impl Fn(&L) -> &Document,
        withdrawal: impl for<'l> Fn(&D, &L, &'l BTreeSet<String>) -> Withdrawal<'l>,
    ) -> Part<D, L> {
        let policy = live.as_ref().ok().and_then(Option::as_ref).map(&document);
        let leaving = self.names.leaving(&sids, policy, &self.in_use);
        let found = policy.iter().flat_map(|p| p.statements()).filter_map(sid);
        let found = found.filter(|sid| leaving.contains_key(*sid)).map(str::to_owned).collect();
        let mut details = Vec::new();
        let mut notes = Vec::new();
        let mut left = Ok(None);
        if let Ok(Some(live)) = &live {
            details = dropped(document(live), &leaving);
            notes = kept(document(live), &leaving, &sids[0], self.names.marker());
            left = withdrawal(&place, live, &leaving.keys().cloned().collect()).rest();
        }
        let is_left = left.as_ref().is_ok_and(Option::is_some);
        let change = change(id, details, is_left, notes);
        let live = live.and_then(|live| left.map(|_| live));
        Step { change, desired: Going { place, leaving, found }, live }
    }

    fn bucket_policy(
        &self,
        bucket: &BucketName,
        live: Seen<bucket_policy::Live>,
    ) -> Part<bucket_policy::Desired, bucket_policy::Live> {
        let place = bucket_policy::of(self.names.map, bucket);
        let sids = self.names.of_bucket_policy(bucket);
        let id = bucket_policy::resource_id(&place);
        let part = self.part(id, place, sids, live, bucket_policy::Live::document, bucket_policy::withdrawal);
        self.managed(self.names.map.buckets[bucket].manage, &format!("bucket {bucket}"), part)
    }

    fn key_policy(
        &self,
        id: &KeyId,
        live: Seen<key_policy::Live>,
    ) -> Part<key_policy::Desired, key_policy::Live> {
        let place = key_policy::desired(self.names.map, id);
        let sids = self.names.of_key_policy(id);
        let from_file = match &live {
            Ok(Some(live)) => key_policy::from_file(&place, live.document()),
            _ => 0,
        };
        let resource = key_policy::resource_id(id);
        let mut part =
            self.part(resource, place, sids, live, key_policy::Live::document, key_policy::withdrawal);
        if from_file > 0 {
            let plural = if from_file == 1 { "1 of them comes" } else { "some of them come" };
            part.change.notes.push(format!(
                "{plural} from `statements` in `[keys]` and cannot be told from those of others: take it out by hand"
            ));
        }
        self.managed(self.names.map.keys[id].manage, &format!("key {id}"), part)
    }

    fn role(
        &self,
        source: &BucketName,
        found: FoundRole,
        plan: &Plan,
    ) -> (Part<role_policy::Desired, role_policy::Live>, Option<Step<Known, role::Live>>) {
        let FoundRole { desired, seen, ties, place, policy } = found;
        let sids = self.names.of_role_policy(source);
        let id = role_policy::resource_id(&place);
        let mut part =
            self.part(id, place, sids, policy, role_policy::Live::document, role_policy::withdrawal);
        if let Some(why) = self.in_use.get(source) {
            part.change.notes.push(format!("what bucket {source} needs as a whole is kept: {why}"));
        }
        if desired.adopted {
            part.change.notes.push(format!(
                "role {} was there before: it is kept, and its trust policy is left alone",
                desired.arn
            ));
            return (part, None);
        }
        if self.names.stays_a_source(source) || self.in_use.contains_key(source) {
            return (part, None);
        }
        let mut policies = BTreeSet::new();
        if !matches!((&part.live, part.change.action), (Ok(Some(_)), Action::Update | Action::Keep)) {
            policies.insert(role_policy::policy_name(&part.desired.place).to_owned());
        }
        let known =
            Known { source: source.clone(), policies, named_by: plan.naming(&desired.arn.to_string()) };
        let end = self.end(known, &desired, seen, ties);
        (part, end)
    }

    fn end(
        &self,
        end_of: Known,
        desired: &role::Desired,
        seen: Seen<role::Live>,
        ties: Result<super::Ties, Stop>,
    ) -> Option<Step<Known, role::Live>> {
        let marker = &self.names.map.marker;
        let mut change = Change {
            id: role::resource_id(desired),
            action: Action::Keep,
            details: vec![],
            notes: vec![],
            awaits: None,
        };
        let live = match (seen, ties) {
            (Ok(None), _) => return None,
            (Err(stop), _) | (Ok(Some(_)), Err(stop)) => Err(stop),
            (Ok(Some(role)), Ok(ties)) => {
                match end(&role, &ties, &end_of, marker) {
                    End::Delete => {
                        change.action = Action::Delete;
                        change.details.push(Difference::dropped("ARN", role.arn().to_string()));
                    }
                    End::Withdraw(reasons) => {
                        change.action = Action::Update;
                        let sid = role::trust_sid(marker);
                        let name = Name { source: None, orphan: false };
                        let trust = dropped(role.trust(), &Leaving::from([(sid, name)]));
                        change.details.extend(
                            trust
                                .into_iter()
                                .map(|d| Difference { field: format!("trust policy: {}", d.field), ..d }),
                        );
                        change.notes = kept_role(reasons);
                    }
                    End::Keep(reasons) => change.notes = kept_role(reasons),
                }
                Ok(Some(role))
            }
        };
        Some(Step { change, desired: end_of, live })
    }
}

fn kept_role(reasons: Vec<String>) -> Vec<String> {
    reasons.into_iter().map(|why| format!("the role is kept: {why}")).collect()
}
