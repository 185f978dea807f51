//! The ways in which SharePoint writes one and the same answer.
//! Knows OData. Promises that an entity looks as its caller asked in `Accept`.

use serde_json::{Map, Value, json};

use crate::http::{Call, Reply};

/// How to write an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `odata=verbose`.
    Verbose,
    /// `odata=minimalmetadata`, and plain `application/json`.
    Minimal {
        /// In OData 4 spelling.
        v4: bool,
    },
    /// `odata=nometadata`.
    None {
        /// In OData 4 spelling.
        v4: bool,
    },
    /// What SharePoint writes when nobody asks for JSON.
    Xml,
}

impl Default for Dialect {
    fn default() -> Self {
        Self::Minimal { v4: false }
    }
}

/// One thing with its properties.
pub(super) struct Entity {
    /// Such as `SP.File`.
    pub(super) kind: &'static str,
    /// Its address below `_api/`.
    pub(super) path: String,
    /// Its `ETag`, with quotes.
    pub(super) etag: Option<String>,
    pub(super) properties: Vec<(&'static str, Value)>,
}

impl Dialect {
    /// The dialect that a request asks for.
    pub(super) fn of(call: &Call) -> Self {
        let accept = call.header("accept").unwrap_or("").to_lowercase().replace(' ', "");
        let v4 = call.header("odata-version").is_some_and(|version| version.starts_with('4'))
            || accept.contains("odata.metadata=");
        if !accept.contains("json") {
            Self::Xml
        } else if accept.contains("odata=verbose") {
            Self::Verbose
        } else if accept.contains("odata=nometadata") || accept.contains("odata.metadata=none") {
            Self::None { v4 }
        } else {
            Self::Minimal { v4 }
        }
    }

    /// A JSON answer with the content type of the dialect.
    pub(super) fn reply(self, status: u16, body: &Value) -> Reply {
        let kind = match self {
            Self::Verbose => "application/json;odata=verbose;charset=utf-8",
            Self::Minimal { v4: false } | Self::Xml => {
                "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
            }
            Self::Minimal { v4: true } => "application/json;odata.metadata=minimal;streaming=true;charset=utf-8",
            Self::None { v4: false } => "application/json;odata=nometadata;streaming=true;charset=utf-8",
            Self::None { v4: true } => "application/json;odata.metadata=none;streaming=true;charset=utf-8",
        };
        Reply::bytes(status, kind, body.to_string().into_bytes())
    }

    fn prefix(self) -> &'static str {
        if matches!(self, Self::Minimal { v4: true } | Self::None { v4: true }) { "@odata." } else { "odata." }
    }

    /// One entity as an answer.
    pub(super) fn one(self, host: &str, entity: &Entity) -> Reply {
        let fields = self.fields(host, entity);
        match self {
            Self::Verbose => self.reply(200, &json!({ "d": fields })),
            Self::Xml => xml(&entry(host, entity)),
            Self::None { .. } => self.reply(200, &Value::Object(fields)),
            Self::Minimal { .. } => {
                let mut body = self.metadata(host, &format!("{}/@Element", entity.kind));
                body.extend(fields);
                self.reply(200, &Value::Object(body))
            }
        }
    }

