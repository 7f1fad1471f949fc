//! What the README says and a test can check: its profile map, its commands, its links.

use std::path::Path;

use crate::world::World;

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README")
}

#[test]
fn its_profile_map_is_valid() {
    let readme = readme();
    let block = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a map");
    let world = World::of(block);
    world.run(&["validate"]).ended(0);
}

#[test]
fn its_commands_are_those_that_there_are() {
    let world = World::new();
    let help = world.run(&["--help"]).ended(0).stdout;
    let listed =
        help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    let commands: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).filter(|c| *c != "help").collect();
    assert!(commands.contains(&"apply"), "{help}");
    for command in commands {
        assert!(readme().contains(&format!("| `{command}` |")), "`{command}` is not in the README's table");
    }
}

#[test]
fn its_links_lead_somewhere() {
    let readme = readme();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files: Vec<&str> = links.filter(|link| !link.starts_with("http")).collect();
    assert!(files.len() > 5);
    for file in files {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file} does not exist");
    }
}
