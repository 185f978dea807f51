// PnPjs at work; started by run.py.
import crypto from "node:crypto";
import fs from "node:fs";
import "@pnp/sp/files/index.js";
import "@pnp/sp/folders/index.js";
import "@pnp/sp/items/index.js";
import "@pnp/sp/lists/index.js";
import "@pnp/sp/profiles/index.js";
import "@pnp/sp/site-users/index.js";
import "@pnp/sp/batching.js";
import "@pnp/sp/webs/index.js";
import "@pnp/graph/users/index.js";
import "@pnp/graph/photos/index.js";
import { graphfi } from "@pnp/graph";
import { GraphDefault, SPDefault } from "@pnp/nodejs";
import { spfi } from "@pnp/sp";

const { TENANT_ID, CLIENT_ID, CERTIFICATE, CONTROL } = process.env;
const FOLDER = "/User Photos/Profile Pictures";

const pem = fs.readFileSync(CERTIFICATE, "utf8");
const thumbprintSha256 = crypto.createHash("sha256").update(new crypto.X509Certificate(pem).raw).digest("hex");
const privateKey = pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY"));
const auth = {
  authority: `https://login.microsoftonline.com/${TENANT_ID}`,
  clientId: CLIENT_ID,
  clientCertificate: { thumbprintSha256, privateKey },
};

function check(name, fact) {
  console.log((fact ? "ok      " : "FAILED  ") + name);
  if (!fact) process.exit(1);
}

function site(host) {
  const url = `https://${host}.sharepoint.com`;
  return spfi(url).using(SPDefault({ baseUrl: url, msal: { config: { auth }, scopes: [`${url}/.default`] } }));
}

async function people() {
  return (await fetch(CONTROL + "/people")).json();
}

const [mySite, admin] = [site("contoso-my"), site("contoso-admin")];
const graph = graphfi().using(GraphDefault({ msal: { config: { auth }, scopes: ["https://graph.microsoft.com/.default"] } }));

const users = await graph.users.select("id", "userPrincipalName").top(3)();
check("pnpjs: list people", users.length === 3);
const everybody = await people();
const person = everybody.find((other) => other.kind === "stale");
const photo = await graph.users.getById(person.id).photo.getBuffer();
check("pnpjs: read a photo", new Uint8Array(photo)[0] === 0xff);
const without = everybody.find((other) => other.kind === "no-photo" && other.source === null);
await graph.users.getById(without.id).photo.setContent(Buffer.from(photo));
check("pnpjs: write a photo", (await people()).find((other) => other.id === without.id).source !== null);

const folder = mySite.web.getFolderByServerRelativePath(FOLDER);
await folder.files.addUsingPath("o'brien_zo\u00eb_SThumb.jpg", Buffer.from(photo), { Overwrite: true });
const file = mySite.web.getFileByServerRelativePath(`${FOLDER}/o'brien_zo\u00eb_SThumb.jpg`);
check("pnpjs: upload and read a file", (await file.getBuffer()).byteLength === photo.byteLength);
const items = await mySite.web.lists.getByTitle("User Photos").items.select("Id", "FileLeafRef").top(5)();
check("pnpjs: list the library", items.length === 5);
const account = "i:0#.f|membership|" + person.userPrincipalName.toLowerCase();
const properties = await admin.profiles.getPropertiesFor(account);
check("pnpjs: read a profile", properties.AccountName === account);
await admin.profiles.setSingleValueProfileProperty(account, "SPS-PictureTimestamp", "63800000001");
const now = (await people()).find((other) => other.id === person.id);
check("pnpjs: write a profile", now.profile.timestamp === "63800000001");
const [batched, execute] = mySite.batched();
const together = [batched.web.select("Title")(), batched.web.getFolderByServerRelativePath(FOLDER).select("Name")()];
await execute();
const [web, named] = await Promise.all(together);
check("pnpjs: read two things in a batch", web.Title === "My Site Host" && named.Name === "Profile Pictures");
check("pnpjs: list the site's users", (await mySite.web.siteUsers()).length > 0);
await file.delete();
check("pnpjs: delete a file", (await file.getText().catch((error) => error)).status === 404);
