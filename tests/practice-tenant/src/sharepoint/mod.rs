//! SharePoint Online: the picture library on the my-site host, profiles on the admin host.
//! Knows the tenant. Promises the services' dialects, and profile writes on the admin host only.

mod address;
mod batch;
mod csom;
pub mod dialect;
pub mod error;
mod files;
mod lists;
mod people;
mod users;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::entra::token::{Claims, Fault, Holder};
use crate::faults::Paging;
use crate::http::{Call, Reply};
use crate::tenant::{Asked, Begun, Counted, Service, Tenant};
use address::Segment;
use dialect::{Dialect, Entity};
use error::Refusal;

/// A request whose address has been understood.
pub(crate) struct Visit<'a> {
    tenant: &'a Tenant,
    service: Service,
    call: &'a Call,
    dialect: Dialect,
    claims: Claims,
    /// Show what was there so long ago, where it changed since.
    stale: Duration,
    page: Option<Paging>,
}

impl Visit<'_> {
    fn host(&self) -> &str {
        &self.call.origin
    }
}

type Outcome = Result<Reply, Refusal>;

/// Answers a request.
pub async fn answer(tenant: &Arc<Tenant>, service: Service, call: &Call) -> Reply {
    one(tenant, service, call, Counted::Request).await
}

/// Answers a request, or a part of a batch.
async fn one(tenant: &Tenant, service: Service, call: &Call, counted: Counted) -> Reply {
    let method = match call.header("x-http-method").filter(|_| call.method == "POST") {
        Some(tunnelled) => tunnelled.to_uppercase(),
        None => call.method.as_str().to_owned(),
    };
    let segments = address::parse(call);
    let route = segments.as_deref().map_or(Route::Unknown, |segments| route(&method, segments));
    let operation = format!("{}.{}", service.name(), route.name());
    let person = segments.as_deref().and_then(|segments| subject(tenant, segments));
    let claims = tenant.entra.check(call);
    let app = claims.as_ref().map_or("", |claims| &claims.app_id);
    let delegated = claims.as_ref().is_ok_and(|claims| matches!(claims.holder, Holder::Person { .. }));
    let uploaded = call.body.len() as u64;
    let asked = Asked { service, operation: &operation, person, app, delegated, uploaded, counted };
    match tenant.begin(&asked).await {
        Err(reply) => reply,
        Ok(_) if counted == Counted::Part && route == Route::Batch => {
            error::bad_query("A batch holds no batch.").reply(Dialect::of(call))
        }
        Ok(begun) => begun.end(permitted(tenant, service, call, claims, route, segments, &begun).await),
    }
}

/// Answers a request that has been counted.
async fn permitted(
    tenant: &Tenant,
    service: Service,
    call: &Call,
    claims: Result<Claims, Fault>,
    route: Route,
    segments: Option<Vec<Segment>>,
    begun: &Begun,
) -> Reply {
    let claims = match claims {
        Err(fault) => return error::unauthorised(fault, tenant.entra.tenant_id(), &call.origin),
        Ok(claims) if claims.is_by_secret() => return error::unsupported_app_token(tenant.entra.tenant_id()),
        Ok(claims) => claims,
    };
    let dialect = Dialect::of(call);
    let visit = Visit { tenant, service, call, dialect, claims, stale: begun.stale, page: begun.page };
    if !visit.claims.has_any(permissions(route)) {
        return error::access_denied().reply(dialect);
    }
    let Some(segments) = segments else {
        return error::bad_query("The expression in the address is not valid.").reply(dialect);
    };
    match route {
        Route::ProcessQuery => return csom::answer(&visit).await,
        Route::Batch => return batch::answer(&visit).await,
        _ => {}
    }
    perform(&visit, route, &segments).unwrap_or_else(|refusal| refusal.reply(dialect))
}

