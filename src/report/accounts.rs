//! `accounts`: who am I in each account, and is it the account that the file says?

use serde::Serialize;

use super::count;
use super::grid::{Grid, optional};
use super::page::{Column, Is, Item, Line, Page, Span, Table, Tone};
use crate::arn::AccountId;
use crate::topology::AccountName;

/// The result of signing in.
#[derive(Debug, Clone, Serialize)]
pub struct AccountsReport {
    /// In the order of their names.
    pub accounts: Vec<AccountLine>,
}

/// One account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountLine {
    /// The entry of the profile map.
    pub name: AccountName,
    /// The id that the credentials belong to; `None`: nobody could be signed in.
    pub id: Option<String>,
    /// Who the credentials are.
    pub arn: Option<String>,
    /// Whether it is the account that the entry says.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// The id that the entry says.
    pub expected: AccountId,
}

const COLUMNS: &[Column] = &[
    Column { title: "account", is: Is::Name },
    Column { title: "id", is: Is::Word },
    Column { title: "", is: Is::Word },
    Column { title: "signed in as", is: Is::Arn },
];

impl AccountsReport {
    /// Whether every account is the one that its entry says.
    pub fn is_well(&self) -> bool {
        self.accounts.iter().all(|a| a.ok)
    }

    pub(super) fn page(&self) -> Page {
        let wrong = self.accounts.iter().filter(|a| !a.ok).count();
        let all = count::plural(self.accounts.len(), "account");
        let mut page = match wrong {
            0 => Page::summary(format!("{all}, each the one that the profile map says"), Tone::Good),
            wrong => Page::summary(format!("{wrong} of {all} cannot be used"), Tone::Bad),
        };
        let row = |a: &AccountLine| {
            let state = match (a.ok, &a.id) {
                (true, _) => Span::toned("ok", Tone::Good),
                (false, Some(_)) => Span::toned("wrong account", Tone::Bad),
                (false, None) => Span::toned("not signed in", Tone::Bad),
            };
            let id = a.id.clone().unwrap_or_else(|| a.expected.to_string());
            vec![Span::name(a.name.to_string()), Span::name(id), state, Span::name(optional(&a.arn))]
        };
        page.table(Table { columns: COLUMNS, rows: self.accounts.iter().map(row).collect() });
        page.items(self.accounts.iter().filter(|a| !a.ok).map(AccountLine::item).collect());
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let row = |a: &AccountLine| {
            vec![
                a.name.to_string(),
                optional(&a.id),
                optional(&a.arn),
                a.ok.to_string(),
                optional(&a.error),
                optional(&a.hint),
                a.expected.to_string(),
            ]
        };
        vec![Grid {
            table: "accounts",
            columns: &["name", "id", "arn", "ok", "error", "hint", "expected"],
            rows: self.accounts.iter().map(row).collect(),
        }]
    }
}

impl AccountLine {
    fn item(&self) -> Item {
        let said = self.error.clone().unwrap_or_else(|| match &self.id {
            Some(id) => format!("the credentials are of {id}"),
            None => "no credentials were to be had".to_owned(),
        });
        Item {
            words: vec![
                Span::toned("!", Tone::Bad),
                Span::word(format!("account {} ({})", self.name, self.expected)),
            ],
            below: std::iter::once(Line::error(said)).chain(self.hint.iter().map(Line::hint)).collect(),
        }
    }
}
