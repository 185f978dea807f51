//! What the job needs, one thing after the other: whether it is there, the right that is missing, and where it is granted.

use std::fmt::Write as _;

use serde_json::{Value, json};
use uuid::Uuid;

use super::job::{JobContext, Record};
use super::request::CheckOptions;
use super::tenant::Tenant;
use crate::error::{Code, Error, Result};
use crate::graph::{Graph, Selection};
use crate::model::Size;
use crate::net::{Claims, Service};
use crate::sharepoint::{Library, ProfileUpdate, Profiles, Stem, account_name};

/// An API that gives rights, as the portal and PowerShell name it. \[D\]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    Graph,
    SharePoint,
}

impl Api {
    fn name(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::SharePoint => "SharePoint",
        }
    }

    fn app_id(self) -> &'static str {
        match self {
            Self::Graph => "00000003-0000-0000-c000-000000000000",
            Self::SharePoint => "00000003-0000-0ff1-ce00-000000000000",
        }
    }
}

/// A right, by the name to ask for and those that do as well. The sources are in `docs/permissions.md`.
struct Right {
    name: &'static str,
    as_well: &'static [&'static str],
}

impl Right {
    fn is_in(&self, claims: &Claims) -> bool {
        claims.permissions.iter().any(|have| have == self.name || self.as_well.contains(&have.as_str()))
    }
}

/// Something that the job needs.
struct Need {
    check: &'static str,
    api: Api,
    rights: &'static [Right],
}

const USER_READ: Right =
    Right { name: "User.Read.All", as_well: &["User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"] };
