//! Canaries of another team: whoever has the destination alone looks for those that have arrived, proves
//! them and removes them.
//!
//! Which bucket a canary comes from stands in its metadata, which replicates with it.
//!
//! Deliberately absent: waiting for one. The other team puts it when it likes.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::aws::AwsError;
use crate::event::Event;
use crate::topology::{Link, LinkName};

use super::broom::{self, PREFIX, Versions};
use super::compare::{self, Arrived};
use super::object::SOURCE;
use super::result::{LinkResult, LinkStatus};
use super::{Check, Side};

impl<'a> Check<'a> {
    /// Looks for canaries of the link in its destination.
    pub(super) async fn arrival(&self, name: &'a LinkName, link: &'a Link) -> LinkResult {
        let mut result = self.unproven(name, link);
        match self.side(&link.to) {
            Err(why) => result.problems.push(why),
            Ok(to) => {
                if let Err(error) = self.look(&to, link, &mut result).await {
                    result.status = LinkStatus::NotRun;
                    result.problems.push(format!("canaries could not be looked for: {error}"));
                }
            }
        }
        self.events.send(Event::LinkEnded { link: name.clone(), status: result.status });
        result
    }

    async fn look(&self, to: &Side<'_>, link: &Link, result: &mut LinkResult) -> Result<(), AwsError> {
        let found = broom::everything(to, &format!("{}{PREFIX}", link.prefix)).await?;
        let heads = join_all(found.iter().map(|(key, version)| compare::head_of(to, key, version))).await;
        let mut arrived: Vec<Arrived> = Vec::new();
        for head in heads {
            arrived.extend(head?.filter(|head| head.metadata(SOURCE) == Some(link.from.as_str())));
        }
        // Names begin with the time.
        arrived.sort_by(|a, b| a.key.cmp(&b.key));
        let Some(newest) = arrived.last() else {
            let account = &self.topology.buckets[&link.from].account;
            result.status = LinkStatus::Awaited;
            result.problems.push(format!(
                "no canary of account {account} is there; its `bucketbridge apply` or `check` puts one once its rule \
                 is written"
            ));
            return Ok(());
        };
        let judged = compare::arrived(newest, to, link.owner_override).await?;
        result.status =
            if judged.problems.is_empty() { LinkStatus::Replicated } else { LinkStatus::WrongReplica };
        result.replica = Some(judged.replica);
        // It proves what was when it was put.
        result.problems.extend(newest.put().map(|put| format!("the canary that arrived was put {put}")));
        result.problems.extend(judged.problems);
        let versions: Versions =
            arrived.iter().map(|a| (a.key.clone(), a.version.clone())).collect::<BTreeSet<_>>();
        result.problems.extend(broom::delete(to, &versions).await);
        Ok(())
    }
}
