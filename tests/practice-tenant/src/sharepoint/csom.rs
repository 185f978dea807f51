//! `client.svc/ProcessQuery`: many reads and writes in one request, as MS-CSOM describes it.
//! Knows profiles. Promises that actions happen in order, and that an error outside a scope ends the request and undoes nothing.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::{self, Refusal};
use super::xml::{self, Element};
use super::{Visit, people};
use crate::http::Reply;
use crate::tenant::{Asked, Begun, Counted};
use crate::world::{Person, Profile};

pub(super) const LIBRARY_VERSION: &str = "16.0.26211.12009";
const PEOPLE_MANAGER: &str = "{cf560d69-0fdb-4489-a216-b6b47adf8ef8}";
/// Larger messages are refused.
const MOST_BYTES: usize = 2_097_152;

/// What an object path leads to.
enum Object {
    PeopleManager,
    Person(Box<(Person, Profile)>),
    Nobody,
}

/// An exception, as `ErrorInfo` shows it.
#[derive(Debug)]
struct Thrown {
    message: String,
    kind: String,
    code: i64,
}

impl Thrown {
    fn bad_query(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            kind: "Microsoft.SharePoint.Client.InvalidClientQueryException".to_owned(),
            code: -1,
        }
    }

    fn json(&self, trace: Uuid) -> Value {
        json!({
            "ErrorMessage": self.message,
            "ErrorValue": null,
            "TraceCorrelationId": trace,
            "ErrorCode": self.code,
            "ErrorTypeName": self.kind,
        })
    }
}

impl From<Refusal> for Thrown {
    fn from(refusal: Refusal) -> Self {
        let (code, kind) = refusal.code.split_once(", ").unwrap_or(("-1", refusal.code));
        Self { message: refusal.message, kind: kind.to_owned(), code: code.parse().unwrap_or(-1) }
    }
}

/// Answers a request.
pub(super) async fn answer(visit: &Visit<'_>) -> Reply {
    if visit.call.body.len() > MOST_BYTES {
        let thrown = Thrown {
            message: "The request message is too big. The server does not allow messages larger than 2097152 bytes."
                .to_owned(),
            kind: "Microsoft.SharePoint.Client.InvalidClientQueryException".to_owned(),
            code: -1,
        };
        return reply(Some(&thrown), Vec::new(), Uuid::new_v4());
    }
    let Some(request) = xml::parse(&visit.call.body).filter(|root| root.name == "Request") else {
        return Reply::bytes(400, "text/plain", b"Bad Request".to_vec());
    };
    let trace = Uuid::new_v4();
    let mut run = Run { visit, trace, paths: HashMap::new(), reached: HashMap::new(), results: Vec::new() };
    for path in request.child("ObjectPaths").map_or(&[][..], |paths| &paths.children) {
        if let Some(id) = path.number("Id") {
            run.paths.insert(id, path);
        }
    }
    let actions = request.child("Actions").map_or(&[][..], |actions| &actions.children);
    let thrown = run.all(actions).await.err();
    reply(thrown.as_ref(), run.results, trace)
}

fn reply(thrown: Option<&Thrown>, results: Vec<Value>, trace: Uuid) -> Reply {
    let header = json!({
        "SchemaVersion": "15.0.0.0",
        "LibraryVersion": LIBRARY_VERSION,
        "ErrorInfo": thrown.map(|thrown| thrown.json(trace)),
        "TraceCorrelationId": trace,
    });
    // An error outside a scope leaves nothing but the verdict.
    let results = if thrown.is_some() { Vec::new() } else { results };
    let all: Vec<Value> = std::iter::once(header).chain(results).collect();
    Reply::json(200, &json!(all))
}

struct Run<'a> {
    visit: &'a Visit<'a>,
    trace: Uuid,
    paths: HashMap<i64, &'a Element>,
    reached: HashMap<i64, Object>,
    results: Vec<Value>,
}

impl<'a> Run<'a> {
    async fn all(&mut self, actions: &'a [Element]) -> Result<(), Thrown> {
        for action in actions {
            Box::pin(self.action(action)).await?;
        }
        Ok(())
    }

