#!/usr/bin/env python3
"""Runs unmodified public clients against the practice tenant, under Microsoft's own host names.

    python3 tests/practice-tenant/clients/run.py target/debug/practice-tenant [RECORD.jsonl ...]

Installs msal, azure-identity, the Graph SDK and Office365-REST-Python-Client (Python), @azure/msal-node, @azure/identity,
the Graph client, PnPjs and CLI for Microsoft 365 (Node) into a temporary folder. Each client signs in and does its part of: list
people, read a photo, write a photo, read a profile, write a profile, upload a file.

The shell lines of the README run as they stand. Then every answer of Graph to them, and those in the RECORDs (see `--record`), are validated against the OpenAPI description that
M365PHOTO_GRAPH_OPENAPI names.
Exit code 0: all did. 1: a client failed. 77: nothing could be installed, so nothing was tried.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = ["msal", "azure-identity", "msgraph-sdk", "Office365-REST-Python-Client", "openapi-core"]
NODE = [
    "@azure/identity",
    "@azure/msal-node",
    "@microsoft/microsoft-graph-client",
    "@pnp/graph",
    "@pnp/nodejs",
    "@pnp/sp",
    "@pnp/cli-microsoft365",
]
BESIDE = HERE.parents[2].parent / "shared/reference/graph-openapi/graph-photo-slice-v1-strict.yaml"


def install_python(folder):
    """The interpreter of a virtual environment with the packages, or None."""
    subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
    scripts = folder / "python" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", *PYTHON])
    return python if done.returncode == 0 else None


def install_node(folder):
    """A folder with the packages, or None."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    (folder / "node").mkdir()
    command = [npm, "install", "--silent", "--no-fund", "--no-audit", *NODE]
    return folder / "node" if subprocess.run(command, cwd=folder / "node").returncode == 0 else None


def start(program, folder):
    """The running tenant and the line by which it said that it is ready."""
    file, record = folder / "environment.json", folder / "record.jsonl"
    command = [program, "--users", "60", "--front-port", "0", "--environment-file", file, "--record", record]
    tenant = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return tenant, json.loads(tenant.stdout.readline())


def environment(ready, folder):
    """What a client needs to reach the tenant: the front port as its proxy, and the authority to trust."""
    file = pathlib.Path(ready["environmentFile"])
    given = json.loads(file.read_text())
    names = {name: str(file.parent / given[name]) for name in ("certificateAuthorityFile", "certificateFile", "clientSecretFile")}
    authority = names["certificateAuthorityFile"]
    return dict(
        os.environ,
        TENANT_ID=given["tenantId"],
        CLIENT_ID=given["clientId"],
        CERTIFICATE=names["certificateFile"],
        CLIENT_SECRET=pathlib.Path(names["clientSecretFile"]).read_text(),
        CONTROL=given["control"],
        FRONT_PORT=str(ready["frontPort"]),
        HTTPS_PROXY=f"http://127.0.0.1:{ready['frontPort']}",
        NO_PROXY="127.0.0.1",
        REQUESTS_CA_BUNDLE=authority,
        SSL_CERT_FILE=authority,
        NODE_EXTRA_CA_CERTS=authority,
        # Some clients remember who signed in.
        HOME=str(folder),
        USERPROFILE=str(folder),
    )


def run_node(node, variables):
    """Runs the Node clients; says how many failed."""
    for script in ("clients.cjs", "pnp.mjs", "reroute.cjs"):
        shutil.copy(HERE / script, node)
    commands = [["node", "--require", "./reroute.cjs", script] for script in ("clients.cjs", "pnp.mjs")]
    failures = sum(subprocess.run(command, cwd=node, env=variables).returncode != 0 for command in commands)
    variables = dict(variables, NODE_OPTIONS=f"--require {(node / 'reroute.cjs').as_posix()}")
    return failures + (subprocess.run([sys.executable, HERE / "cli.py"], cwd=node, env=variables).returncode != 0)


def validate(python, records):
    """Holds recorded answers to the OpenAPI description; says how many judgements failed."""
    description = pathlib.Path(os.environ.get("M365PHOTO_GRAPH_OPENAPI", BESIDE))
    if not description.exists():
        print("NOT TRIED: the OpenAPI description of Graph is not here; M365PHOTO_GRAPH_OPENAPI may name it.")
        return 0
    return subprocess.run([python, HERE / "openapi.py", description, *records]).returncode != 0


def read_me(program, folder):
    """Runs the shell lines of the README as they stand, in one shell; says how many runs failed."""
    if any(shutil.which(tool) is None for tool in ("sh", "curl", "jq")):
        print("NOT TRIED: the lines of the README, because sh, curl or jq is not here.")
        return 0
    blocks = re.findall(r"```sh\n(.*?)```", (HERE.parent / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    # A refusal of the tenant is a failure of the line.
    strict = 'set -e\ncurl() { command curl --fail --silent --show-error --noproxy "*" "$@"; }\ntrap "kill \\$!" EXIT\n'
    (folder / "bin").mkdir()
    shutil.copy(program, folder / "bin" / "practice-tenant")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", strict + "".join(blocks)], cwd=folder, env=dict(os.environ, PATH=path), stdout=subprocess.DEVNULL)
    print(("ok      " if done.returncode == 0 else "FAILED  ") + "readme: the lines work as they stand", flush=True)
    return done.returncode != 0


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        python, node = install_python(folder), install_node(folder)
        for name, found in (("Python", python), ("Node", node)):
            if found is None:
                print(f"NOT TRIED: the {name} clients, because their packages cannot be installed here.")
        if python is None and node is None:
            return 77
        failures = read_me(program, folder)
        tenant, ready = start(program, folder)
        try:
            variables = environment(ready, folder)
            if python is not None:
                failures += subprocess.run([python, HERE / "clients.py"], env=variables).returncode != 0
            if node is not None:
                failures += run_node(node, variables)
        finally:
            tenant.terminate()
            tenant.wait(10)
        if python is not None:
            failures += validate(python, [folder / "record.jsonl", *sys.argv[2:]])
    print("All clients did their work." if failures == 0 else "A client failed.")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