const PHOTO_READ: Right = Right {
    name: "ProfilePhoto.Read.All",
    as_well: &["ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadWrite.All"],
};
const GROUP_READ: Right = Right {
    name: "GroupMember.Read.All",
    as_well: &["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
};
/// Reading sites would do for a look at the library; the job needs this one anyway.
const SITES: Right = Right { name: "Sites.FullControl.All", as_well: &["AllSites.FullControl"] };
const SITES_READ: Right = Right {
    name: "Sites.FullControl.All",
    as_well: &[
        "AllSites.FullControl",
        "Sites.Read.All",
        "Sites.ReadWrite.All",
        "Sites.Manage.All",
        "AllSites.Read",
        "AllSites.Write",
        "AllSites.Manage",
    ],
};
const SITES_WRITE: Right = Right {
    name: "Sites.FullControl.All",
    as_well: &["AllSites.FullControl", "Sites.ReadWrite.All", "Sites.Manage.All", "AllSites.Write", "AllSites.Manage"],
};
const PROFILES: Right = Right { name: "User.ReadWrite.All", as_well: &[] };

const GRAPH_TOKEN: Need = Need { check: "GraphToken", api: Api::Graph, rights: &[] };
const SHARE_POINT_TOKEN: Need = Need { check: "SharePointToken", api: Api::SharePoint, rights: &[] };
const LIST_PEOPLE: Need = Need { check: "ListPeople", api: Api::Graph, rights: &[USER_READ] };
const LIST_GROUP: Need = Need { check: "ListGroup", api: Api::Graph, rights: &[GROUP_READ] };
const READ_PHOTO: Need = Need { check: "ReadPhoto", api: Api::Graph, rights: &[PHOTO_READ] };
const FIND_LIBRARY: Need = Need { check: "FindLibrary", api: Api::SharePoint, rights: &[SITES_READ] };
const READ_PROFILE: Need = Need { check: "ReadProfile", api: Api::SharePoint, rights: &[SITES, PROFILES] };
const WRITE_FILE: Need = Need { check: "WriteFile", api: Api::SharePoint, rights: &[SITES_WRITE] };
const WRITE_PROFILE: Need = Need { check: "WriteProfile", api: Api::SharePoint, rights: &[SITES, PROFILES] };

/// How a check ended.
enum Outcome {
    Yes(String),
    No(Error),
    NotTested(&'static str),
}

/// A person to try things on: as Graph and as SharePoint know them.
struct Subject {
    id: String,
    account: String,
}

/// One run over all checks.
struct Checks<'a> {
    tenant: &'a Tenant,
    job: &'a JobContext,
    graph_claims: Claims,
    share_point_claims: Claims,
    counts: [u64; 3],
}

/// Tries everything in turn and gives a record of each. Writes only when asked to, and takes back what it wrote.
pub(super) async fn check_all(tenant: &Tenant, options: CheckOptions, job: &JobContext) -> Result<Value> {
    let nothing = Claims::default;
    let mut checks = Checks { tenant, job, graph_claims: nothing(), share_point_claims: nothing(), counts: [0; 3] };
    let subject = checks.graph(&options).await?;
    if !job.is_cancelled() {
        checks.share_point(&options, subject).await;
    }
    if job.is_cancelled() {
        return Err(Error::new(Code::Cancelled, "The check was cancelled."));
    }
    let [yes, no, not_tested] = checks.counts;
    Ok(json!({ "yes": yes, "no": no, "notTested": not_tested }))
}

impl Checks<'_> {
    /// What Graph must allow. Gives the person to go on with, where one is known.
    async fn graph(&mut self, options: &CheckOptions) -> Result<Option<Subject>> {
        let service = self.tenant.graph.counting(&self.job.traffic());
        match service.sign_in().await {
            Ok(token) => {
                self.graph_claims = token.claims().clone();
                self.tell(&GRAPH_TOKEN, Outcome::Yes(told(token.claims()))).await;
            }
            Err(error) => {
                self.tell(&GRAPH_TOKEN, Outcome::No(error)).await;
                return Ok(None);
            }
        }
        let graph = Graph::new(service);
        let listed = graph.people(&Selection::default(), None).await;
        let first = listed
            .as_ref()
            .ok()
            .and_then(|page| page.items.iter().find(|person| person.account_enabled && person.exchange_online));
        let first =
            first.map(|person| Subject { id: person.id.clone(), account: account_name(&person.user_principal_name) });
        self.tell(&LIST_PEOPLE, outcome(listed.map(|page| format!("{} people in the first page.", page.items.len()))))
            .await;
        if let Some(group) = &options.group_id {
            let selection = Selection { filter: None, group_id: Some(group.clone()) };
            let listed = graph.people(&selection, None).await;
            self.tell(
                &LIST_GROUP,
                outcome(listed.map(|page| format!("{} members in the first page.", page.items.len()))),
            )
            .await;
        }
        let subject = match &options.identity {
            Some(identity) => Some(named(&graph, identity).await?),
            None => first,
        };
        let Some(subject) = subject else {
            self.tell(&READ_PHOTO, Outcome::NotTested("Nobody is known to try it on: name a person with -Identity."))
                .await;
            return Ok(None);
        };
        let read = match graph.photo_tags(std::slice::from_ref(&subject.id)).await {
            Ok(mut tags) => tags.pop().unwrap_or(Ok(None)),
            Err(error) => Err(error),
        };
        let found = |photo: Option<_>| {
            if photo.is_some() { "The person has a photo." } else { "The person has no photo; reading is allowed." }
        };
        self.tell(&READ_PHOTO, outcome(read.map(|photo| found(photo).to_owned()))).await;
        Ok(Some(subject))
    }

    /// What SharePoint must allow.
    async fn share_point(&mut self, options: &CheckOptions, subject: Option<Subject>) {
        let traffic = self.job.traffic();
        let (my_site, admin) = (self.tenant.my_site.counting(&traffic), self.tenant.admin.counting(&traffic));
        let signed_in = match my_site.sign_in().await {
            Ok(_) => admin.sign_in().await,
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(token) => {
                self.share_point_claims = token.claims().clone();
                self.tell(&SHARE_POINT_TOKEN, Outcome::Yes(told(token.claims()))).await;
            }
            Err(error) => {
                self.tell(&SHARE_POINT_TOKEN, Outcome::No(error)).await;
                for need in [&FIND_LIBRARY, &READ_PROFILE, &WRITE_FILE, &WRITE_PROFILE] {
                    self.tell(need, Outcome::NotTested("There is no token for SharePoint.")).await;
                }
                return;
            }
        }
        let library = Library::find(my_site).await;
        let seen =
            library.as_ref().map(|library| format!("{} on {}", library.folder(), library.host())).map_err(Error::clone);
        self.tell(&FIND_LIBRARY, outcome(seen)).await;
        let read = self.read_profile(&admin, subject.as_ref()).await;
        self.tell(&READ_PROFILE, read).await;
        if !options.write {
            for need in [&WRITE_FILE, &WRITE_PROFILE] {
                let outcome = self.foretold(need);
                self.tell(need, outcome).await;
            }
            return;
        }
        let wrote = match &library {
            Ok(library) => outcome(write_file(library).await),
            Err(_) => self.foretold_or(&WRITE_FILE, "The library was not found."),
        };
        self.tell(&WRITE_FILE, wrote).await;
        let wrote = match subject.filter(|_| options.identity.is_some()) {
            Some(subject) => outcome(write_profile(&Profiles::new(admin), &subject.account).await),
            None => self.foretold_or(&WRITE_PROFILE, "Name a person with -Identity whose profile may be written."),
        };
        self.tell(&WRITE_PROFILE, wrote).await;
    }

    async fn read_profile(&self, admin: &Service, subject: Option<&Subject>) -> Outcome {
        let Some(subject) = subject else {
            return Outcome::NotTested("Nobody is known to try it on: name a person with -Identity.");
        };
        let read = Profiles::new(admin.clone()).read(std::slice::from_ref(&subject.account)).await.pop();
        match read {
            Some(Ok(Some(_))) => Outcome::Yes("The profile was read.".to_owned()),
            Some(Err(error)) if error.code() != Code::ProfileNotFound => Outcome::No(error),
            _ => Outcome::Yes("The person has no profile; reading is allowed.".to_owned()),
        }
    }

    /// What the token says of something that was not tried: it may lack the right already.
    fn foretold(&self, need: &Need) -> Outcome {
        self.foretold_or(need, "Nothing is written without -IncludeWrite; the token names the rights for it.")
    }

    fn foretold_or(&self, need: &Need, why: &'static str) -> Outcome {
        let claims = self.claims(need);
        if claims.audience.is_none() || need.rights.iter().all(|right| right.is_in(claims)) {
            return Outcome::NotTested(why);
        }
        Outcome::No(Error::new(Code::PermissionDenied, "Nothing was written, but the token lacks the right for it."))
    }

    fn claims(&self, need: &Need) -> &Claims {
        match need.api {
            Api::Graph => &self.graph_claims,
            Api::SharePoint => &self.share_point_claims,
        }
    }

    /// Hands out the record of a check.
    async fn tell(&mut self, need: &Need, outcome: Outcome) {
        let (count, result, detail, error) = match outcome {
            Outcome::Yes(detail) => (0, "Yes", detail, None),
            Outcome::No(error) => (1, "No", error.message().to_owned(), Some(error)),
            Outcome::NotTested(why) => (2, "NotTested", why.to_owned(), None),
        };
        self.counts[count] += 1;
        let claims = self.claims(need);
        let refused =
            error.as_ref().filter(|error| matches!(error.code(), Code::PermissionDenied | Code::TokenRejected));
        let missing: Vec<&str> = match refused {
            Some(_) => {
                need.rights.iter().filter(|right| !right.is_in(claims)).map(|right| asked_name(right, claims)).collect()
            }
            None => Vec::new(),
        };
        let grant = error.as_ref().map(|error| match missing.as_slice() {
            [] if !need.rights.is_empty() && refused.is_some() => self.beyond_rights(error, claims),
            [] => error.advice().to_owned(),
            missing => self.place(need.api, missing, claims),
        });
        let json = json!({
            "check": need.check, "result": result, "detail": detail, "api": need.api.name(), "missing": missing,
            "grant": grant, "error": error.as_ref().map(Error::to_json),
        });
        self.job.put(Record { json, pictures: Vec::new() }).await;
    }

    /// Where missing rights are granted, or the command that does.
    fn place(&self, api: Api, missing: &[&str], claims: &Claims) -> String {
        let rights = missing.join(" and ");
        let app = self.tenant.client_id();
        if self.tenant.credential() == "ManagedIdentity" {
            let mut text = format!("In PowerShell, for the identity {app}: ");
            for (at, right) in missing.iter().enumerate() {
                let separator = if at == 0 { "" } else { "; " };
                // Writing into a text cannot fail.
                let _ = write!(
                    text,
                    "{separator}$i = Get-MgServicePrincipal -Filter \"appId eq '{app}'\"; $r = Get-MgServicePrincipal -Filter \"appId eq '{}'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $i.Id -PrincipalId $i.Id -ResourceId $r.Id -AppRoleId ($r.AppRoles | Where-Object Value -EQ '{right}').Id",
                    api.app_id(),
                );
            }
            return text;
        }
        let kind = if claims.delegated { "Delegated permissions" } else { "Application permissions" };
        format!(
            "Microsoft Entra admin centre (https://entra.microsoft.com): App registrations, {app}, API permissions, Add a permission, {}, {kind}, {rights}; then 'Grant admin consent'.",
            api.name(),
        )
    }

    /// The token names every right, and the service refuses all the same.
    fn beyond_rights(&self, error: &Error, claims: &Claims) -> String {
        if claims.delegated {
            return "The app has the rights, the person has not: give them the role SharePoint Administrator (Microsoft Entra admin centre, Roles & admins).".to_owned();
        }
        if self.tenant.credential() == "ManagedIdentity" {
            return "The token names the rights. Azure keeps tokens of managed identities for about a day: try again tomorrow.".to_owned();
        }
        error.advice().to_owned()
    }
}

