"""CLI for Microsoft 365 at work; started by run.py in the folder where it is installed."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

M365 = pathlib.Path("node_modules/.bin/m365" + (".cmd" if os.name == "nt" else "")).resolve()
SITE, ADMIN = "https://contoso-my.sharepoint.com", "https://contoso-admin.sharepoint.com"
FOLDER = "/User Photos/Profile Pictures"


def people():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(opener.open(os.environ["CONTROL"] + "/people"))


def m365(*words):
    """What a command prints as JSON, or None; a command that fails ends the run."""
    done = subprocess.run([M365, *words, "--output", "json"], capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        check(f"cli: {' '.join(words[:3])}: {done.stderr.strip() or done.stdout.strip()}", False)
    return json.loads(done.stdout) if done.stdout.strip() else None


def check(name, fact):
    print(("ok      " if fact else "FAILED  ") + name, flush=True)
    if not fact:
        sys.exit(1)


certificate = ["--certificateFile", os.environ["CERTIFICATE"], "--appId", os.environ["CLIENT_ID"], "--tenant", os.environ["TENANT_ID"]]
m365("cli", "config", "set", "--key", "disableTelemetry", "--value", "true")
m365("login", "--authType", "certificate", *certificate)
check("cli: sign in by certificate", True)
check("cli: list people", len(m365("entra", "user", "list", "--properties", "id,userPrincipalName")) == len(people()))
person = next(person for person in people() if person["kind"] == "stale")
upn, picture = person["userPrincipalName"], pathlib.Path("cli.jpg")
m365("request", "--url", f"https://graph.microsoft.com/v1.0/users/{upn}/photo/$value", "--filePath", str(picture))
check("cli: read a photo", picture.read_bytes()[:2] == b"\xff\xd8")
m365("spo", "set", "--url", ADMIN)
profile = m365("spo", "userprofile", "get", "--userName", upn)
check("cli: read a profile", profile["AccountName"] == "i:0#.f|membership|" + upn.lower())
m365("spo", "userprofile", "set", "--userName", upn, "--propertyName", "SPS-PictureTimestamp", "--propertyValue", "practice")
now = next(other for other in people() if other["id"] == person["id"])
check("cli: write a profile", now["profile"]["timestamp"] == "practice")
m365("spo", "file", "add", "--webUrl", SITE, "--folder", FOLDER, "--path", str(picture), "--overwrite")
file = ["--webUrl", SITE, "--url", FOLDER + "/cli.jpg"]
m365("spo", "file", "get", *file, "--asFile", "--path", "again.jpg")
check("cli: upload and read a file", pathlib.Path("again.jpg").read_bytes() == picture.read_bytes())
names = [one["Name"] for one in m365("spo", "file", "list", "--webUrl", SITE, "--folderUrl", FOLDER, "--fields", "Name")]
check("cli: list the folder", "cli.jpg" in names)
check("cli: list the library", len(m365("spo", "listitem", "list", "--webUrl", SITE, "--listTitle", "User Photos", "--fields", "Id,FileLeafRef")) > len(names) / 2)
m365("spo", "file", "remove", *file, "--force")
check("cli: delete a file", True)
