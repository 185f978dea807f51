//! The `ProcessQuery` grammar (MS-CSOM): actions out as XML, results back as a JSON array.

use std::collections::HashMap;
use std::fmt::Write;

use quick_xml::escape::escape;
use serde_json::Value;

use crate::error::{Code, Error, Result};

/// `SP.UserProfiles.PeopleManager`. \[O\]
const PEOPLE_MANAGER: &str = "{cf560d69-0fdb-4489-a216-b6b47adf8ef8}";
const PEOPLE_MANAGER_PATH: u32 = 1;

/// A request under construction. (Writing into a `String` cannot fail.) Each person's actions stand in an exception scope of their own, so that one person's
/// error does not end the others' actions.
#[derive(Debug)]
pub(super) struct Query {
    actions: String,
    paths: String,
    next_id: u32,
}

/// Where the answer holds one person's results.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handle {
    scope: u32,
    properties: u32,
}

impl Query {
    pub(super) fn new() -> Self {
        let mut query = Self {
            actions: String::new(),
            paths: format!(r#"<Constructor Id="{PEOPLE_MANAGER_PATH}" TypeId="{PEOPLE_MANAGER}" />"#),
            next_id: PEOPLE_MANAGER_PATH + 1,
        };
        let id = query.id();
        query.actions = format!(r#"<ObjectPath Id="{id}" ObjectPathId="{PEOPLE_MANAGER_PATH}" />"#);
        query
    }

    /// Sets properties of a person in order, then reads the profile, all in one scope.
    pub(super) fn person(&mut self, account: &str, properties: &[(&str, &str)]) -> Handle {
        let (scope, path, instance, query) = (self.id(), self.id(), self.id(), self.id());
        let account = escape(account).into_owned();
        let _ = write!(self.actions, r#"<ExceptionHandlingScopeSimple Id="{scope}">"#);
        for (name, value) in properties {
            let id = self.id();
            let _ = write!(
                self.actions,
                r#"<Method Name="SetSingleValueProfileProperty" Id="{id}" ObjectPathId="{PEOPLE_MANAGER_PATH}"><Parameters><Parameter Type="String">{account}</Parameter><Parameter Type="String">{}</Parameter><Parameter Type="String">{}</Parameter></Parameters></Method>"#,
                escape(*name),
                escape(*value),
            );
        }
        let _ = write!(
            self.actions,
            r#"<ObjectPath Id="{instance}" ObjectPathId="{path}" /><Query Id="{query}" ObjectPathId="{path}"><Query SelectAllProperties="false"><Properties><Property Name="UserProfileProperties" ScalarProperty="true" /></Properties></Query></Query></ExceptionHandlingScopeSimple>"#,
        );
        let _ = write!(
            self.paths,
            r#"<Method Id="{path}" ParentId="{PEOPLE_MANAGER_PATH}" Name="GetPropertiesFor"><Parameters><Parameter Type="String">{account}</Parameter></Parameters></Method>"#,
        );
        Handle { scope, properties: query }
    }

    pub(super) fn to_xml(&self) -> String {
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?><Request xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009" SchemaVersion="15.0.0.0" LibraryVersion="16.0.0.0" ApplicationName="M365ProfilePhoto"><Actions>{}</Actions><ObjectPaths>{}</ObjectPaths></Request>"#,
            self.actions, self.paths
        )
    }

    fn id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

/// The results of a request by action id.
#[derive(Debug)]
pub(super) struct Results(HashMap<u32, Value>);

impl Results {
    /// Reads an answer. An error of the request as a whole (status 200 all the same) is an error here.
    pub(super) fn parse(body: &[u8]) -> Result<Self> {
        let nonsense = || {
            Error::new(Code::ProtocolViolation, "SharePoint answered ProcessQuery with something that is no result.")
        };
        let array: Vec<Value> = serde_json::from_slice(body).map_err(|error| nonsense().with_cause(&error))?;
        let mut items = array.into_iter();
        let header = items.next().ok_or_else(nonsense)?;
        match header.get("ErrorInfo") {
            Some(Value::Null) => {}
            Some(info) => return Err(error_of(info)),
            None => return Err(nonsense()),
        }
        let mut results = HashMap::new();
        while let Some(id) = items.next() {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(nonsense)?;
            results.insert(id, items.next().ok_or_else(nonsense)?);
        }
        Ok(Self(results))
    }

    /// The profile properties of a person, `None` where SharePoint has no profile, or the person's own error.
    pub(super) fn properties(&mut self, handle: Handle) -> Result<Option<serde_json::Map<String, Value>>> {
        let missing =
            || Error::new(Code::ProtocolViolation, "SharePoint's answer to ProcessQuery lacks a person's results.");
        let scope = self.0.remove(&handle.scope);
        if let Some(info) = scope.as_ref().and_then(|scope| scope.get("ErrorInfo")).filter(|info| !info.is_null()) {
            return Err(error_of(info));
        }
        match self.0.remove(&handle.properties) {
            Some(Value::Null) => Ok(None),
            Some(Value::Object(mut object)) => match object.remove("UserProfileProperties") {
                Some(Value::Object(properties)) => Ok(Some(properties)),
                Some(Value::Null) => Ok(None),
                _ => Err(missing()),
            },
            _ => Err(missing()),
        }
    }
}

/// Turns an `ErrorInfo` into an error. Texts are those seen in public reports. \[O\]
fn error_of(info: &Value) -> Error {
    let text = |name: &str| info.get(name).and_then(Value::as_str).unwrap_or_default();
    let (message, type_name) = (text("ErrorMessage"), text("ErrorTypeName"));
    let lower = message.to_lowercase();
    let code = if lower.contains("user not found") || lower.contains("user profile error 1000") {
        Code::ProfileNotFound
    } else if type_name.contains("UnauthorizedAccess")
        || lower.contains("access denied")
        || lower.contains("administrator privileges")
    {
        Code::PermissionDenied
    } else {
        Code::ServiceFailed
    };
    let mut error = Error::new(code, format!("SharePoint: {message}"))
        .with_request_id(Some(text("TraceCorrelationId").to_owned()).filter(|id| !id.is_empty()));
    if !type_name.is_empty() {
        error = error.with_service_code(type_name);
    }
    if code == Code::PermissionDenied {
        error = error.with_advice(
            "Profile properties of other people need SharePoint's Sites.FullControl.All and User.ReadWrite.All on the admin host.",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn handles(people: &[&str]) -> (Query, Vec<Handle>) {
        let mut query = Query::new();
        let handles = people.iter().map(|account| query.person(account, &[])).collect();
        (query, handles)
    }

    fn header() -> Value {
        json!({ "SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0", "ErrorInfo": null, "TraceCorrelationId": "t" })
    }

    fn parse(items: &[Value]) -> Result<Results> {
        Results::parse(&serde_json::to_vec(items).unwrap())
    }

    #[test]
    fn values_are_escaped() {
        let mut query = Query::new();
        query.person("i:0#.f|membership|o'b<r>&@x.com", &[("PictureURL", "https://h/?a=1&b=\"2\"")]);
        let xml = query.to_xml();
        assert!(xml.contains("o&apos;b&lt;r&gt;&amp;@x.com"), "{xml}");
        assert!(xml.contains("https://h/?a=1&amp;b=&quot;2&quot;"), "{xml}");
    }

    #[test]
    fn one_persons_error_does_not_hide_the_others() {
        let (_, handles) = handles(&["a", "b", "c"]);
        let answer = [
            header(),
            json!(handles[0].scope),
            json!({ "HasException": false, "ErrorInfo": null }),
            json!(handles[0].properties),
            json!({ "UserProfileProperties": { "PictureURL": "u" } }),
            json!(handles[1].scope),
            json!({ "HasException": true, "ErrorInfo": { "ErrorMessage": "User Profile Error 1000: User Not Found: x", "ErrorTypeName": "T" } }),
            json!(handles[2].properties),
            Value::Null,
        ];
        let mut results = parse(&answer).unwrap();
        assert_eq!(results.properties(handles[0]).unwrap().unwrap()["PictureURL"], "u");
        assert_eq!(results.properties(handles[1]).unwrap_err().code(), Code::ProfileNotFound);
        assert!(results.properties(handles[2]).unwrap().is_none());
    }

    #[test]
    fn a_person_without_results_is_an_error_and_not_a_missing_profile() {
        let (_, handles) = handles(&["a"]);
        assert_eq!(parse(&[header()]).unwrap().properties(handles[0]).unwrap_err().code(), Code::ProtocolViolation);
    }

    #[test]
    fn an_error_under_status_200_is_an_error() {
        let mut failed = header();
        failed["ErrorInfo"] = json!({ "ErrorMessage": "Access denied. You do not have permission", "ErrorTypeName": "System.UnauthorizedAccessException" });
        assert_eq!(parse(&[failed]).unwrap_err().code(), Code::PermissionDenied);
    }

    #[test]
    fn nonsense_is_refused() {
        for body in
            ["", "{}", "[]", "[1]", "[{}]", "<html>", "[{\"ErrorInfo\":null}, 5]", "[{\"ErrorInfo\":null}, \"x\", 1]"]
        {
            assert_eq!(Results::parse(body.as_bytes()).unwrap_err().code(), Code::ProtocolViolation, "{body}");
        }
    }
}
