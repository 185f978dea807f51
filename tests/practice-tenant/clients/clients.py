"""Microsoft's and the community's Python clients at work; started by run.py."""

import asyncio
import io
import json
import os
import urllib.request

import msal
import requests
from azure.identity import CertificateCredential, ClientSecretCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msgraph import GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from office365.sharepoint.client_context import ClientContext
from office365.sharepoint.userprofiles.people_manager import PeopleManager

TENANT, CLIENT, PEM = os.environ["TENANT_ID"], os.environ["CLIENT_ID"], os.environ["CERTIFICATE"]
GRAPH = "https://graph.microsoft.com"
FOLDER = "/User Photos/Profile Pictures"

with open(PEM, "rb") as file:
    TEXT = file.read()
THUMBPRINT = x509.load_pem_x509_certificate(TEXT).fingerprint(hashes.SHA1()).hex().upper()


def people():
    """The truth of the control port."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open(os.environ["CONTROL"] + "/people"))


def somebody(kind):
    return next(person for person in people() if person["kind"] == kind)


def check(name, fact):
    print(("ok      " if fact else "FAILED  ") + name, flush=True)
    if not fact:
        raise SystemExit(1)


def with_msal():
    key = {"private_key": TEXT.decode(), "thumbprint": THUMBPRINT, "public_certificate": TEXT.decode()}
    authority = f"https://login.microsoftonline.com/{TENANT}"
    for credential, how in ((key, "certificate"), (os.environ["CLIENT_SECRET"], "secret")):
        app = msal.ConfidentialClientApplication(CLIENT, authority=authority, client_credential=credential)
        answer = app.acquire_token_for_client([f"{GRAPH}/.default"])
        check(f"msal: token by {how}", "access_token" in answer)
    wrong = msal.ConfidentialClientApplication(CLIENT, authority=authority, client_credential="wrong")
    check("msal: a wrong secret is refused", 7000215 in wrong.acquire_token_for_client([f"{GRAPH}/.default"])["error_codes"])
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + answer["access_token"]
    page = session.get(f"{GRAPH}/v1.0/users?$select=id,userPrincipalName&$top=7").json()
    check("msal: list people", len(page["value"]) == 7)
    person = somebody("in-sync")
    photo = session.get(f"{GRAPH}/v1.0/users/{person['id']}/photo/$value")
    check("msal: read a photo", photo.headers["Content-Type"] == "image/jpeg" and photo.content[:2] == b"\xff\xd8")
    url = f"{GRAPH}/v1.0/users/{somebody('no-photo')['id']}/photo/$value"
    put = session.put(url, data=photo.content, headers={"Content-Type": "image/jpeg"})
    check("msal: write a photo", put.status_code == 200 and session.get(url).status_code == 200)


def with_azure_identity():
    by_certificate = CertificateCredential(TENANT, CLIENT, certificate_path=PEM)
    check("azure-identity: token by certificate", by_certificate.get_token(f"{GRAPH}/.default").token)
    by_secret = ClientSecretCredential(TENANT, CLIENT, os.environ["CLIENT_SECRET"])
    check("azure-identity: token by secret", by_secret.get_token(f"{GRAPH}/.default").token)


def with_office365():
    def context(host):
        options = {"tenant": TENANT, "client_id": CLIENT, "thumbprint": THUMBPRINT, "cert_path": PEM}
        return ClientContext(f"https://{host}.sharepoint.com").with_client_certificate(**options)

    site, admin = context("contoso-my"), context("contoso-admin")
    folder = site.web.get_folder_by_server_relative_url(FOLDER)
    folder.files.upload(io.BytesIO(b"picture"), "o'brien_zo\u00eb_SThumb.jpg").execute_query()
    file = site.web.get_file_by_server_relative_path(f"{FOLDER}/o'brien_zo\u00eb_SThumb.jpg")
    content = io.BytesIO()
    file.download(content).execute_query()
    check("office365: upload and read a file", content.getvalue() == b"picture")
    items = site.web.lists.get_by_title("User Photos").items.select(["Id", "FileLeafRef"]).top(5).get().execute_query()
    check("office365: list the library", len(items) >= 5)
    person = somebody("stale")
    account = "i:0#.f|membership|" + person["userPrincipalName"].lower()
    manager = PeopleManager(admin)
    properties = manager.get_properties_for(account).execute_query()
    check("office365: read a profile", properties.properties["AccountName"] == account)
    manager.set_single_value_profile_property(account, "SPS-PictureTimestamp", "63800000000").execute_query()
    now = next(other for other in people() if other["id"] == person["id"])
    check("office365: write a profile", now["profile"]["timestamp"] == "63800000000")
    file.delete_object().execute_query()
    check("office365: delete a file", True)


async def with_graph_sdk():
    credential = ClientSecretCredential(TENANT, CLIENT, os.environ["CLIENT_SECRET"])
    graph = GraphServiceClient(credential, [f"{GRAPH}/.default"])
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id", "userPrincipalName"], top=7)
    wanted = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
    page = await graph.users.get(request_configuration=wanted)
    check("graph-sdk: list people", len(page.value) == 7 and page.odata_next_link)
    person = somebody("in-sync")
    photo = graph.users.by_user_id(person["userPrincipalName"]).photo
    metadata = await photo.get()
    content = await photo.content.get()
    check("graph-sdk: read a photo", metadata.width == 648 and content[:2] == b"\xff\xd8")
    other = graph.users.by_user_id(somebody("stale")["id"]).photo
    before = (await other.get()).additional_data["@odata.mediaEtag"]
    await other.content.put(content)
    check("graph-sdk: write a photo", (await other.get()).additional_data["@odata.mediaEtag"] != before)
    missing = graph.users.by_user_id("nobody@contoso.com").photo.get()
    error = (await asyncio.gather(missing, return_exceptions=True))[0]
    check("graph-sdk: nobody is a 404", getattr(error, "response_status_code", 0) == 404)


with_msal()
with_azure_identity()
with_office365()
asyncio.run(with_graph_sdk())