/// The name under which a right is asked for: SharePoint's rights over sites have other names for people.
fn asked_name(right: &Right, claims: &Claims) -> &'static str {
    if claims.delegated && right.name == SITES.name { "AllSites.FullControl" } else { right.name }
}

fn outcome(result: Result<String>) -> Outcome {
    result.map_or_else(Outcome::No, Outcome::Yes)
}

/// What a token says about itself, in a sentence.
fn told(claims: &Claims) -> String {
    if claims.permissions.is_empty() {
        return "The token names no rights.".to_owned();
    }
    format!("The token names {}.", claims.permissions.join(", "))
}

/// The person of this name. Where the app may not look people up, a user principal name is taken at its word.
async fn named(graph: &Graph, identity: &str) -> Result<Subject> {
    let found = graph.people_named(&[identity.to_owned()]).await?.pop();
    match found {
        Some(Ok(person)) => Ok(Subject { id: person.id, account: account_name(&person.user_principal_name) }),
        Some(Err(error)) if error.code() != Code::PermissionDenied => Err(error),
        _ => {
            let id = percent_encoding::utf8_percent_encode(identity, percent_encoding::NON_ALPHANUMERIC).to_string();
            Ok(Subject { id, account: account_name(identity) })
        }
    }
}

/// Uploads a file that nothing refers to, and deletes it.
async fn write_file(library: &Library) -> Result<String> {
    let stem = Stem::remembered(format!("m365photo-access-test-{}", Uuid::new_v4()));
    library.upload(&stem, Size::Small, b"A test of M365ProfilePhoto. It may be deleted.").await?;
    library.delete(&stem, Size::Small).await.map(|()| "A test file was uploaded and deleted.".to_owned()).map_err(
        |error| {
            let name = Size::Small.file_name(stem.as_str());
            Error::new(
                error.code(),
                format!("A test file was uploaded and cannot be deleted: {name}. {}", error.message()),
            )
            .with_cause(&error)
        },
    )
}

/// The property that is written: its value shows nowhere.
const PROBED: &str = "SPS-PictureTimestamp";

/// Writes a property of a profile, and puts its old value back.
async fn write_profile(profiles: &Profiles, account: &str) -> Result<String> {
    let set = async |value: String| {
        let update = ProfileUpdate { account: account.to_owned(), properties: vec![(PROBED, value)] };
        profiles.write(&[update]).await.pop().unwrap_or_else(|| Err(no_profile()))
    };
    let before =
        profiles.read(&[account.to_owned()]).await.pop().unwrap_or(Ok(None))?.ok_or_else(no_profile)?.timestamp;
    let other = before.parse::<i64>().map_or(1, |seconds| seconds + 1).to_string();
    set(other).await?;
    set(before.clone()).await.map_err(|error| {
        Error::new(
            error.code(),
            format!("{PROBED} was written and cannot be put back to '{before}'. {}", error.message()),
        )
        .with_cause(&error)
    })?;
    Ok(format!("{PROBED} was written and put back."))
}

fn no_profile() -> Error {
    Error::new(Code::ProfileNotFound, "SharePoint has no profile of this person.")
}
