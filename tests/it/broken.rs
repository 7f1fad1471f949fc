//! What `cargo demo -- --broken NAME` shows, of every name: the doctor finds the cause, and what it prints
//! is a cure.

use bucketbridge_sandbox::breaks::{BREAKS, Diagnosis, Estate};

use crate::world::{World, one_link};

#[test]
fn every_break_of_the_demo_is_found_and_cured() {
    let problems: Vec<String> = BREAKS
        .iter()
        .filter_map(|one| {
            let world = World::of(&one_link());
            world.apply(&["--no-check"]).ended(0);
            let estate = Estate::of(&world.sandbox);
            one.act(&estate).expect(one.name);
            let ran = world.run(&["doctor", "-o", "json"]);
            let diagnosis = Diagnosis::read(&ran.stdout).expect(one.name);
            let causes = diagnosis.causes();
            if ran.code != Some(4) || !causes.contains(&one.cause) {
                return Some(format!("{}: not {} but {causes:?}", one.name, one.cause));
            }
            // Nothing is found that is not wrong.
            let all_of_it = causes.iter().all(|cause| *cause == one.cause || cause.ends_with("-stale"));
            if !all_of_it {
                return Some(format!("{}: {causes:?}", one.name));
            }
            let changes = diagnosis.cure(&estate).expect(one.name);
            let ran = world.run(&["check", "--timeout", "20s"]);
            let cured = changes > 0 && ran.code == Some(0);
            (!cured).then(|| format!("{}: {changes} changes, then\n{}{}", one.name, ran.stdout, ran.stderr))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
