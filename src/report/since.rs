//! What has changed since a plan was saved, resource by resource, field by field.
//!
//! It is conversation, not a result: an apply that stops for it has none.

use super::page::{Item, Page, Span, Tone};
use super::{Look, count, difference, group, terminal};
use crate::resource::{Difference, ResourceId};

/// As a list for a terminal: before, and now.
pub fn render(changed: &[(ResourceId, Vec<Difference>)], look: Look) -> String {
    let verb = if changed.len() == 1 { "is" } else { "are" };
    let summary =
        format!("{} {verb} not as when the plan was saved", count::plural(changed.len(), "resource"));
    let mut page = Page::summary(summary, Tone::Bad);
    for (account, resources) in group::by_account(changed, |(id, _)| &id.account) {
        page.heading(format!("account {account}"));
        page.items(resources.into_iter().map(item).collect());
    }
    terminal::render(&page, look)
}

fn item((id, differences): &(ResourceId, Vec<Difference>)) -> Item {
    Item {
        words: vec![
            Span::toned("~", Tone::Change),
            Span::word(id.kind.to_string()),
            Span::name(&id.name),
            Span::word(format!("in account {}", id.account)),
        ],
        below: difference::lines(differences),
    }
}
