//! Which hosts a tenant lives on: one of Microsoft's clouds, or an environment file.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::error::{Code, Error, Result};

/// A Microsoft cloud. Host names: \[D\], except where marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The public cloud; GCC lives there too.
    Commercial,
    /// GCC High.
    UsGov,
    /// The US Department of Defense.
    UsGovDod,
    /// China, run by 21Vianet.
    China,
}

impl Environment {
    const ALL: [Self; 4] = [Self::Commercial, Self::UsGov, Self::UsGovDod, Self::China];

    /// The name in configs and parameters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Commercial => "Commercial",
            Self::UsGov => "USGov",
            Self::UsGovDod => "USGovDoD",
            Self::China => "China",
        }
    }

    fn authority(self) -> &'static str {
        match self {
            Self::Commercial => "https://login.microsoftonline.com",
            Self::UsGov | Self::UsGovDod => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }

    fn graph(self) -> &'static str {
        match self {
            Self::Commercial => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::UsGovDod => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// What the names of SharePoint hosts end with.
    fn share_point(self) -> &'static [&'static str] {
        match self {
            Self::Commercial => &[".sharepoint.com"],
            Self::UsGov => &[".sharepoint.us"],
            // `.dps.mil`: [O]
            Self::UsGovDod => &[".sharepoint-mil.us", ".dps.mil"],
            Self::China => &[".sharepoint.cn"],
        }
    }

    /// The cloud of a SharePoint host, and the host's name and domain, as in `contoso-my` and `.sharepoint.com`.
    fn of_host(host: &str) -> Option<(Self, &str, &'static str)> {
        let domains =
            Self::ALL.into_iter().flat_map(|cloud| cloud.share_point().iter().map(move |domain| (cloud, *domain)));
        domains.into_iter().find_map(|(cloud, domain)| host.strip_suffix(domain).map(|name| (cloud, name, domain)))
    }
}

impl FromStr for Environment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
            Error::new(Code::InvalidArgument, format!("There is no environment '{text}'."))
                .with_advice("Use Commercial (also for GCC), USGov (GCC High), USGovDoD or China.")
        })
    }
}

/// The SharePoint addresses that an admin gave.
#[derive(Clone, Debug, Default)]
pub struct SharePointHosts<'a> {
    /// Any address of the tenant, such as `https://contoso.sharepoint.com/sites/news`.
    pub any: Option<&'a str>,
    /// The my-site host, where it does not follow from `any`.
    pub my_site: Option<&'a str>,
    /// The admin host, where it does not follow from `any`.
    pub admin: Option<&'a str>,
}

/// The hosts that a session talks to; nothing is sent anywhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Entra ID.
    pub authority: Url,
    /// Microsoft Graph.
    pub graph: Url,
    /// SharePoint's host of personal sites, which holds the pictures.
    pub share_point_my_site: Url,
    /// SharePoint's admin host, which holds the profiles.
    pub share_point_admin: Url,
    /// PEM: the only authorities to trust, instead of the system's.
    pub certificate_authority: Option<Vec<u8>>,
}

impl Endpoints {
    /// The hosts of a tenant in a Microsoft cloud. Without `environment` the cloud follows from the SharePoint address.
    pub fn in_cloud(environment: Option<Environment>, hosts: &SharePointHosts<'_>) -> Result<Self> {
        let any = hosts.any.map(origin).transpose()?;
        let found = any.as_ref().and_then(Url::host_str).and_then(Environment::of_host);
        let cloud = match (environment, found) {
            (Some(asked), Some((cloud, ..))) if asked != cloud => return Err(other_cloud(asked, cloud)),
            (Some(cloud), _) | (None, Some((cloud, ..))) => cloud,
            (None, None) => Environment::Commercial,
        };
        let sibling = |suffix: &str| {
            let (_, name, domain) = found.ok_or_else(unknown_host)?;
            origin(&format!("https://{}{suffix}{domain}", tenant_name(name)?))
        };
        Ok(Self {
            authority: origin(cloud.authority())?,
            graph: origin(cloud.graph())?,
            share_point_my_site: hosts.my_site.map_or_else(|| sibling("-my"), origin)?,
            share_point_admin: hosts.admin.map_or_else(|| sibling("-admin"), origin)?,
            certificate_authority: None,
        })
    }

