//! `status`: is everything still as wanted, and do both sides of each link agree?

use serde::Serialize;

use super::grid::{Grid, optional, several};
use super::group::{self, Account};
use super::page::{Column, Is, Item, Line, Page, Span, Table, Tone};
use super::{count, difference, json};
use crate::status::{LinkAgreement, ResourceStatus, State, Status};
use crate::topology::Topology;

/// What was found. In a difference `before` is what is there, `after` what is wanted.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// How many resources are in each state, and how many links agree.
    pub summary: Summary,
    /// The accounts that it is about.
    pub accounts: Vec<Account>,
    /// Every resource of the selection.
    pub resources: Vec<ResourceStatus>,
    /// Every link of the selection.
    pub links: Vec<LinkAgreement>,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// As wanted.
    pub ok: usize,
    /// Differ.
    pub drift: usize,
    /// Do not exist.
    pub missing: usize,
    /// Could not be read.
    pub unknown: usize,
    /// Links whose two sides agree.
    pub agreeing: usize,
}

const LINKS: &[Column] = &[
    Column { title: "link", is: Is::Name },
    Column { title: "from", is: Is::Word },
    Column { title: "to", is: Is::Word },
    Column { title: "agrees", is: Is::Word },
];

impl StatusReport {
    /// From what was found.
    pub fn new(topology: &Topology, status: Status) -> Self {
        let Status { resources, links } = status;
        let of = |state: State| resources.iter().filter(|r| r.state == state).count();
        let summary = Summary {
            ok: of(State::Ok),
            drift: of(State::Drift),
            missing: of(State::Missing),
            unknown: of(State::Unknown),
            agreeing: links.iter().filter(|l| l.agrees == Some(true)).count(),
        };
        Self { summary, accounts: group::accounts(topology), resources, links }
    }

    fn headline(&self) -> (String, Tone) {
        let Summary { ok, drift, missing, unknown, agreeing } = self.summary;
        let counts = [(ok, "ok"), (drift, "drift"), (missing, "missing"), (unknown, "unknown")];
        let resources = count::counts(&counts, "no resources");
        let well = drift + missing + unknown == 0 && agreeing == self.links.len();
        let tone = if well { Tone::Good } else { Tone::Bad };
        match self.links.len() {
            0 => (resources, tone),
            1 => (format!("{resources}; {agreeing} of 1 link agrees"), tone),
            n => (format!("{resources}; {agreeing} of {n} links agree"), tone),
        }
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let (headline, tone) = self.headline();
        let mut page = Page::summary(headline, tone);
        for (name, resources) in group::by_account(&self.resources, |r| &r.id.account) {
            let shown: Vec<Item> = resources
                .iter()
                .filter(|r| verbose || r.state != State::Ok || !r.notes.is_empty())
                .map(|r| item(r, verbose))
                .collect();
            if !shown.is_empty() {
                page.heading(group::title(&self.accounts, name));
                page.items(shown);
            }
        }
        if !self.links.is_empty() {
            page.heading("links");
            page.table(Table { columns: LINKS, rows: self.links.iter().map(link_row).collect() });
            page.items(self.links.iter().filter(|l| !l.problems.is_empty()).map(link_item).collect());
        }
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let resource = |r: &ResourceStatus| {
            vec![
                r.id.account.to_string(),
                json::kind(r.id.kind),
                r.id.name.clone(),
                r.state.as_str().to_owned(),
                difference::summary(&r.differences),
                several(&r.notes),
            ]
        };
        let link = |l: &LinkAgreement| {
            vec![l.link.to_string(), l.from.clone(), l.to.clone(), optional(&l.agrees), several(&l.problems)]
        };
        let resources = Grid {
            table: "resources",
            columns: &["account", "kind", "name", "state", "differences", "notes"],
            rows: self.resources.iter().map(resource).collect(),
        };
        let links = Grid {
            table: "links",
            columns: &["link", "from", "to", "agrees", "problems"],
            rows: self.links.iter().map(link).collect(),
        };
        vec![resources, links]
    }
}

fn item(resource: &ResourceStatus, verbose: bool) -> Item {
    let (mark, tone) = match resource.state {
        State::Ok => ("=", Tone::Faint),
        State::Drift => ("~", Tone::Change),
        State::Missing => ("-", Tone::Bad),
        State::Unknown => ("?", Tone::Bad),
        State::Awaited => ("?", Tone::Change),
    };
    // Of what is not there at all, every element differs: the headings say it.
    let mut below = match resource.state {
        State::Missing | State::Unknown if !verbose => difference::headings(&resource.differences),
        State::Ok | State::Drift | State::Missing | State::Unknown | State::Awaited => {
            difference::lines(&resource.differences)
        }
    };
    below.extend(Line::notes(&resource.notes));
    Item {
        words: vec![
            Span::toned(mark, tone),
            Span::toned(resource.state.as_str(), tone),
            Span::word(resource.id.kind.to_string()),
            Span::name(&resource.id.name),
        ],
        below,
    }
}

fn link_row(link: &LinkAgreement) -> Vec<Span> {
    let agrees = match link.agrees {
        Some(true) => Span::toned("yes", Tone::Good),
        Some(false) => Span::toned("no", Tone::Bad),
        None if link.awaited => Span::toned("awaited", Tone::Change),
        None => Span::toned("unknown", Tone::Bad),
    };
    vec![Span::name(link.link.to_string()), Span::name(&link.from), Span::name(&link.to), agrees]
}

fn link_item(link: &LinkAgreement) -> Item {
    let line = |p: &String| match (link.agrees, link.awaited) {
        (Some(true), _) | (_, true) => Line::note(p),
        _ => Line::error(p),
    };
    Item {
        words: vec![Span::word("link"), Span::name(link.link.to_string())],
        below: link.problems.iter().map(line).collect(),
    }
}
