"""snowduck on a free port. Of its own accord it names the ingest host without a port."""

import os
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
address = f"127.0.0.1:{listener.getsockname()[1]}"
os.environ["SNOWDUCK_STREAMING_HOSTNAME"] = address

import uvicorn  # noqa: E402
from snowduck.server.server import app  # noqa: E402

print(f"snowduck at http://{address}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
