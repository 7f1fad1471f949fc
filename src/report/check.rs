//! `check`: does every link replicate?

use serde::Serialize;

use super::grid::Grid;
use super::links;
use super::page::{Page, Tone};
use crate::canary::result::{LinkResult, LinkStatus};

/// What the canaries proved.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// A signal ended it early.
    pub interrupted: bool,
    /// In the order of their names.
    pub links: Vec<LinkResult>,
}

impl CheckReport {
    /// From the results of a check.
    pub fn new(links: Vec<LinkResult>, interrupted: bool) -> Self {
        Self { interrupted, links: links::rounded(links) }
    }

    pub(super) fn page(&self) -> Page {
        let said = links::headline(&self.links).unwrap_or_else(|| "no links to check".to_owned());
        let well = self.links.iter().all(|l| l.status == LinkStatus::Replicated);
        let mut page = match (self.interrupted, well) {
            (true, _) => Page::summary(format!("interrupted; {said}"), Tone::Bad),
            (false, true) => Page::summary(said, Tone::Good),
            (false, false) => Page::summary(said, Tone::Bad),
        };
        links::show(&mut page, &self.links);
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        vec![links::grid(&self.links)]
    }
}