    async fn action(&mut self, action: &'a Element) -> Result<(), Thrown> {
        let id = action.number("Id").ok_or_else(|| Thrown::bad_query("An action has no Id."))?;
        match action.name.as_str() {
            "ExceptionHandlingScopeSimple" => {
                let outcome = self.all(&action.children).await;
                self.scope_result(id, outcome.err().as_ref());
                Ok(())
            }
            "ExceptionHandlingScope" => self.scope(id, action).await,
            "ObjectPath" => {
                let object = self.object(number(action, "ObjectPathId")?, 0).await?;
                let is_null = matches!(object, Object::Nobody);
                self.results.extend([json!(id), json!({ "IsNull": is_null })]);
                Ok(())
            }
            "Query" => {
                let visit = self.visit;
                let result = match self.object(number(action, "ObjectPathId")?, 0).await? {
                    Object::Nobody => Value::Null,
                    Object::PeopleManager => json!({ "_ObjectType_": "SP.UserProfiles.PeopleManager" }),
                    Object::Person(found) => query(visit, action, &found.0, &found.1)?,
                };
                self.results.extend([json!(id), result]);
                Ok(())
            }
            "Method" => {
                let result = self.method(action).await?;
                self.results.extend(result.into_iter().flat_map(|value| [json!(id), value]));
                Ok(())
            }
            // Such as ObjectIdentityQuery: harmless, and without a result that anybody needs here.
            "ObjectIdentityQuery" => {
                self.object(number(action, "ObjectPathId")?, 0).await?;
                self.results.extend([json!(id), json!({ "_ObjectIdentity_": format!("{}|practice", self.trace) })]);
                Ok(())
            }
            other => Err(Thrown::bad_query(format!("The action {other} is not supported."))),
        }
    }

    /// Try, on an error catch, finally.
    async fn scope(&mut self, id: i64, scope: &'a Element) -> Result<(), Thrown> {
        let part = |name: &str| scope.child(name).map_or(&[][..], |part| &part.children);
        let tried = self.all(part("TryScope")).await;
        let caught = if tried.is_err() { self.all(part("CatchScope")).await } else { Ok(()) };
        let finished = self.all(part("FinallyScope")).await;
        self.scope_result(id, tried.err().as_ref());
        caught.and(finished)
    }

    fn scope_result(&mut self, id: i64, thrown: Option<&Thrown>) {
        let info = thrown.map(|thrown| thrown.json(self.trace));
        self.results.extend([json!(id), json!({ "HasException": info.is_some(), "ErrorInfo": info })]);
    }

    /// Follows an object path, each only once in a request.
    async fn object(&mut self, id: i64, depth: usize) -> Result<&Object, Thrown> {
        if !self.reached.contains_key(&id) {
            let path = *self
                .paths
                .get(&id)
                .ok_or_else(|| Thrown::bad_query(format!("The object path {id} does not exist.")))?;
            let object = match (path.name.as_str(), depth) {
                ("Constructor", _) if is_people_manager(path) => Object::PeopleManager,
                ("Method", 0..8) => {
                    let parent = Box::pin(self.object(number(path, "ParentId")?, depth + 1)).await?;
                    if !matches!(parent, Object::PeopleManager) {
                        return Err(Thrown::bad_query("The method cannot be called on this object."));
                    }
                    self.person(path).await?
                }
                (other, _) => return Err(Thrown::bad_query(format!("The object path {other} is not supported."))),
            };
            self.reached.insert(id, object);
        }
        self.reached.get(&id).ok_or_else(|| Thrown::bad_query("The object path leads nowhere."))
    }

    async fn person(&self, path: &Element) -> Result<Object, Thrown> {
        if path.attribute("Name") != Some("GetPropertiesFor") {
            return Err(Thrown::bad_query(format!(
                "The method {:?} does not exist.",
                path.attribute("Name").unwrap_or("")
            )));
        }
        self.may_read()?;
        let account = parameters(path).into_iter().next().unwrap_or_default();
        let begun = self.begin("getProperties", &account).await?;
        let found = people::profile(self.visit.tenant, &account, begun.stale.max(self.visit.stale));
        Ok(found.map_or(Object::Nobody, |found| Object::Person(Box::new(found))))
    }

