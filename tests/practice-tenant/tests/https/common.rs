//! A tenant in this process and a client that talks to it over real TLS.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use practice_tenant::{Options, Running};
use reqwest::{Client, Response};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

/// A running tenant with what a client knows of it.
pub struct Bench {
    pub running: Running,
    pub environment: Value,
    pub client: Client,
    folder: tempfile::TempDir,
}

/// Starts a tenant of `users` people.
pub async fn bench(users: u32) -> Bench {
    bench_with(Options { users, ..Options::default() }).await
}

/// Starts a tenant.
pub async fn bench_with(options: Options) -> Bench {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("environment.json");
    let record = std::env::var_os("PRACTICE_TENANT_RECORD").map(Into::into);
    let options = Options { environment_file: Some(file.clone()), record, ..options };
    let running = practice_tenant::start(options).await.unwrap();
    let environment: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let authority =
        std::fs::read(folder.path().join(environment["certificateAuthorityFile"].as_str().unwrap())).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    Bench { running, environment, client, folder }
}

impl Bench {
    /// An address from the environment file.
    pub fn url(&self, name: &str) -> &str {
        self.environment[name].as_str().unwrap()
    }

    /// A file that the environment file names.
    pub fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(self.url(name))).unwrap()
    }

    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.url("authority"), self.url("tenantId"))
    }

    /// A request to the token endpoint.
    pub async fn ask_token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.client.post(self.token_url()).form(form).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// A token by certificate for a host.
    pub async fn token(&self, host: &str) -> String {
        let assertion = self.assertion("PS256", &self.claims());
        let scope = format!("{}/.default", self.url(host));
        let (status, body) = self.ask_token(&self.assertion_form(&assertion, &scope)).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub fn assertion_form<'a>(&'a self, assertion: &'a str, scope: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("grant_type", "client_credentials"),
            ("client_id", self.url("clientId")),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
            ("scope", scope),
        ]
    }

    /// The claims of a good assertion.
    pub fn claims(&self) -> Value {
        let now = practice_tenant::world::now();
        let id = self.url("clientId");
        json!({ "aud": self.token_url(), "iss": id, "sub": id, "nbf": now, "exp": now + 300, "jti": uuid::Uuid::new_v4() })
    }

    /// An assertion signed with the app's certificate.
    pub fn assertion(&self, algorithm: &str, claims: &Value) -> String {
        let pem = self.file("certificateFile");
        let certificate = rustls_pki_types::CertificateDer::from_pem_slice(&pem).unwrap();
        let sha256 = ring::digest::digest(&ring::digest::SHA256, &certificate);
        let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        let header = match algorithm {
            "PS256" => json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": BASE64URL.encode(sha256) }),
            other => json!({ "alg": other, "typ": "JWT", "x5t": format!("{}=", BASE64URL.encode(sha1)) }),
        };
        self.signed(&header, claims)
    }

    pub fn signed(&self, header: &Value, claims: &Value) -> String {
        let pem = self.file("certificateFile");
        let key = rustls_pki_types::PrivatePkcs8KeyDer::from_pem_slice(&pem).unwrap();
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
        let signed = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
        let mut signature = vec![0; key.public().modulus_len()];
        let random = SystemRandom::new();
        if header["alg"] == "PS256" {
            key.sign(&RSA_PSS_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
        } else {
            key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
        }
        format!("{signed}.{}", BASE64URL.encode(signature))
    }

    /// Everybody as the control port shows them.
    pub async fn people(&self) -> Vec<Value> {
        self.control("people").await.as_array().unwrap().clone()
    }

    /// The first of this kind.
    pub async fn somebody(&self, kind: &str) -> Value {
        let world = &self.running.tenant.world;
        let mut people = (0..world.people).filter_map(|index| world.person(index));
        let person = people.find(|person| person.kind.name() == kind).unwrap();
        self.control(&format!("people/{}", person.id)).await
    }

    pub async fn control(&self, path: &str) -> Value {
        self.client.get(format!("{}/{path}", self.url("control"))).send().await.unwrap().json().await.unwrap()
    }

    pub async fn fault(&self, fault: &Value) {
        let response =
            self.client.post(format!("{}/faults", self.url("control"))).body(fault.to_string()).send().await.unwrap();
        assert_eq!(response.status(), 204, "{}", response.text().await.unwrap());
    }

    /// A request with the token of its host.
    pub fn get(&self, host: &str, token: &str, path: &str) -> reqwest::RequestBuilder {
        self.client
            .get(format!("{}{path}", self.url(host)))
            .bearer_auth(token)
            .header("accept", "application/json;odata=nometadata")
    }

    pub fn post(&self, host: &str, token: &str, path: &str) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}{path}", self.url(host)))
            .bearer_auth(token)
            .header("accept", "application/json;odata=nometadata")
    }
}

/// The status and the JSON body of an answer.
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response: Response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
