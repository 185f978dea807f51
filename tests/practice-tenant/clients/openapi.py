#!/usr/bin/env python3
"""Validates recorded exchanges with Graph against an OpenAPI description, by openapi-core.

    python3 openapi.py DESCRIPTION.yaml RECORD.jsonl ...

Prints what does not keep to the description. The parts of a batch are validated like requests of their own; operations that
the description does not know are counted, not judged. Exit code 1: an answer does not keep to it, or there was none to judge.
"""

import json
import re
import sys

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

# Below an address that the description has, but operations of their own.
OTHERS = re.compile(r"/users/(delta(\(\))?|\$count)$|/groups/", re.IGNORECASE)


def exchanges(line):
    """The exchange of a line, and those of its parts."""
    yield line
    requests, responses = line["request"], line["body"]
    if not line["url"].endswith("/$batch") or line["status"] != 200:
        return
    asked = {part["id"]: part for part in requests["requests"]}
    for part in responses["responses"]:
        one = asked[part["id"]]
        body = part.get("body")
        yield {
            "method": one["method"],
            "url": line["url"].replace("/$batch", "/" + one["url"].lstrip("/")),
            "requestType": None,
            "request": one.get("body"),
            "status": part["status"],
            "contentType": part["headers"].get("Content-Type", ""),
            "length": len(json.dumps(body)) if body is not None else 0,
            "body": body if not isinstance(body, str) else None,
        }


def answer(one):
    """What the exchange answered, for the validator. Of pictures only the length was kept."""
    kind = one["contentType"].split(";")[0]
    if one["body"] is not None:
        data = json.dumps(one["body"]).encode()
    else:
        data = b"." * min(one["length"], 16)
    return MockResponse(data, status_code=one["status"], content_type=kind or "application/json")


def main():
    description = OpenAPI.from_file_path(sys.argv[1])
    judged, unknown, wrong = 0, 0, set()
    for path in sys.argv[2:]:
        for text in open(path, encoding="utf-8"):
            for one in exchanges(json.loads(text)):
                address = one["url"].split("?")[0].replace("//users", "/users")
                host, _, rest = address.partition("/v1.0")
                if not rest or OTHERS.search(address):
                    unknown += 1
                    continue
                request = MockRequest(host, one["method"].lower(), "/v1.0" + rest)
                try:
                    description.validate_response(request, answer(one))
                    judged += 1
                except Exception as error:
                    causes = [str(cause) for cause in getattr(error.__cause__, "schema_errors", [])]
                    name = type(error).__name__
                    if name in ("PathNotFound", "OperationNotFound"):
                        unknown += 1
                        continue
                    why = "; ".join(cause.splitlines()[0] for cause in causes) or str(error.__cause__ or error)
                    wrong.add(f"{one['method']} {rest} {one['status']}: {name}: {why[:300]}")
    for line in sorted(wrong):
        print("FAILED  openapi: " + line)
    if judged and not wrong:
        print(f"ok      openapi: {judged} answers keep to the description ({unknown} of operations that it does not have)")
    return 0 if judged and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
