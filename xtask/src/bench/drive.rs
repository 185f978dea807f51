//! The library in a process of its own, driven by a small C program, against a practice tenant: both built for release.

use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::{Value, json};

use crate::build;
use crate::shell::{self, Result, Scratch};
use crate::tenant::Tenant;

/// The library and the practice tenant.
pub(super) struct Build {
    library: PathBuf,
    server: PathBuf,
}

impl Build {
    pub(super) fn new(release: bool) -> Result<Self> {
        let library = build::library(release)?;
        Ok(Self { library, server: build::executable("practice-tenant", release)? })
    }
}

/// What a bench of the whole needs.
pub(super) struct Bench {
    program: PathBuf,
    pub(super) tenant: Tenant,
    scratch: Scratch,
    /// Licences of the tenant, for the pace.
    licenses: u32,
}

/// What the process of a run told.
pub(super) struct Told {
    /// The summary of each job after connecting.
    pub(super) summaries: Vec<Value>,
    pub(super) peak_memory_mb: f64,
}

impl Bench {
    /// Builds everything and starts a practice tenant.
    pub(super) fn set(name: &str, licenses: u32, options: &[String]) -> Result<Self> {
        Self::set_with(&Build::new(true)?, name, licenses, options)
    }

    /// The same with what was built before.
    pub(super) fn set_with(build: &Build, name: &str, licenses: u32, options: &[String]) -> Result<Self> {
        let Build { library, server } = build;
        let scratch = Scratch::new(&format!("bench-{name}"))?;
        let program = compile(library, scratch.path())?;
        let tenant = Tenant::start(server, scratch.path(), options)?;
        Ok(Self { program, tenant, scratch, licenses })
    }

    /// A file of this bench.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn command(&self, state: Option<&Path>, jobs: &[(&str, Value)]) -> std::process::Command {
        let mut config = json!({ "environmentFile": self.tenant.environment(), "licenseCount": self.licenses });
        if let Some(state) = state {
            config["statePath"] = json!(state);
        }
        let mut command = shell::program(&self.program);
        // Cargo's own search path would put another build first.
        command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH");
        command.arg(config.to_string());
        for (operation, request) in jobs {
            command.arg(operation).arg(request.to_string());
        }
        command
    }

    /// Runs jobs to their end, one after the other in one session.
    pub(super) fn run(&self, state: Option<&Path>, jobs: &[(&str, Value)]) -> Result<Told> {
        let output = self.command(state, jobs).stderr(std::process::Stdio::inherit()).output()?;
        let printed = String::from_utf8(output.stdout)?;
        if !output.status.success() {
            return Err(format!("the run ended with {}: {printed}", output.status).into());
        }
        let mut lines = printed.lines().map(serde_json::from_str).collect::<std::result::Result<Vec<Value>, _>>()?;
        let memory = lines.pop().ok_or("the library's process told nothing")?;
        let kilobytes =
            memory["peakMemoryKilobytes"].as_f64().ok_or("the library's process did not tell its memory")?;
        Ok(Told { summaries: lines.split_off(1), peak_memory_mb: kilobytes / 1024.0 })
    }

    /// Runs jobs whatever becomes of them: all records, and the summary or error of the last job.
    pub(super) fn try_run(&self, state: Option<&Path>, jobs: &[(&str, Value)]) -> Result<(Vec<Value>, Value)> {
        let output = self.command(state, jobs).env("DRIVE_RECORDS", "1").output()?;
        let mut records = Vec::new();
        let mut end = Value::Null;
        for line in String::from_utf8(output.stdout)?.lines() {
            match serde_json::from_str(line)? {
                Value::Array(batch) => records.extend(batch),
                other if other["peakMemoryKilobytes"].is_null() => end = other,
                _ => {}
            }
        }
        Ok((records, end))
    }

    /// Starts jobs and leaves them running; whoever starts them stops them.
    pub(super) fn start(&self, state: Option<&Path>, jobs: &[(&str, Value)]) -> Result<Child> {
        Ok(self.command(state, jobs).stdout(std::process::Stdio::null()).spawn()?)
    }
}

/// `tests/c/drive.c` against a copy of the library, so that a build meanwhile does no harm.
fn compile(library: &Path, folder: &Path) -> Result<PathBuf> {
    let program = folder.join("drive");
    std::fs::copy(library, folder.join(library.file_name().ok_or("the library has no name")?))?;
    let mut cc = shell::program("cc");
    cc.args(["-std=c11", "-O1", "-Iinclude", "tests/c/drive.c", "-o"]).arg(&program).arg("-L").arg(folder);
    cc.args(["-lm365photo", &format!("-Wl,-rpath,{}", folder.display())]);
    shell::run(&mut cc)?;
    Ok(program)
}
