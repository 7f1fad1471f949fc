//! Every report in every format, word for word. After a wanted change:
//! `INSTA_UPDATE=always cargo test -p bucketbridge --lib report`, then read the diff.

use super::*;

fn name(report: &Report) -> &'static str {
    match report {
        Report::Accounts(_) => "accounts",
        Report::Validate(_) => "validate",
        Report::Plan(_) => "plan",
        Report::Apply(_) => "apply",
        Report::Check(_) => "check",
        Report::Status(_) => "status",
        Report::Remove(_) => "remove",
        Report::Restore(_) => "restore",
        Report::Journal(_) => "journal",
        Report::Doctor(_) => "doctor",
        Report::Handoff(_) => "handoff",
    }
}

fn assert_all(suffix: &str, format: Format, look: Look) {
    for report in sample::all() {
        let text = render(&report, format, look);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{}-{suffix}", name(&report)), text);
        });
    }
}

#[test]
fn table_at_80_columns() {
    assert_all("table-80", Format::Table, Look { width: Some(80), ..Look::default() });
}

#[test]
fn table_at_120_columns() {
    assert_all("table-120-verbose", Format::Table, Look { width: Some(120), verbose: true, colour: false });
}

#[test]
fn table_into_a_pipe() {
    assert_all("table-pipe", Format::Table, Look::default());
}

#[test]
fn a_removal_before_it_is_agreed_to() {
    let text = render(&sample::removal("AccessDenied"), Format::Table, Look::default());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("remove-dry-run-table-pipe", text);
    });
}

#[test]
fn json() {
    assert_all("json", Format::Json, Look::default());
}

#[test]
fn markdown() {
    assert_all("markdown", Format::Markdown, Look::default());
}

#[test]
fn csv() {
    assert_all("csv", Format::Csv, Look::default());
}

#[test]
fn a_table_fits_its_terminal() {
    for report in sample::all() {
        for width in [60, 80, 100, 120] {
            let text = render(&report, Format::Table, Look { width: Some(width), ..Look::default() });
            // Prose and ARNs are left to the terminal, which folds them so that they can be copied.
            for line in text.lines().filter(|l| l.contains(['│', '┼'])) {
                assert!(table::width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn no_arn_is_ever_cut() {
    let arn = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for width in [None, Some(40), Some(80), Some(120)] {
        let text = render(&sample::apply("x"), Format::Table, Look { width, ..Look::default() });
        assert!(text.contains(arn), "{width:?}: {text}");
    }
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let report = Report::Plan(PlanReport::new(&sample::topology(), Vec::new(), Vec::new()));
    assert_eq!(render(&report, Format::Table, Look::default()), "nothing to do\n");
    assert_eq!(
        render(&report, Format::Csv, Look::default()),
        "table,account,kind,name,action,details,notes,error,hint\n"
    );
}

#[test]
fn steps_that_were_not_begun_are_named() {
    let planned = sample::changes("x");
    let report = ApplyReport::new(&sample::topology(), &planned, Vec::new(), Vec::new(), true);
    assert_eq!(report.summary, apply::Summary { kept: 1, blocked: 5, ..apply::Summary::default() });
    let text = render(&Report::Apply(report), Format::Table, Look::default());
    assert!(text.starts_with("interrupted; 1 kept, 5 not done\n"), "{text}");
    assert_eq!(text.matches("│ not done │").count(), 5, "{text}");
    assert!(text.contains("  not done  3 steps\n      error: the run was interrupted before"), "{text}");
}
