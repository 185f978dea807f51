//! The door for machines without PowerShell: the C example, compiled here and run once a step.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::{Door, Screen};
use crate::shell::{self, Result};

const SOURCE: &str = "examples/c/sync.c";

pub(crate) struct Example {
    program: PathBuf,
    environment: PathBuf,
    screen: Screen,
}

impl Example {
    /// Compiles the example against a library.
    pub(crate) fn compile(library: &Path, environment: &Path, folder: &Path, screen: Screen) -> Result<Self> {
        let program = folder.join("sync");
        let libraries = library.parent().ok_or("the library is in no folder")?.display();
        let mut cc = shell::program("cc");
        cc.args([
            "-std=c11",
            "-Iinclude",
            SOURCE,
            &format!("-L{libraries}"),
            "-lm365photo",
            &format!("-Wl,-rpath,{libraries}"),
            "-o",
        ]);
        shell::run(cc.arg(&program))?;
        Ok(Self { program, environment: environment.to_owned(), screen })
    }
}

impl Door for Example {
    /// The example compares and syncs in one go; what counts is the summary of the sync.
    fn run(&mut self, line: &str) -> Result<Value> {
        self.screen.say(&format!("\n$ {line}"));
        let mut command = shell::program(&self.program);
        let printed = shell::output(command.arg(&self.environment).stdin(Stdio::null()))?;
        self.screen.say(printed.trim_end());
        let summary = printed.lines().find_map(|line| line.strip_prefix("sync: "));
        Ok(serde_json::from_str(summary.ok_or("the example printed no summary of its sync")?)?)
    }
    fn counts_all(&self) -> bool {
        false
    }
}
