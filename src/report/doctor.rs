//! `doctor`: why does it not replicate, in which account, in which statement?
//!
//! Deliberately absent: the words for a finding, which are `finding`'s, and for the reasoning
//! behind it, which are `reasoning`'s.

use serde::Serialize;

use super::grid::{Grid, optional};
use super::page::{Item, Line, Page, Span, Tone};
use super::{count, finding, reasoning};
use crate::doctor::{
    Diagnosis, Finding, JudgedObject, JudgedRequest, RuleDiagnosis, Severity, Unread, Verdict,
};

/// What the doctor found.
#[derive(Debug, Clone, Serialize)]
pub struct DoctorReport {
    /// How many of each verdict.
    pub summary: Summary,
    /// Each link, or each rule of a source bucket that no map is about.
    pub links: Vec<LinkDiagnosis>,
    /// What nobody can read with the permissions of two accounts.
    pub limits: Vec<&'static str>,
}

/// How many of each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// S3 replicates.
    pub replicates: usize,
    /// S3 tries, and cannot.
    pub fails: usize,
    /// S3 passes over the object.
    pub not_selected: usize,
    /// Something that decides could not be read.
    pub unknown: usize,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct LinkDiagnosis {
    /// The link's entry, if a profile map has it.
    pub link: Option<String>,
    /// The rule's id in the replication configuration.
    pub rule: Option<String>,
    /// The source bucket.
    pub source: String,
    /// Its account.
    pub source_account: Option<String>,
    /// The destination bucket.
    pub destination: Option<String>,
    /// Its account.
    pub destination_account: Option<String>,
    /// Whether it replicates.
    pub verdict: Verdict,
    /// Why, and what else is to say, errors first.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The object that it was judged for.
    pub object: Option<JudgedObject>,
    /// Whether the destination has the object, where one was asked about and it could be looked for.
    pub replica: Option<bool>,
    /// Each request that S3 makes, with the whole reasoning; empty unless asked for.
    pub requests: Vec<JudgedRequest>,
}

impl LinkDiagnosis {
    /// Of each rule that is meant; of the bucket as a whole where there is none. `link` is the entry of the
    /// map with the id of its rule: other rules to the same bucket are not the link's, unless its own is
    /// not there.
    pub fn of(
        diagnosis: Diagnosis,
        link: Option<(&str, &str)>,
        destination: Option<&str>,
        explain: bool,
    ) -> Vec<Self> {
        let Diagnosis { source, account, verdict, findings, mut rules, unread, .. } = diagnosis;
        let name = link.map(|(name, _)| name.to_owned());
        if let Some((_, id)) = link
            && rules.iter().any(|rule| rule.id.as_deref() == Some(id))
        {
            rules.retain(|rule| rule.id.as_deref() == Some(id));
        }
        if rules.is_empty() {
            return vec![Self {
                link: name,
                rule: None,
                source,
                source_account: account,
                destination: destination.map(str::to_owned),
                destination_account: None,
                verdict,
                findings,
                unread,
                object: None,
                replica: None,
                requests: Vec::new(),
            }];
        }
        let of_rule = |rule: RuleDiagnosis| Self {
            link: name.clone(),
            rule: Some(rule.id.unwrap_or_else(|| format!("number {}", rule.index + 1))),
            source: source.clone(),
            source_account: account.clone(),
            destination: Some(rule.destination).filter(|name| !name.is_empty()),
            destination_account: rule.destination_account,
            verdict: rule.verdict,
            findings: rule.findings,
            unread: rule.unread,
            object: Some(rule.object),
            replica: None,
            requests: if explain { rule.requests } else { Vec::new() },
        };
        rules.into_iter().map(of_rule).collect()
    }

    /// Whether it names a cause.
    pub(super) fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn title(&self) -> String {
        let side = |name: &str, account: &Option<String>| match account {
            Some(account) => format!("{name} ({account})"),
            None => name.to_owned(),
        };
        let what = match (&self.link, &self.rule) {
            (Some(link), _) => format!("link {link}"),
            (None, Some(rule)) => format!("rule {rule}"),
            (None, None) => "no rule".to_owned(),
        };
        let source = side(&self.source, &self.source_account);
        let to = self.destination.as_ref().map(|name| side(name, &self.destination_account));
        let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
        format!("{}: {what}, from {source}{to}", verdict(self.verdict))
    }

    /// Whether there is no more to say than that it replicates.
    fn is_plain(&self) -> bool {
        let named = self.object.as_ref().is_some_and(|object| !object.assumed);
        self.verdict == Verdict::Replicates && !named
    }

