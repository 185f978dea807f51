//! The practice tenant's command line.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use practice_tenant::Options;

/// A stand-in on loopback for Entra ID, Microsoft Graph and SharePoint Online, to try and test m365photo without a tenant.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Number of people.
    #[arg(long, default_value_t = 200)]
    users: u32,
    /// People and pictures follow from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the addresses and the credential to this file, for Connect-M365ProfilePhoto -EnvironmentFile.
    #[arg(long, value_name = "FILE")]
    environment_file: Option<PathBuf>,
    /// The folder of the picture library; its name follows the language of the tenant.
    #[arg(long, value_name = "NAME", default_value = "Profile Pictures")]
    folder: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { users, seed, environment_file, folder } = Arguments::parse();
    match run(Options { users, seed, environment_file, folder }).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "practice-tenant: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), practice_tenant::Error> {
    let running = practice_tenant::start(options).await?;
    let mut out = io::stdout();
    writeln!(out, "{}", running.announcement())?;
    out.flush()?;
    asked_to_stop().await?;
    Ok(())
}

/// Waits for Ctrl+C or SIGTERM.
async fn asked_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
