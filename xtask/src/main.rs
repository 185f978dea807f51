//! The developer's commands: `cargo xtask <command>`.
//! Knows the repository's layout and the tools of the machine; no crate of the workspace, only what they build.
//! Promises that each command says what it does, leaves nothing running, and ends with 0 only when all is as it should be.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

mod alone;
mod args;
mod bench;
mod binary;
mod build;
mod crates;
mod fuzz;
mod interop;
mod licences;
mod links;
mod package;
mod pwsh;
mod shell;
mod table;
mod target;
mod tenant;
mod test;
mod try_;
mod windows;
mod wine;

use std::process::ExitCode;

use args::Args;
use shell::Result;

struct Command {
    name: &'static str,
    options: &'static str,
    about: &'static str,
    run: fn(Args) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "try",
        options: "[--users N] [--seed S] [--json] [--windows]",
        about: "do the main job on a practice tenant: compare, plan, sync, sync again; as Windows programs under Wine",
        run: try_::run,
    },
    Command {
        name: "test",
        options: "[--windows]",
        about: "run every check, as CI does; or the tests compiled for Windows, under Wine",
        run: test::run,
    },
    Command {
        name: "build",
        options: "[--debug] | --target RID [--verify]",
        about: "build the library to where the PowerShell module finds it; for another system as it is shipped",
        run: build::run,
    },
    Command {
        name: "package",
        options: "[--target RID …|--all|--gathered] [--test]",
        about: "make the module's folder, .nupkg and .zip in dist/, for this system, others, or all whose libraries were gathered in bin/; --test runs the Pester tests on it",
        run: package::run,
    },
    Command {
        name: "fuzz",
        options: "[--seconds N] [--guided]",
        about: "mutate pictures and feed them to every reader; --guided: with cargo-fuzz, towards new code",
        run: fuzz::run,
    },
    Command {
        name: "bench",
        options: "campaign|image [--json]|import|pace|requests|scale",
        about: "measure: pictures beside sharp and libvips; Import-Module; requests beside a plain client; pace; a million people",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next().filter(|name| !matches!(name.as_str(), "-h" | "--help" | "help")) else {
        help();
        return ExitCode::SUCCESS;
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: there is no command '{name}'\n");
        help();
        return ExitCode::from(2);
    };
    let args: Vec<String> = args.collect();
    if args.iter().any(|arg| arg == "-h" || arg == "--help") {
        println!("cargo xtask {} {}\n    {}", command.name, command.options, command.about);
        return ExitCode::SUCCESS;
    }
    match (command.run)(Args::new(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() {
    println!("cargo xtask <command>\n");
    for command in COMMANDS {
        println!("    {:<40} {}", format!("{} {}", command.name, command.options), command.about);
    }
}
