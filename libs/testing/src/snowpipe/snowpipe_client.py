"""Snowflake's own client of Snowpipe Streaming, driven by lines of JSON on stdin. Answers begin with ANSWER."""

import json
import os
import sys

from snowflake.ingest.streaming import StreamingIngestClient

settings = json.loads(os.environ["SNOWPIPE_CLIENT"])
client = StreamingIngestClient(
    "test", settings["database"], settings["schema"], settings["pipe"], properties=settings["properties"]
)
channels = {}


def summary(status):
    return {
        "code": status.status_code,
        "committed": status.latest_committed_offset_token,
        "inserted": status.rows_inserted_count,
        "errors": status.rows_error_count,
        "lastError": status.last_error_message,
        "lastErrorUpperBound": status.last_error_offset_token_upper_bound,
    }


def open_channel(channel):
    channels[channel], status = client.open_channel(channel)
    return summary(status)


def append(channel, rows, start, end):
    channels[channel].append_rows(rows, start, end)


def flush(channel):
    channels[channel].wait_for_flush(timeout_seconds=60)


def status(channel):
    return summary(client.get_channel_statuses([channel])[channel])


def close(channel):
    channels[channel].close(wait_for_flush=False)


def drop(channel):
    client.drop_channel(channel)


COMMANDS = {f.__name__: f for f in (open_channel, append, flush, status, close, drop)}


def answer(body):
    print("ANSWER" + json.dumps(body), flush=True)


answer({"id": 0, "value": None})
for line in sys.stdin:
    command = json.loads(line)
    try:
        answer({"id": command["id"], "value": COMMANDS[command["do"]](*command["with"])})
    except Exception as error:  # The test decides what an error means.
        answer({"id": command["id"], "error": f"{type(error).__name__}: {error}"})
client.close(wait_for_flush=False)
