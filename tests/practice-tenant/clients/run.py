#!/usr/bin/env python3
"""Runs unmodified public clients against the practice tenant, under Microsoft's own host names.

    python3 tests/practice-tenant/clients/run.py target/debug/practice-tenant

Installs msal, azure-identity and Office365-REST-Python-Client (Python) and @azure/msal-node and
@microsoft/microsoft-graph-client (Node) into a temporary folder. Each client signs in and does its part of: list people,
read a photo, write a photo, read a profile, write a profile, upload a file.
Exit code 0: all did. 1: a client failed. 77: nothing could be installed, so nothing was tried.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = ["msal", "azure-identity", "Office365-REST-Python-Client"]
NODE = ["@azure/msal-node", "@microsoft/microsoft-graph-client"]


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
    file = folder / "environment.json"
    command = [program, "--users", "60", "--front-port", "0", "--environment-file", file]
    tenant = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return tenant, json.loads(tenant.stdout.readline())


def environment(ready):
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
        NODE_EXTRA_CA_CERTS=authority,
    )


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
        tenant, ready = start(program, folder)
        try:
            variables = environment(ready)
            failures = 0
            if python is not None:
                failures += subprocess.run([python, HERE / "clients.py"], env=variables).returncode != 0
            if node is not None:
                for script in ("clients.cjs", "reroute.cjs"):
                    shutil.copy(HERE / script, node)
                command = ["node", "--require", "./reroute.cjs", "clients.cjs"]
                failures += subprocess.run(command, cwd=node, env=variables).returncode != 0
        finally:
            tenant.terminate()
            tenant.wait(10)
    print("All clients did their work." if failures == 0 else "A client failed.")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
