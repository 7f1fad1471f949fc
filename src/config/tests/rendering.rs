//! What the user sees of a problem: the place, the line, the caret, and nothing that he must not see.

use std::path::Path;

use super::super::{load, parse};
use super::{BASE, refused};

#[test]
fn a_problem_shows_its_line_and_the_way_out() {
    let problems = refused(&BASE.replace("region = \"us-east-1\"", "regoin = \"us-east-1\""));
    insta::assert_snapshot!(problems, @r#"
    error: unknown key `regoin` in `buckets.copy`
      --> profiles.toml:16:1
       |
    16 | regoin = "us-east-1"
       | ^^^^^^
       |
       = help: did you mean `region`?
    "#);
}

#[test]
fn a_problem_shows_the_second_place() {
    let problems = refused(&BASE.replace("222222222222", "111111111111"));
    insta::assert_snapshot!(problems, @r#"
    error: `accounts.prod` has this id too
     --> profiles.toml:7:6
      |
    4 | id = "111111111111"
      |      -------------- the other one
    ...
    7 | id = "111111111111"
      |      ^^^^^^^^^^^^^^
      |
      = help: let all buckets of an account name one entry
    "#);
}

#[test]
fn colour_is_asked_for() {
    let problems = refused("");
    assert!(!problems.render(false).contains('\u{1b}'));
    assert!(problems.render(true).contains('\u{1b}'));
    assert_eq!(problems.to_string(), problems.render(false));
    assert_eq!(format!("{problems:?}"), problems.render(false));
    assert_eq!(problems.len(), 1);
}

#[test]
fn places_are_counted_from_one_in_characters() {
    let place = |text: &str| refused(text).iter().map(|p| (p.line, p.column)).collect::<Vec<_>>();
    assert_eq!(place(""), [(1, 1)]);
    assert_eq!(place("version = 1\r\ntags = { \"ü\" = \"é\", x = 1 }\r\n"), [(2, 25)]);
    assert_eq!(place("\u{feff}version = 2\n"), [(1, 11)]);
    // The end of the file is the end of its last line.
    assert_eq!(place("version = 1\nx = '''\n\n"), [(2, 8)]);
}

#[test]
fn external_ids_are_never_shown() {
    let shown = |account: &str| {
        let text = format!("version = 1\n[accounts.x]\nid = \"111111111111\"\n{account}\n");
        let problems = refused(&text);
        let json = serde_json::to_string(&problems.iter().collect::<Vec<_>>()).expect("problems are JSON");
        let shown = format!("{problems}\n{problems:?}\n{}\n{json}", problems.render(true));
        assert!(!shown.contains("Geheim"), "{shown}");
        shown
    };
    // The id itself is wrong, or something else on its line, or the line is no TOML at all.
    for account in [
        r#"assume_role = { role = "x", external_id = "Geheim?" }"#,
        r#"assume_role = { role = "x", external_id = ["Geheim"] }"#,
        r#"assume_role = { role = "x", externalid = "Geheim" }"#,
        r#"assume_role = { role = "x", ext = "Geheim" }"#,
        r#"assume_role = { role = "x", external_id_env = "Geheim-1" }"#,
        r#"assume_role = { role = "x", "external\u005fid" = "Geheim" }"#,
        r#"external_id = "Geheim""#,
        r#"assume_role = { role = "x", external_id = "Geheim"#,
        r#"assume_role = { role = "x", external_id = Geheim }"#,
        "assume_role.external_id = \"Geheim\"\nassume_role.external_id = \"Geheim\"",
        "[accounts.x.assume_role]\nexternal_id = '''\nGeheim'''",
    ] {
        shown(account);
    }
    let shown = shown(r#"assume_role = { role = "x", external_id = "Geheim" }"#);
    assert!(shown.contains(r#"external_id = "******" }"#), "{shown}");
}

#[test]
fn an_external_id_in_the_topology_is_hidden_too() {
    let text = BASE.replace(
        "id = \"111111111111\"",
        "id = \"111111111111\"\nassume_role = { role = \"arn:aws:iam::111111111111:role/A\", external_id = \"Geheim\" }",
    );
    let topology = super::accepted(&text);
    assert!(!format!("{topology:?}").contains("Geheim"));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = "version = 1\n[buckets.\"a\\u001b[31m\u{9b}31m\u{202e}\"]\n# \u{1b}[31m\n";
    let shown = parse(Path::new("pro\u{1b}files.toml"), text).expect_err("a problem").render(false);
    for c in ['\u{1b}', '\u{9b}', '\u{202e}'] {
        assert!(!shown.contains(c), "{shown:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_says_which_and_how_to_choose_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.toml");
    let problems = load(&missing).expect_err("no file");
    let problem = problems.iter().next().expect("a problem");
    assert_eq!((problem.line, problem.column), (0, 0));
    assert!(problem.message.starts_with(&format!("cannot read the profile map `{}`: ", missing.display())));
    let help = "`-f FILE` or the variable `BUCKETBRIDGE_FILE` chooses another profile map";
    assert_eq!(problem.help.as_deref(), Some(help));
    let shown = problems.to_string();
    assert!(shown.starts_with("error: cannot read") && shown.contains(help), "{shown}");
    assert!(load(folder.path()).is_err());
}

#[test]
fn bad_utf8_has_a_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profiles.toml");
    std::fs::write(&path, b"version = 1\n# \xc3\xa9 \xff\n").expect("written");
    let problems: Vec<_> = load(&path).expect_err("no UTF-8").iter().collect();
    assert_eq!((problems[0].line, problems[0].column), (2, 5));
    assert_eq!(problems[0].message, "this byte is not UTF-8");
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_file_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profiles.toml");
    std::fs::write(&path, format!("\u{feff}{}", BASE.replace('\n', "\r\n"))).expect("written");
    assert_eq!(load(&path).expect("no problem").links.len(), 1);
}
