"""Serves fakesnow to Snowflake's Node driver.

fakesnow answers as its Python driver wants it: rows as Arrow, and some fields left out. This layer around its ASGI
application turns the rows into JSON and adds what the Node driver needs.

Usage: python fakesnow_layer.py [port]    (0: any free one; uvicorn prints the address)
"""

import base64
import datetime
import json
import sys

import fakesnow.server
import pyarrow.ipc
import uvicorn
from fakesnow.instance import FakeSnow
from starlette.responses import Response

LOGIN = "/session/v1/login-request"
QUERY = "/queries/v1/query-request"
# The Node driver posts these, and fakesnow has no answer to them.
ACKNOWLEDGED = {"/session/heartbeat", "/telemetry/send"}
# Parameters without a meaning in fakesnow: a list of them, and the time limit of a statement.
IGNORED = [r"ALTER SESSION SET\s+(QUERY_TAG|STATEMENT_TIMEOUT_IN_SECONDS)\b"]

fakesnow.server.shared_fs = FakeSnow(nop_regexes=IGNORED)


def as_text(value, column):
    """A value as Snowflake writes it into a JSON rowset."""
    kind = column["type"]
    if value is None or (kind.startswith("timestamp") and value["epoch"] is None):
        return None
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "real":
        return repr(float(value))
    if kind == "date":
        return str((value - datetime.date(1970, 1, 1)).days)
    if kind.startswith("timestamp"):
        moment = f"{value['epoch']}.{value['fraction']:09d}"
        return f"{moment} {value['timezone']}" if kind == "timestamp_tz" else moment
    return str(value)


def with_json_rows(data):
    """The rows of a result as JSON, and how many they are: without `returned` the Node driver waits for ever."""
    if data.get("queryResultFormat") == "arrow":
        arrow = base64.b64decode(data.pop("rowsetBase64"))
        columns = [c.to_pylist() for c in pyarrow.ipc.open_stream(arrow).read_all().columns] if arrow else []
        data["rowset"] = [[as_text(v, c) for v, c in zip(row, data["rowtype"])] for row in zip(*columns)]
        data["queryResultFormat"] = "json"
    return {**data, "returned": len(data["rowset"]), "total": len(data["rowset"])}


def with_session(data):
    # 0 has the driver upload every array bind as a file.
    parameters = [p for p in data["parameters"] if p["name"] != "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"]
    validity = {"validityInSeconds": 3600, "masterValidityInSeconds": 14400}
    return {**data, **validity, "parameters": parameters, "masterToken": "master", "sessionId": 1}


def adapted(path, body):
    answer = json.loads(body)
    data = answer.get("data") or {}
    if answer.get("success") and path == LOGIN:
        answer["data"] = with_session(data)
    if answer.get("success") and "rowtype" in data:
        answer["data"] = with_json_rows(data)
    return json.dumps(answer).encode()


async def layer(scope, receive, send):
    if scope["type"] != "http":
        return await fakesnow.server.app(scope, receive, send)
    path = scope["path"]
    if path in ACKNOWLEDGED:
        acknowledgement = Response('{"success": true, "data": null}', media_type="application/json")
        return await acknowledgement(scope, receive, send)
    start = {}
    parts = []

    async def collect(message):
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await fakesnow.server.app(scope, receive, collect)
    body = b"".join(parts)
    if start["status"] == 200 and path in (LOGIN, QUERY):
        body = adapted(path, body)
    answer = Response(body, status_code=start["status"], media_type="application/json")
    await answer(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(layer, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 0, access_log=False)
