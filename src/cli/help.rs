//! The help of each command, word for word.

use clap::CommandFactory;

use super::Cli;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn help_is_as_committed() {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    let mut all = cli.render_help().to_string();
    for command in cli.get_subcommands().filter(|c| c.get_name() != "help") {
        // What every command takes has been shown above.
        let help = command.clone().render_long_help().to_string();
        let own = help.split("\nOptions everywhere:").next().unwrap_or_default().to_owned();
        all.push_str(&format!("\n===== {}\n{own}", command.get_name()));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("help", all.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    });
}