/// Any one of these permissions is enough; an empty list asks for none. Writing a profile needs two, see [`people::write`].
fn permissions(route: Route) -> &'static [&'static str] {
    match route {
        Route::AddFile | Route::UpdateFile | Route::DeleteFile => {
            &["Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"]
        }
        Route::Folder
        | Route::Folders
        | Route::Files
        | Route::File
        | Route::FileValue
        | Route::List
        | Route::ListItems
        | Route::SiteUsers
        | Route::UserInfoItems => {
            &["Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"]
        }
        Route::GetProperties | Route::GetProperty => &["User.Read.All", "User.ReadWrite.All", "Sites.FullControl.All"],
        Route::Web | Route::ContextInfo | Route::SetProperty | Route::ProcessQuery | Route::Batch | Route::Unknown => {
            &[]
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Web,
    ContextInfo,
    Folder,
    Folders,
    Files,
    AddFile,
    File,
    FileValue,
    UpdateFile,
    DeleteFile,
    List,
    ListItems,
    SiteUsers,
    UserInfoItems,
    Batch,
    GetProperties,
    GetProperty,
    SetProperty,
    ProcessQuery,
    Unknown,
}

impl Route {
    const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::ContextInfo => "contextInfo",
            Self::Folder => "folder",
            Self::Folders => "folders",
            Self::Files => "files",
            Self::AddFile => "addFile",
            Self::File => "file",
            Self::FileValue => "fileValue",
            Self::UpdateFile => "updateFile",
            Self::DeleteFile => "deleteFile",
            Self::List => "list",
            Self::ListItems => "listItems",
            Self::SiteUsers => "siteUsers",
            Self::UserInfoItems => "userInfoItems",
            Self::Batch => "batch",
            Self::GetProperties => "getProperties",
            Self::GetProperty => "getProperty",
            Self::SetProperty => "setProperty",
            Self::ProcessQuery => "processQuery",
            Self::Unknown => "unknown",
        }
    }
}

const FILE: [&str; 3] = ["getfilebyserverrelativepath", "getfilebyserverrelativeurl", "getfilebyid"];
const FOLDER: [&str; 2] = ["getfolderbyserverrelativepath", "getfolderbyserverrelativeurl"];
const PEOPLE_MANAGER: &str = "sp.userprofiles.peoplemanager";

fn route(method: &str, segments: &[Segment]) -> Route {
    let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
    match (method, names.as_slice()) {
        ("GET", ["_api", "web"]) => Route::Web,
        ("POST", ["_api", "contextinfo"]) => Route::ContextInfo,
        ("POST", ["_api", "$batch"]) => Route::Batch,
        ("GET", ["_api", "web", "siteusers"]) => Route::SiteUsers,
        ("GET", ["_api", "web", "siteuserinfolist", "items"]) => Route::UserInfoItems,
        ("POST", ["_vti_bin", "client.svc", "processquery"]) => Route::ProcessQuery,
        ("GET", ["_api", "web", folder]) if FOLDER.contains(folder) => Route::Folder,
        ("GET", ["_api", "web", folder, "folders"]) if FOLDER.contains(folder) => Route::Folders,
        ("GET", ["_api", "web", folder, "files"]) if FOLDER.contains(folder) => Route::Files,
        ("POST", ["_api", "web", folder, "files", "add" | "addusingpath"]) if FOLDER.contains(folder) => Route::AddFile,
        ("GET", ["_api", "web", file]) if FILE.contains(file) => Route::File,
        ("GET", ["_api", "web", file, "$value"]) if FILE.contains(file) => Route::FileValue,
        ("PUT", ["_api", "web", file, "$value"]) if FILE.contains(file) => Route::UpdateFile,
        ("DELETE", ["_api", "web", file]) if FILE.contains(file) => Route::DeleteFile,
        ("POST", ["_api", "web", file, "deleteobject"]) if FILE.contains(file) => Route::DeleteFile,
        ("GET", ["_api", "web", "getlist"] | ["_api", "web", "lists", "getbytitle"]) => Route::List,
        ("GET", ["_api", "web", "getlist", "items"] | ["_api", "web", "lists", "getbytitle", "items"]) => {
            Route::ListItems
        }
        ("GET" | "POST", ["_api", PEOPLE_MANAGER, "getpropertiesfor", ..]) => Route::GetProperties,
        ("GET" | "POST", ["_api", PEOPLE_MANAGER, "getuserprofilepropertyfor"]) => Route::GetProperty,
        ("POST", ["_api", PEOPLE_MANAGER, "setsinglevalueprofileproperty"]) => Route::SetProperty,
        _ => Route::Unknown,
    }
}