    /// Calls a method for what it does; `Some` for one that gives a value.
    async fn method(&mut self, action: &'a Element) -> Result<Option<Value>, Thrown> {
        if !matches!(self.object(number(action, "ObjectPathId")?, 0).await?, Object::PeopleManager) {
            return Err(Thrown::bad_query("The method cannot be called on this object."));
        }
        let arguments = parameters(action);
        match (action.attribute("Name").unwrap_or(""), arguments.as_slice()) {
            ("SetSingleValueProfileProperty", [account, name, value]) => {
                let _ = self.begin("setProperty", account).await?;
                people::write(self.visit, account, name, value)?;
                Ok(None)
            }
            ("GetUserProfilePropertyFor", [account, name]) => {
                self.may_read()?;
                let begun = self.begin("getProperty", account).await?;
                let (_, profile) =
                    people::profile(self.visit.tenant, account, begun.stale).ok_or_else(error::no_profile)?;
                Ok(Some(json!(profile.get(name).map_or("", String::as_str))))
            }
            (name, _) => Err(Thrown::bad_query(format!("The method {name:?} does not exist or has other parameters."))),
        }
    }

    /// The same rights as over REST.
    fn may_read(&self) -> Result<(), Thrown> {
        let rights = super::permissions(super::Route::GetProperties);
        if self.visit.claims.has_any(rights) { Ok(()) } else { Err(error::not_admin().into()) }
    }

    /// Counts an action and lets its faults happen, as an exception of that action.
    async fn begin(&self, operation: &str, account: &str) -> Result<Begun, Thrown> {
        let tenant = self.visit.tenant;
        let service = self.visit.service;
        let person = tenant.world.find_account(account).map(|person| person.index);
        let operation = format!("{}.{operation}", service.name());
        let app = &self.visit.claims.app_id;
        let asked = Asked {
            service,
            operation: &operation,
            person,
            app,
            delegated: false,
            uploaded: 0,
            counted: Counted::Action,
        };
        tenant.begin(&asked).await.map_err(|_| Thrown {
            message: "The operation failed.".to_owned(),
            kind: "Microsoft.SharePoint.Client.ServerException".to_owned(),
            code: -2_146_233_088,
        })
    }
}

fn is_people_manager(path: &Element) -> bool {
    path.attribute("TypeId").is_some_and(|id| id.eq_ignore_ascii_case(PEOPLE_MANAGER))
}

fn number(element: &Element, name: &str) -> Result<i64, Thrown> {
    element.number(name).ok_or_else(|| Thrown::bad_query(format!("The attribute {name} is missing.")))
}

/// The text of all parameters.
fn parameters(element: &Element) -> Vec<String> {
    let parameters = element.child("Parameters").map_or(&[][..], |parameters| &parameters.children);
    parameters.iter().map(|parameter| parameter.text.clone()).collect()
}

/// The properties of a person that a query names.
fn query(visit: &Visit<'_>, action: &Element, person: &Person, profile: &Profile) -> Result<Value, Thrown> {
    let mut known: Map<String, Value> = people::summary(visit.tenant, person, profile)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    known.insert("UserProfileProperties".to_owned(), json!(profile));
    let query = action.child("Query").ok_or_else(|| Thrown::bad_query("A query selects nothing."))?;
    let names = query.child("Properties").map_or(&[][..], |names| &names.children);
    let all = query.attribute("SelectAllProperties") == Some("true");
    let mut result = Map::new();
    result.insert("_ObjectType_".to_owned(), json!("SP.UserProfiles.PersonProperties"));
    if all {
        result.extend(known.clone());
    }
    for name in names.iter().filter_map(|property| property.attribute("Name")) {
        let value =
            known.get(name).ok_or_else(|| Thrown::bad_query(format!("The property {name:?} does not exist.")))?;
        result.insert(name.to_owned(), value.clone());
    }
    Ok(Value::Object(result))
}
