// What public scripts send to bring people's photos to SharePoint, one request after the other: for each person the
// account, the photo's metadata and bytes; a form digest, three uploads, a look at one of them; a digest for the admin
// host, the profile, and three properties, each alone. Changed or not, every night the same.
//
//     node plain-client.mjs ENVIRONMENT-FILE PEOPLE

import { createHash, createSign, randomUUID, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { dirname, join } from "node:path";

const [file, count] = process.argv.slice(2);
const environment = JSON.parse(readFileSync(file, "utf8"));
const beside = (name) => readFileSync(join(dirname(file), name), "utf8");
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: beside(environment.certificateAuthorityFile) });

function send(method, url, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers: { ...headers, "Content-Length": body?.length ?? 0 } }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function expect(answer, ...statuses) {
  const { status, body } = await answer;
  if (!statuses.includes(status)) throw new Error(`HTTP ${status}: ${body}`);
  return body;
}

const base64url = (value) => Buffer.from(value).toString("base64url");
const pem = beside(environment.certificateFile);

async function token(resource) {
  const certificate = new X509Certificate(pem);
  const authority = `${environment.authority.replace(/\/$/, "")}/${environment.tenantId}/oauth2/v2.0/token`;
  const now = Math.floor(Date.now() / 1000);
  const x5t = createHash("sha1").update(certificate.raw).digest("base64url");
  const claims = { aud: authority, iss: environment.clientId, sub: environment.clientId, jti: randomUUID(), nbf: now, exp: now + 300 };
  const head = base64url(JSON.stringify({ alg: "RS256", typ: "JWT", x5t })) + "." + base64url(JSON.stringify(claims));
  const assertion = `${head}.${createSign("RSA-SHA256").update(head).sign(pem, "base64url")}`;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: environment.clientId,
    scope: `${resource.replace(/\/$/, "")}/.default`,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  });
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return JSON.parse(await expect(send("POST", authority, headers, Buffer.from(form.toString())), 200)).access_token;
}

const origin = (address) => address.replace(/\/$/, "");
const [graph, mySite, admin] = [environment.graph, environment.sharePointMySite, environment.sharePointAdmin].map(origin);
const json = { Accept: "application/json;odata=nometadata", "Content-Type": "application/json;odata=nometadata" };
const bearer = async (host) => ({ ...json, Authorization: `Bearer ${await token(host)}` });
const [toGraph, toMySite, toAdmin] = [await bearer(graph), await bearer(mySite), await bearer(admin)];
const digest = async (host, headers) =>
  JSON.parse(await expect(send("POST", `${host}/_api/contextinfo`, headers), 200)).FormDigestValue;

const page = JSON.parse(await expect(send("GET", `${graph}/v1.0/users?$top=${count * 2}&$select=id,userPrincipalName,userType`, toGraph), 200));
const people = page.value.filter((person) => person.userType !== "Guest").slice(0, count);
const folders = await expect(send("GET", `${mySite}/_api/web/GetFolderByServerRelativePath(DecodedUrl='/User%20Photos')/Folders?$select=Name`, toMySite), 200);
const folder = JSON.parse(folders).value.map((each) => each.Name).find((name) => name !== "Forms");

for (const { id, userPrincipalName } of people) {
  await expect(send("GET", `${graph}/v1.0/users/${id}`, toGraph), 200);
  const photo = `${graph}/v1.0/users/${id}/photo`;
  await expect(send("GET", photo, toGraph), 200, 404);
  const bytes = await expect(send("GET", `${photo}/$value`, toGraph), 200, 404);
  const form = { ...toMySite, "X-RequestDigest": await digest(mySite, toMySite) };
  const stem = userPrincipalName.replace(/[^A-Za-z0-9]/g, "_");
  const path = encodeURIComponent(`/User Photos/${folder}`);
  for (const size of ["S", "M", "L"]) {
    const target = `${mySite}/_api/web/GetFolderByServerRelativePath(DecodedUrl='${path}')/Files/Add(url='${stem}_${size}Thumb.jpg',overwrite=true)`;
    await expect(send("POST", target, form, bytes), 200);
  }
  await expect(send("GET", `${mySite}/_api/web/GetFileByServerRelativePath(DecodedUrl='${path}/${stem}_MThumb.jpg')`, toMySite), 200);
  const adminForm = { ...toAdmin, "X-RequestDigest": await digest(admin, toAdmin) };
  const accountName = `i:0#.f|membership|${userPrincipalName.toLowerCase()}`;
  const manager = `${admin}/_api/SP.UserProfiles.PeopleManager`;
  await expect(send("GET", `${manager}/GetPropertiesFor(accountName=@v)?@v='${encodeURIComponent(accountName)}'`, toAdmin), 200);
  const address = `${mySite}/User%20Photos/${encodeURIComponent(folder)}/${stem}_MThumb.jpg`;
  for (const [propertyName, propertyValue] of [["PictureURL", address], ["SPS-PicturePlaceholderState", "0"], ["SPS-PictureExchangeSyncState", "0"]]) {
    const body = Buffer.from(JSON.stringify({ accountName, propertyName, propertyValue }));
    await expect(send("POST", `${manager}/SetSingleValueProfileProperty`, adminForm, body), 200, 500);
  }
}
agent.destroy();