    /// Which Microsoft cloud the hosts are in, where they are in one.
    #[must_use]
    pub fn environment(&self) -> Option<Environment> {
        Environment::ALL.into_iter().find(|cloud| origin(cloud.graph()).is_ok_and(|graph| graph == self.graph))
    }
}

fn tenant_name(host: &str) -> Result<&str> {
    let name = host.strip_suffix("-my").or_else(|| host.strip_suffix("-admin")).unwrap_or(host);
    if name.is_empty() || name.contains('.') { Err(unknown_host()) } else { Ok(name) }
}

fn unknown_host() -> Error {
    Error::new(Code::InvalidArgument, "The my-site and admin hosts do not follow from the SharePoint address.")
        .with_advice(
            "Give -SharePointUrl, such as https://contoso.sharepoint.com, or both -SharePointMySiteUrl and -SharePointAdminUrl.",
        )
}

fn other_cloud(asked: Environment, found: Environment) -> Error {
    let message = format!("The SharePoint address is in {}, not in {}.", found.name(), asked.name());
    Error::new(Code::InvalidArgument, message)
        .with_advice(format!("Use -Environment {}, or leave it out: it follows from the address.", found.name()))
}

/// Scheme, host and port of an address. It must be https and hold no user name.
fn origin(text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::new(Code::InvalidArgument, format!("'{text}' is not a usable address: {why}."));
    let url = Url::parse(text).map_err(|error| wrong("no URL").with_cause(&error))?;
    if url.scheme() != "https" {
        return Err(wrong("it must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Code::InvalidArgument, "An address must not hold a user name or password."));
    }
    url.join("/").map_err(|error| wrong("no host").with_cause(&error))
}

/// An environment that is none of Microsoft's, such as the practice tenant: hosts, and what is needed to sign in.
#[derive(Clone, Debug)]
pub struct EnvironmentFile {
    /// The hosts.
    pub endpoints: Endpoints,
    /// Directory.
    pub tenant_id: Option<String>,
    /// App registration.
    pub client_id: Option<String>,
    /// PFX or PEM.
    pub certificate_file: Option<PathBuf>,
    /// Text file with the client secret.
    pub client_secret_file: Option<PathBuf>,
    /// Of a practice tenant: how much faster than the real one's the clock of its limits runs.
    pub speed: f64,
}

/// The file as it is written; `control` is for tests, which talk to the practice tenant behind our back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    authority: String,
    graph: String,
    share_point_my_site: String,
    share_point_admin: String,
    certificate_authority_file: Option<PathBuf>,
    tenant_id: Option<String>,
    client_id: Option<String>,
    certificate_file: Option<PathBuf>,
    client_secret_file: Option<PathBuf>,
    speed: Option<f64>,
    #[serde(rename = "control")]
    _control: Option<String>,
}

/// Beyond this a practice tenant's limits are none.
const FASTEST: f64 = 1000.0;

impl EnvironmentFile {
    /// Reads an environment file; `docs/abi.md` has its shape. Paths in it are relative to it.
    pub fn read(path: &Path) -> Result<Self> {
        let written: Written = serde_json::from_slice(&read(path)?).map_err(|error| {
            Error::new(Code::InvalidArgument, format!("'{}' is not an environment file.", path.display()))
                .with_cause(&error)
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let beside = |file: PathBuf| folder.join(file);
        let authority_file = written.certificate_authority_file.map(beside);
        let speed = written.speed.unwrap_or(1.0);
        if !(1.0..=FASTEST).contains(&speed) {
            let text = format!("The speed in '{}' is not between 1 and {FASTEST}.", path.display());
            return Err(Error::new(Code::InvalidArgument, text));
        }
        Ok(Self {
            endpoints: Endpoints {
                authority: origin(&written.authority)?,
                graph: origin(&written.graph)?,
                share_point_my_site: origin(&written.share_point_my_site)?,
                share_point_admin: origin(&written.share_point_admin)?,
                certificate_authority: authority_file.map(|file| read(&file)).transpose()?,
            },
            tenant_id: written.tenant_id,
            client_id: written.client_id,
            certificate_file: written.certificate_file.map(beside),
            client_secret_file: written.client_secret_file.map(beside),
            speed,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        Error::new(Code::FileAccess, format!("'{}' cannot be read.", path.display())).with_cause(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(any: &str) -> SharePointHosts<'_> {
        SharePointHosts { any: Some(any), ..SharePointHosts::default() }
    }

    #[test]
    fn any_address_of_the_tenant_gives_all_hosts() {
        for any in [
            "https://contoso.sharepoint.com/sites/a?b=c",
            "https://contoso-my.sharepoint.com",
            "https://contoso-admin.sharepoint.com/",
        ] {
            let endpoints = Endpoints::in_cloud(None, &hosts(any)).unwrap();
            assert_eq!(endpoints.share_point_my_site.as_str(), "https://contoso-my.sharepoint.com/");
            assert_eq!(endpoints.share_point_admin.as_str(), "https://contoso-admin.sharepoint.com/");
            assert_eq!(endpoints.graph.as_str(), "https://graph.microsoft.com/");
        }
    }

    #[test]
    fn the_cloud_follows_from_the_sharepoint_address() {
        let authority = |any| Endpoints::in_cloud(None, &hosts(any)).unwrap().authority.to_string();
        assert_eq!(authority("https://contoso.sharepoint.us"), "https://login.microsoftonline.us/");
        assert_eq!(authority("https://contoso.sharepoint-mil.us"), "https://login.microsoftonline.us/");
        let gcc_high = Endpoints::in_cloud(None, &hosts("https://contoso.sharepoint.us")).unwrap();
        assert_eq!(gcc_high.environment(), Some(Environment::UsGov));
        assert_eq!(authority("https://contoso.sharepoint.cn"), "https://login.partner.microsoftonline.cn/");
    }

    #[test]
    fn an_address_in_another_cloud_is_refused_and_the_cloud_is_named() {
        let error =
            Endpoints::in_cloud(Some(Environment::Commercial), &hosts("https://contoso.sharepoint.us")).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.advice().contains("-Environment USGov"), "{}", error.advice());
    }

    #[test]
    fn hosts_that_do_not_follow_must_be_given() {
        assert!(Endpoints::in_cloud(None, &hosts("https://intranet.contoso.com")).is_err());
        assert!(Endpoints::in_cloud(None, &hosts("https://a.b.sharepoint.com")).is_err());
        assert!(Endpoints::in_cloud(None, &SharePointHosts::default()).is_err());
        let given = SharePointHosts {
            any: None,
            my_site: Some("https://my.contoso.com"),
            admin: Some("https://admin.contoso.com:444"),
        };
        let endpoints = Endpoints::in_cloud(Some(Environment::UsGovDod), &given).unwrap();
        assert_eq!(endpoints.share_point_admin.as_str(), "https://admin.contoso.com:444/");
        assert_eq!(endpoints.graph.as_str(), "https://dod-graph.microsoft.us/");
    }

    #[test]
    fn an_address_without_https_or_with_a_password_is_refused_and_the_password_not_repeated() {
        assert!(Endpoints::in_cloud(None, &hosts("http://contoso.sharepoint.com")).is_err());
        let error = Endpoints::in_cloud(None, &hosts("https://me:hunter2@contoso.sharepoint.com")).unwrap_err();
        assert!(!error.message().contains("hunter2"));
    }

    #[test]
    fn environment_names_are_read_in_any_case_and_unknown_ones_refused() {
        assert_eq!("usgovdod".parse::<Environment>().unwrap(), Environment::UsGovDod);
        assert!("Germany".parse::<Environment>().is_err());
    }

    #[test]
    fn the_files_that_an_environment_file_names_lie_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("environment.json");
        fs::write(folder.path().join("ca.pem"), "the authority").unwrap();
        let json = r#"{"authority":"https://127.0.0.1:1","graph":"https://127.0.0.1:2","sharePointMySite":"https://127.0.0.1:3",
            "sharePointAdmin":"https://127.0.0.1:4","certificateAuthorityFile":"ca.pem","certificateFile":"app.pem","control":"http://127.0.0.1:5"}"#;
        fs::write(&file, json).unwrap();
        let read = EnvironmentFile::read(&file).unwrap();
        assert_eq!(read.endpoints.certificate_authority.as_deref(), Some(b"the authority".as_slice()));
        assert_eq!(read.certificate_file, Some(folder.path().join("app.pem")));
        fs::write(&file, json.replace("\"control\"", "\"controll\"")).unwrap();
        assert_eq!(EnvironmentFile::read(&file).unwrap_err().code(), Code::InvalidArgument);
    }
}
