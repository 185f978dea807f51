//! The practice tenant's command line.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use practice_tenant::Options;
use practice_tenant::world::Language;

/// A stand-in on loopback for Entra ID, Microsoft Graph and SharePoint Online, to try and test m365photo without a tenant.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Number of people.
    #[arg(long, default_value_t = 200)]
    users: u32,
    /// A list of people of your own, one JSON object a line, in place of --users.
    #[arg(long, value_name = "FILE", conflicts_with = "users")]
    people: Option<PathBuf>,
    /// People and pictures follow from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the addresses and the credential to this file, for `Connect-M365ProfilePhoto -EnvironmentFile`.
    #[arg(long, value_name = "FILE")]
    environment_file: Option<PathBuf>,
    /// The language of the my-site host, which names the picture library's folder and title.
    #[arg(long, value_enum, default_value_t)]
    language: Language,
    /// The folder of the picture library, where it is not that of the language.
    #[arg(long, value_name = "NAME")]
    folder: Option<String>,
    /// A port where Microsoft's own host names choose the service, also as an HTTPS proxy; 0 is any free one.
    #[arg(long, value_name = "PORT")]
    front_port: Option<u16>,
    /// Certificate with chain of all ports (PEM); without it a throw-away authority is made.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A certificate of the app (PEM); may be given more than once. Without it one is made.
    #[arg(long, value_name = "FILE")]
    app_certificate: Vec<PathBuf>,
    /// A file with the app's secret. Without it one is made.
    #[arg(long, value_name = "FILE")]
    app_secret_file: Option<PathBuf>,
    /// Directory id.
    #[arg(long, value_name = "GUID", default_value = "11111111-2222-3333-4444-555555555555")]
    tenant_id: String,
    /// App id.
    #[arg(long, value_name = "GUID", default_value = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")]
    client_id: String,
    /// Application permissions in Microsoft Graph, with commas between.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    graph_roles: Option<Vec<String>>,
    /// Application permissions in SharePoint, with commas between.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    sharepoint_roles: Option<Vec<String>>,
    /// Enforce the documented limits of the services.
    #[arg(long)]
    limits: bool,
    /// Divide every window and wait of the limits by this.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, requires = "limits")]
    speed: f64,
    /// Licences of the tenant, by which the limits are chosen; as many as people when absent.
    #[arg(long, value_name = "NUMBER", requires = "limits")]
    licences: Option<u32>,
    /// The share of the limits that other apps take, from 0 to 1; the control port changes it.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, requires = "limits", value_parser = share)]
    load: f64,
    /// Some faults of every kind: a seed that chooses the requests, and the share of requests that are hit.
    #[arg(long, value_name = "SEED[:RATE]", value_parser = faults)]
    faults: Option<(u64, f64)>,
    /// Play an Azure machine with managed identities (IMDS, App Service) and a pipeline that vouches for the app, too.
    #[arg(long)]
    managed_identity: bool,
    /// Play Azure Arc's agent as well, with its keys in this folder.
    #[arg(long, value_name = "FOLDER", requires = "managed_identity")]
    arc_key_folder: Option<PathBuf>,
    /// A trusted issuer (JSON: issuer, subject, audience, jwks) whose tokens stand for the app's credential; may be given more than once.
    #[arg(long, value_name = "FILE")]
    federated_credential: Vec<PathBuf>,
    /// Add every exchange with Graph to this file, as JSON lines.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Lifetime of access tokens.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_599)]
    token_lifetime: i64,
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "not between 0 and 1".to_owned())
}

/// A seed, with or without a rate.
fn faults(text: &str) -> Result<(u64, f64), String> {
    let (seed, rate) = text.split_once(':').unwrap_or((text, "0.02"));
    Ok((seed.parse().map_err(|_| "the seed is no whole number")?, share(rate)?))
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "practice-tenant: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    fn options(self) -> io::Result<Options> {
        let defaults = Options::default();
        let app_secret = self.app_secret_file.map(std::fs::read_to_string).transpose()?;
        Ok(Options {
            users: self.users,
            people: self.people,
            seed: self.seed,
            environment_file: self.environment_file,
            language: self.language,
            folder: self.folder,
            front_port: self.front_port,
            tls: self.tls_cert.zip(self.tls_key),
            app_certificates: self.app_certificate,
            app_secret: app_secret.map(|secret| secret.trim().to_owned()),
            tenant_id: self.tenant_id,
            client_id: self.client_id,
            graph_roles: self.graph_roles.unwrap_or(defaults.graph_roles),
            sharepoint_roles: self.sharepoint_roles.unwrap_or(defaults.sharepoint_roles),
            limits: self.limits.then_some(self.speed),
            licences: self.licences,
            load: self.load,
            faults: self.faults,
            record: self.record,
            managed_identity: self.managed_identity,
            arc_key_folder: self.arc_key_folder,
            federated_credentials: self.federated_credential,
            token_lifetime: self.token_lifetime,
        })
    }
}

async fn run(arguments: Arguments) -> Result<(), practice_tenant::Error> {
    let running = practice_tenant::start(arguments.options()?).await?;
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