    fn judged(&self) -> Option<String> {
        let object = self.object.as_ref()?;
        let encryption = object.encryption.as_deref().unwrap_or("not known to be encrypted");
        let under = object.kms_key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        let version = object.version_id.as_ref().map(|v| format!(", version {v}")).unwrap_or_default();
        let replica = match self.replica {
            Some(true) => "; the destination has it",
            Some(false) => "; the destination does not have it",
            None => "",
        };
        Some(match object.assumed {
            true => format!("an object such as {} gets by default: {encryption}{under}", self.source),
            false => format!("object {}{version}: {encryption}{under}{replica}", object.key),
        })
    }

    /// The part of a page that is about this link.
    pub(super) fn show(&self, page: &mut Page, verbose: bool) {
        page.heading(self.title());
        let mut items: Vec<Item> =
            self.findings.iter().map(|f| finding::item(f, self.link.is_some())).collect();
        if self.verdict == Verdict::Unknown || verbose {
            items.extend(self.unread.iter().map(unread));
        }
        page.items(items);
        if let Some(judged) = self.judged().filter(|_| verbose || !self.is_plain()) {
            page.remark(format!("judged for {judged}"));
        }
        page.items(self.requests.iter().map(reasoning::request).collect());
    }
}

/// What could not be read, and what would let us.
fn unread(unread: &Unread) -> Item {
    let account = unread.account.as_ref().map(|id| format!(" in account {id}")).unwrap_or_default();
    let what = unread.operation.as_ref().map(|operation| format!("{operation}{account}"));
    let mut below = vec![Line::new("", &unread.why, Tone::Plain)];
    below.extend(unread.permission.as_ref().map(|permission| Line::hint(format!("allow {permission}"))));
    Item { words: vec![Span::toned("unknown", Tone::Bad), Span::word(what.unwrap_or_default())], below }
}

/// Said once, below all links.
pub(super) fn show_limits(page: &mut Page, limits: &[&'static str]) {
    if !limits.is_empty() {
        page.heading("not judged");
        let item = |limit: &&'static str| Item { words: vec![Span::word(*limit)], below: Vec::new() };
        page.items(limits.iter().map(item).collect());
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Replicates => "replicates",
        Verdict::Fails => "fails",
        Verdict::NotSelected => "not-selected",
        Verdict::Unknown => "unknown",
    }
}

impl DoctorReport {
    /// From what was found of each link.
    pub fn new(links: Vec<LinkDiagnosis>, limits: Vec<&'static str>) -> Self {
        let of = |verdict| links.iter().filter(|link| link.verdict == verdict).count();
        let summary = Summary {
            replicates: of(Verdict::Replicates),
            fails: of(Verdict::Fails),
            not_selected: of(Verdict::NotSelected),
            unknown: of(Verdict::Unknown),
        };
        Self { summary, links, limits }
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let Summary { replicates, fails, not_selected, unknown } = self.summary;
        let counts = [
            (replicates, verdict(Verdict::Replicates)),
            (fails, verdict(Verdict::Fails)),
            (not_selected, verdict(Verdict::NotSelected)),
            (unknown, verdict(Verdict::Unknown)),
        ];
        let said = count::counts(&counts, "nothing to judge");
        let headline = match self.links.len() {
            0 => said,
            n => format!("{}: {said}", count::plural(n, "link")),
        };
        let well = fails + not_selected + unknown == 0;
        let mut page = Page::summary(headline, if well { Tone::Good } else { Tone::Bad });
        self.links.iter().for_each(|link| link.show(&mut page, verbose));
        show_limits(&mut page, &self.limits);
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let place = |l: &LinkDiagnosis| {
            vec![optional(&l.link), optional(&l.rule), l.source.clone(), optional(&l.destination)]
        };
        let link = |l: &LinkDiagnosis| [place(l), vec![verdict(l.verdict).to_owned()]].concat();
        let row = |l: &LinkDiagnosis, f: &Finding| [place(l), finding::row(f)].concat();
        let unread = |l: &LinkDiagnosis, u: &Unread| {
            let cells = [&u.account, &u.operation, &u.permission].map(optional);
            [place(l), cells.to_vec(), vec![u.why.clone()]].concat()
        };
        vec![
            Grid {
                table: "links",
                columns: &["link", "rule", "source", "destination", "verdict"],
                rows: self.links.iter().map(link).collect(),
            },
            Grid {
                table: "findings",
                columns: finding::COLUMNS,
                rows: self.links.iter().flat_map(|l| l.findings.iter().map(move |f| row(l, f))).collect(),
            },
            Grid {
                table: "unread",
                columns: &[
                    "link",
                    "rule",
                    "source",
                    "destination",
                    "account",
                    "operation",
                    "permission",
                    "why",
                ],
                rows: self.links.iter().flat_map(|l| l.unread.iter().map(move |u| unread(l, u))).collect(),
            },
        ]
    }
}

/// As JSON has it.
pub(super) fn severity(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Error => ("error", Tone::Bad),
        Severity::Warning => ("warning", Tone::Change),
        Severity::Note => ("note", Tone::Faint),
    }
}
