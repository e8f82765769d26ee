"""An engine process for widget tests: it speaks the real protocol and follows a script.

The prompt of a request is the script, words apart by spaces: ``slow`` waits between steps, ``deaf``
ignores a cancel, ``die`` kills the process after the first step, ``die-once`` only if the file
named by SCRIPTED_MARK does not exist yet, ``fail`` ends with Failed, ``probe`` runs a first phase,
``notice`` says something, ``narrow`` fails for lack of memory unless the picture is 48 x 48,
``heavy`` unless parts are offloaded. The argument ``--broken`` ends the process at once.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from app.jobs.protocol import Decoder, encode
from asyndm.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Loading,
    Notice,
    Step,
    event_to_record,
)
from asyndm.request import Request

LATENT = 16


def main() -> int:
    if "--broken" in sys.argv:
        sys.stderr.write("the script says: broken\n")
        return 3
    Script().serve()
    return 0


class Script:
    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        self._cancel = threading.Event()

    def serve(self) -> None:
        self._send({"op": "ready", "pid": os.getpid()})
        decoder = Decoder()
        while data := os.read(0, 1 << 16):
            for message in decoder.feed(data):
                if message["op"] == "run":
                    self._cancel = threading.Event()
                    request = Request.from_record(message["request"])
                    job = (int(message["job"]), request, message.get("memory", {}))
                    threading.Thread(target=self._run, args=job, daemon=True).start()
                elif message["op"] == "cancel":
                    self._cancel.set()

    def _run(self, job: int, request: Request, memory: Mapping[str, Any]) -> None:
        for event in self._events(request, memory):
            self._send({"op": "event", "job": job, "event": event_to_record(event)})

    def _events(self, request: Request, memory: Mapping[str, Any]) -> Iterator[Event]:
        words = request.prompt.split()
        yield Loading(model=request.model or "none")
        if "notice" in words:
            yield Notice(text="The script has something to say.")
        for phase in ("probe", "run") if "probe" in words else ("run",):
            for i in range(1, request.steps + 1):
                if self._cancel.is_set() and "deaf" not in words:
                    yield Cancelled(i=i)
                    return
                if "slow" in words:
                    time.sleep(0.05)
                yield _step(i, request.steps, phase)
                _die(words)
        if "narrow" in words and (request.width, request.height) != (48, 48):
            yield _no_memory({"width": 48, "height": 48})
        elif "heavy" in words and memory != {"offload": "model"}:
            yield _no_memory({"offload": "model"})
        elif "fail" in words:
            yield Failed(reason="The script failed.", details="line 1\nline 2", retryable=True)
        else:
            yield _finished(request)

    def _send(self, message: dict[str, object]) -> None:
        self._out.write(encode(message))
        self._out.flush()


def _step(i: int, n: int, phase: str) -> Step:
    level = np.full((LATENT, LATENT), 1 - i / n, np.float32)
    preview = np.full((LATENT, LATENT, 3), 255 * i // n, np.uint8)
    return Step(i=i, n=n, preview=preview, level_map=level, mask=level * 0, phase=phase)


def _no_memory(suggestion: dict[str, Any]) -> Failed:
    reason = "There is not enough memory: it needs about 13.2 GB, and 9.8 GB were free."
    return Failed(reason=reason, retryable=True, suggestion=suggestion)


def _finished(request: Request) -> Finished:
    """A picture of one colour that follows from the seed."""
    if request.image is not None:
        height, width = request.image.shape[:2]
    else:
        height, width = request.height or 64, request.width or 64
    image = np.full((1, height, width, 3), (request.seed % 200, 10, 20), np.uint8)
    empty = np.zeros((1, 0, 4, 4), np.float32)
    return Finished(
        images=image,
        seeds=(request.seed,),
        words=(),
        masks=np.zeros((1, 4, 4), np.float32),
        attention=empty,
        seconds=0.1,
        model_hash="scripted",
    )


def _die(words: list[str]) -> None:
    mark = Path(os.environ.get("SCRIPTED_MARK", ""))
    if "die" in words or ("die-once" in words and not mark.exists()):
        if "die-once" in words:
            mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
