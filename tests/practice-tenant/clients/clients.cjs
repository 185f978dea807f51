// Microsoft's Node clients at work; started by run.py.
"use strict";

const fs = require("fs");
const http = require("http");
const crypto = require("crypto");
const { ClientCertificateCredential, ClientSecretCredential } = require("@azure/identity");
const { ConfidentialClientApplication } = require("@azure/msal-node");
const { Client } = require("@microsoft/microsoft-graph-client");

const { TENANT_ID, CLIENT_ID, CERTIFICATE, CLIENT_SECRET, CONTROL } = process.env;
const SCOPES = ["https://graph.microsoft.com/.default"];

function check(name, fact) {
  console.log((fact ? "ok      " : "FAILED  ") + name);
  if (!fact) process.exit(1);
}

function people() {
  return new Promise((resolve, reject) => {
    http.get(CONTROL + "/people", (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => resolve(JSON.parse(text)));
    }).on("error", reject);
  });
}

async function token(auth) {
  const authority = `https://login.microsoftonline.com/${TENANT_ID}`;
  const app = new ConfidentialClientApplication({ auth: { clientId: CLIENT_ID, authority, ...auth } });
  return (await app.acquireTokenByClientCredential({ scopes: SCOPES })).accessToken;
}

async function main() {
  const pem = fs.readFileSync(CERTIFICATE, "utf8");
  const thumbprintSha256 = crypto.createHash("sha256").update(new crypto.X509Certificate(pem).raw).digest("hex");
  const privateKey = pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY"));
  check("msal-node: token by certificate", await token({ clientCertificate: { thumbprintSha256, privateKey } }));
  const access = await token({ clientSecret: CLIENT_SECRET });
  check("msal-node: token by secret", access);

  const credentials = {
    certificate: new ClientCertificateCredential(TENANT_ID, CLIENT_ID, CERTIFICATE),
    secret: new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET),
  };
  for (const [how, credential] of Object.entries(credentials)) {
    check(`azure-identity for Node: token by ${how}`, (await credential.getToken(SCOPES)).token);
  }
  const wrong = new ClientSecretCredential(TENANT_ID, CLIENT_ID, "wrong");
  const refused = await wrong.getToken(SCOPES).catch((error) => error);
  check("azure-identity for Node: a wrong secret is refused", String(refused).includes("7000215"));

  const graph = Client.init({ authProvider: (done) => done(null, access) });
  const page = await graph.api("/users").select(["id", "userPrincipalName"]).top(3).get();
  check("graph-client: list people", page.value.length === 3 && page["@odata.nextLink"]);
  const next = await graph.api(page["@odata.nextLink"]).get();
  check("graph-client: follow the next link", next.value[0].id !== page.value[0].id);
  const everybody = await people();
  const person = everybody.find((other) => other.kind === "in-sync");
  const photo = await graph.api(`/users/${person.id}/photo/$value`).responseType("arraybuffer").get();
  check("graph-client: read a photo", new Uint8Array(photo)[0] === 0xff);
  const without = everybody.find((other) => other.kind === "no-photo" && other.source === null);
  const missing = await graph.api(`/users/${without.id}/photo/$value`).get().catch((error) => error);
  check("graph-client: nobody's photo is a 404", missing.statusCode === 404);
  await graph.api(`/users/${without.id}/photo/$value`).header("Content-Type", "image/jpeg").put(Buffer.from(photo));
  check("graph-client: write a photo", (await graph.api(`/users/${without.id}/photo`).get()).width === 648);
}

main().catch((error) => {
  console.log("FAILED  " + (error.stack || error));
  process.exit(1);
});