    /// Entities as an answer, with the address of the next page.
    pub(super) fn many(self, host: &str, entities: &[Entity], next: Option<&str>) -> Reply {
        let all: Vec<Value> = entities.iter().map(|entity| Value::Object(self.fields(host, entity))).collect();
        let next = next.map(|link| json!(link));
        match self {
            Self::Verbose => {
                let mut body = json!({ "results": all });
                if let Some(next) = next {
                    body["__next"] = next;
                }
                self.reply(200, &json!({ "d": body }))
            }
            Self::Xml => {
                let entries: String = entities.iter().map(|entity| entry(host, entity)).collect();
                xml(&format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{entries}</feed>"))
            }
            Self::Minimal { .. } | Self::None { .. } => {
                let kind = entities.first().map_or("SP.ListData", |entity| entity.kind);
                let mut body = if matches!(self, Self::None { .. }) { Map::new() } else { self.metadata(host, kind) };
                body.insert("value".to_owned(), json!(all));
                if let Some(next) = next {
                    body.insert(format!("{}nextLink", self.prefix()), next);
                }
                self.reply(200, &Value::Object(body))
            }
        }
    }

    /// The answer of a function that gives a plain value, or nothing.
    pub(super) fn value(self, host: &str, function: &str, value: &Value) -> Reply {
        match (self, value) {
            (Self::Verbose, _) => {
                let mut named = Map::new();
                named.insert(function.to_owned(), value.clone());
                self.reply(200, &json!({ "d": named }))
            }
            (Self::Xml, _) => {
                let text = value.as_str().map(quick_xml::escape::escape).unwrap_or_default();
                xml(&format!(
                    "<d:{function} xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\">{text}</d:{function}>"
                ))
            }
            (_, Value::Null) => {
                let mut body = Map::new();
                body.insert(format!("{}null", self.prefix()), json!(true));
                self.reply(200, &Value::Object(body))
            }
            (Self::None { .. }, _) => self.reply(200, &json!({ "value": value })),
            (Self::Minimal { .. }, _) => {
                let mut body = self.metadata(host, "Edm.String");
                body.insert("value".to_owned(), value.clone());
                self.reply(200, &Value::Object(body))
            }
        }
    }

    fn metadata(self, host: &str, kind: &str) -> Map<String, Value> {
        let mut body = Map::new();
        let name = if self.prefix() == "@odata." { "@odata.context" } else { "odata.metadata" };
        body.insert(name.to_owned(), json!(format!("{host}/_api/$metadata#{kind}")));
        body
    }

    fn fields(self, host: &str, entity: &Entity) -> Map<String, Value> {
        let mut fields = Map::new();
        let address = format!("{host}/_api/{}", entity.path);
        match self {
            Self::Verbose => {
                let mut metadata = json!({ "id": address, "uri": address, "type": entity.kind });
                if let Some(etag) = &entity.etag {
                    metadata["etag"] = json!(etag);
                }
                fields.insert("__metadata".to_owned(), metadata);
            }
            Self::Minimal { .. } => {
                let prefix = self.prefix();
                fields.insert(format!("{prefix}type"), json!(entity.kind));
                fields.insert(format!("{prefix}id"), json!(address));
                fields.insert(format!("{prefix}editLink"), json!(entity.path));
                if let Some(etag) = &entity.etag {
                    fields.insert(format!("{prefix}etag"), json!(etag));
                }
            }
            Self::None { .. } | Self::Xml => {}
        }
        for (name, value) in &entity.properties {
            let value = match (self, value) {
                (Self::Verbose, Value::Array(items)) => json!({ "results": items }),
                _ => value.clone(),
            };
            fields.insert((*name).to_owned(), value);
        }
        fields
    }
}

/// An Atom entry with the plain properties.
fn entry(host: &str, entity: &Entity) -> String {
    let property = |(name, value): &(&str, Value)| {
        let text = match value {
            Value::String(text) => quick_xml::escape::escape(text.as_str()).into_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return String::new(),
        };
        format!("<d:{name}>{text}</d:{name}>")
    };
    let properties: String = entity.properties.iter().map(property).collect();
    let id = quick_xml::escape::escape(format!("{host}/_api/{}", entity.path)).into_owned();
    format!(
        "<entry xmlns=\"http://www.w3.org/2005/Atom\" xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\" xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><id>{id}</id><category term=\"{}\" scheme=\"http://schemas.microsoft.com/ado/2007/08/dataservices/scheme\"/><content type=\"application/xml\"><m:properties>{properties}</m:properties></content></entry>",
        entity.kind
    )
}

fn xml(body: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{body}");
    Reply::bytes(200, "application/atom+xml;type=entry;charset=utf-8", text.into_bytes())
}
