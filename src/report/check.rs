//! `check`: does every link replicate?

use serde::Serialize;

use super::grid::Grid;
use super::page::{Page, Tone};
use super::{DoctorReport, LinkDiagnosis, doctor, links};
use crate::canary::result::{LinkResult, LinkStatus};

/// What the canaries proved.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// A signal ended it early.
    pub interrupted: bool,
    /// In the order of their names.
    pub links: Vec<LinkResult>,
    /// Why those that did not arrive did not, as far as documents and settings tell.
    pub doctor: Vec<LinkDiagnosis>,
    /// What nobody can read with the permissions of two accounts.
    pub limits: Vec<&'static str>,
}

impl CheckReport {
    /// From the results of a check.
    pub fn new(links: Vec<LinkResult>, interrupted: bool) -> Self {
        Self { interrupted, links: links::rounded(links), doctor: Vec::new(), limits: Vec::new() }
    }

    /// With what the doctor says of the links that did not arrive. Where it names the cause, nobody is
    /// told to look for one.
    #[must_use]
    pub fn explained(mut self, doctor: DoctorReport) -> Self {
        links::explained(&mut self.links, &doctor.links);
        Self { doctor: doctor.links, limits: doctor.limits, ..self }
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
        self.doctor.iter().for_each(|link| link.show(&mut page, false));
        doctor::show_limits(&mut page, &self.limits);
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        vec![links::grid(&self.links)]
    }
}
