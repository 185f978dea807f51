#!/usr/bin/env python3
"""Measures a large practice tenant: time until ready, answers a second, and memory after many random photo reads.

    cargo build --release -p practice-tenant
    python3 tests/practice-tenant/clients/million.py target/release/practice-tenant [people] [reads]

Prints one JSON line. Needs Python alone; memory and processor time are read from /proc, so they are measured on Linux only.
A photo is drawn when it is read, which is most of the work: 100,000 reads take a while.
"""

import http.client
import json
import os
import pathlib
import random
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse


def memory(pid):
    """Resident megabytes at their highest, None where the system does not say."""
    status = pathlib.Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def processor(pid):
    """Seconds of processor time so far, None where the system does not say."""
    stat = pathlib.Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Service:
    """A connection to one service that stays open."""

    def __init__(self, origin, authority):
        address = urllib.parse.urlparse(origin)
        trust = ssl.create_default_context(cafile=authority)
        self.connection = http.client.HTTPSConnection(address.hostname, address.port, context=trust)

    def ask(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def main():
    program = sys.argv[1]
    people = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    reads = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "environment.json")
        began = time.monotonic()
        tenant = subprocess.Popen([program, "--users", str(people), "--environment-file", file], stdout=subprocess.PIPE)
        tenant.stdout.readline()
        ready = time.monotonic() - began
        try:
            given = json.loads(file.read_text())
            authority = pathlib.Path(folder, given["certificateAuthorityFile"])
            form = {
                "grant_type": "client_credentials",
                "client_id": given["clientId"],
                "client_secret": pathlib.Path(folder, given["clientSecretFile"]).read_text(),
                "scope": given["graph"] + "/.default",
            }
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            path = f"/{given['tenantId']}/oauth2/v2.0/token"
            status, body = Service(given["authority"], authority).ask("POST", path, urllib.parse.urlencode(form), kind)
            assert status == 200, body
            bearer = {"Authorization": "Bearer " + json.loads(body)["access_token"]}
            graph = Service(given["graph"], authority)
            ids, link = [], "/v1.0/users?$select=id&$top=999"
            while link and len(ids) < 20_000:
                page = json.loads(graph.ask("GET", link, headers=bearer)[1])
                ids += [person["id"] for person in page["value"]]
                link = page.get("@odata.nextLink", "").replace(given["graph"], "")
            count, began, used = 0, time.monotonic(), processor(tenant.pid)
            while time.monotonic() - began < 3:
                graph.ask("GET", f"/v1.0/users/{random.choice(ids)}/photo", headers=bearer)
                count += 1
            rate = count / (time.monotonic() - began)
            # This program asks slower than the server answers, so what the server itself used says more.
            on_a_core = None if used is None else round(count / (processor(tenant.pid) - used))
            for _ in range(reads):
                graph.ask("GET", f"/v1.0/users/{random.choice(ids)}/photo/$value", headers=bearer)
            print(json.dumps({
                "people": people,
                "readySeconds": round(ready, 2),
                "metadataAnswersPerSecondOnOneConnection": round(rate),
                "metadataAnswersPerSecondOfProcessorTime": on_a_core,
                "photoReads": reads,
                "megabytesAtMost": memory(tenant.pid),
            }))
        finally:
            tenant.terminate()
            tenant.wait(10)


main()