/// The number of the person whom an address is about: by account name, or by the stem of a file's name.
fn subject(tenant: &Tenant, segments: &[Segment]) -> Option<u32> {
    segments.iter().rev().find_map(|segment| {
        let text = ["accountname", "decodedurl", "url", "serverrelativeurl"]
            .into_iter()
            .find_map(|name| segment.text(name, 0))?;
        let stem =
            || text.rsplit('/').next().and_then(|name| name.rsplit_once('_')).map(|(stem, _)| stem.to_lowercase());
        tenant.world.find_account(text).or_else(|| tenant.world.owner(&stem()?)).map(|person| person.index)
    })
}

fn perform(visit: &Visit<'_>, route: Route, segments: &[Segment]) -> Outcome {
    match route {
        Route::Web => Ok(visit.dialect.one(visit.host(), &web(visit))),
        Route::ContextInfo => Ok(context_info(visit)),
        Route::Folder => files::folder(visit, segments),
        Route::Folders => files::folders(visit, segments),
        Route::Files => files::list(visit, segments),
        Route::AddFile => files::add(visit, segments),
        Route::File => files::one(visit, segments),
        Route::FileValue => files::bytes(visit, segments),
        Route::UpdateFile => files::update(visit, segments),
        Route::DeleteFile => files::delete(visit, segments),
        Route::List => lists::one(visit, segments),
        Route::ListItems => lists::items(visit, segments),
        Route::GetProperties => people::properties(visit, segments),
        Route::GetProperty => people::property(visit, segments),
        Route::SetProperty => people::set(visit, segments),
        Route::SiteUsers => users::list(visit),
        Route::UserInfoItems => users::items(visit),
        Route::ProcessQuery | Route::Batch | Route::Unknown => Err(error::no_resource()),
    }
}

fn web(visit: &Visit<'_>) -> Entity {
    let (title, template) = match visit.service {
        Service::Admin => ("Tenant Admin", "TENANTADMIN"),
        Service::MySite => ("My Site Host", "SPSMSITEHOST"),
        _ => ("Contoso", "SITEPAGEPUBLISHING"),
    };
    Entity {
        kind: "SP.Web",
        path: "Web".to_owned(),
        etag: None,
        properties: vec![
            ("Id", json!("5d1b2c3a-6f2e-4d55-8a0e-1f9f3c0b7a11")),
            ("Language", json!(visit.tenant.world.language.number())),
            ("ServerRelativeUrl", json!("/")),
            ("Title", json!(title)),
            ("Url", json!(visit.host())),
            ("WebTemplate", json!(template)),
        ],
    }
}

fn context_info(visit: &Visit<'_>) -> Reply {
    let info = json!({
        "FormDigestTimeoutSeconds": 1800,
        "FormDigestValue": format!("0x{:064X},{}", 0x00D1_6E57, crate::world::truth::rfc3339(crate::world::now())),
        "LibraryVersion": csom::LIBRARY_VERSION,
        "SiteFullUrl": visit.host(),
        "SupportedSchemaVersions": ["14.0.0.0", "15.0.0.0"],
        "WebFullUrl": visit.host(),
    });
    match visit.dialect {
        Dialect::Verbose => {
            let mut info = info;
            info["SupportedSchemaVersions"] = json!({ "results": info["SupportedSchemaVersions"] });
            visit.dialect.reply(200, &json!({ "d": { "GetContextWebInformation": info } }))
        }
        _ => visit.dialect.reply(200, &info),
    }
}
