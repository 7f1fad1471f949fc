//! Links and what their canaries proved: the part that `apply` and `check` share.

use super::LinkDiagnosis;
use super::count;
use super::grid::{Grid, optional, several};
use super::page::{Column, Is, Item, Line, Page, Span, Table, Tone};
use crate::canary::result::{LinkResult, LinkStatus};

const COLUMNS: &[Column] = &[
    Column { title: "link", is: Is::Name },
    Column { title: "from", is: Is::Word },
    Column { title: "to", is: Is::Word },
    Column { title: "status", is: Is::Word },
    Column { title: "replica key", is: Is::Arn },
    Column { title: "seconds", is: Is::Number },
];

/// `1 replicated, 1 failed`; `None` without links.
pub fn headline(links: &[LinkResult]) -> Option<String> {
    let of = |status: LinkStatus| links.iter().filter(|l| l.status == status).count();
    let all = [
        LinkStatus::Replicated,
        LinkStatus::Failed,
        LinkStatus::Pending,
        LinkStatus::WrongReplica,
        LinkStatus::NotRun,
        LinkStatus::Completed,
        LinkStatus::Awaited,
    ];
    let counts: Vec<(usize, &str)> = all.into_iter().map(|s| (of(s), s.as_str())).collect();
    let said = count::counts(&counts, "");
    (!links.is_empty()).then(|| format!("{}: {said}", count::plural(links.len(), "link")))
}

/// Puts the table of links on a page, and under it what is wrong with each.
pub fn show(page: &mut Page, links: &[LinkResult]) {
    let key = |l: &LinkResult| optional(&l.replica.as_ref().and_then(|r| r.key_arn.clone()));
    let row = |l: &LinkResult| {
        vec![
            Span::name(l.link.to_string()),
            Span::name(&l.from),
            Span::name(&l.to),
            Span::toned(l.status.as_str(), tone(l.status)),
            Span::name(key(l)),
            Span::seconds(l.seconds),
        ]
    };
    page.table(Table { columns: COLUMNS, rows: links.iter().map(row).collect() });
    page.items(links.iter().filter(|l| !l.problems.is_empty()).map(item).collect());
}

fn item(link: &LinkResult) -> Item {
    let line = |p: &String| match link.status {
        LinkStatus::Replicated => Line::note(p),
        LinkStatus::NotRun | LinkStatus::Completed | LinkStatus::Awaited => Line::new("", p, Tone::Plain),
        LinkStatus::Failed | LinkStatus::Pending | LinkStatus::WrongReplica => Line::error(p),
    };
    Item {
        words: vec![
            Span::toned(link.status.as_str(), tone(link.status)),
            Span::word("link"),
            Span::name(link.link.to_string()),
        ],
        below: link.problems.iter().map(line).collect(),
    }
}

fn tone(status: LinkStatus) -> Tone {
    match status {
        LinkStatus::Replicated => Tone::Good,
        LinkStatus::Failed | LinkStatus::WrongReplica => Tone::Bad,
        LinkStatus::Completed => Tone::Good,
        LinkStatus::Pending | LinkStatus::NotRun | LinkStatus::Awaited => Tone::Change,
    }
}

/// As records.
pub fn grid(links: &[LinkResult]) -> Grid {
    let row = |l: &LinkResult| {
        let replica = l.replica.clone().unwrap_or_default();
        vec![
            l.link.to_string(),
            l.from.clone(),
            l.to.clone(),
            l.status.as_str().to_owned(),
            optional(&l.seconds),
            optional(&replica.key_arn),
            optional(&replica.version_id),
            optional(&replica.owner),
            several(&l.problems),
        ]
    };
    Grid {
        table: "links",
        columns: &["link", "from", "to", "status", "seconds", "key_arn", "version_id", "owner", "problems"],
        rows: links.iter().map(row).collect(),
    }
}

/// Where the doctor names the cause, nobody is told to look for one.
pub fn explained(links: &mut [LinkResult], doctor: &[LinkDiagnosis]) {
    for link in links {
        let named = |of: &LinkDiagnosis| of.link.as_deref() == Some(link.link.0.as_str()) && of.has_error();
        if doctor.iter().any(named) {
            link.explained();
        }
    }
}

/// Seconds to the millisecond.
pub fn rounded(mut links: Vec<LinkResult>) -> Vec<LinkResult> {
    for link in &mut links {
        link.seconds = link.seconds.map(count::milliseconds);
    }
    links
}
