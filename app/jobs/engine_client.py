"""The window's end of the engine process: starts it, talks to it, notices when it dies.

The engine is a child process that speaks ``app.jobs.protocol`` on its standard streams. It is
started after the window's first frame, preloads the model, and runs one job at a time. A cancel
that is not obeyed within ``CANCEL_PATIENCE_MS`` kills it. If it dies, the job in hand ends with a
``Failed`` event and a new process is started; if it dies again and again before it is ready, the
client gives up until the next request. Nothing here waits: every answer arrives as a signal.
"""

import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTimer, Signal

from app.jobs.protocol import Decoder, ProtocolError, encode
from app.models.run_model import EngineState
from asyndm.errors import RequestError
from asyndm.events import Cancelled, Event, Failed, Finished, event_from_record
from asyndm.request import Request

ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = ("-m", "app.jobs.worker")
CANCEL_PATIENCE_MS = 5000
RESTART_DELAY_MS = 200
STOP_PATIENCE_MS = 1000
MAX_FAILED_STARTS = 3
_STDERR_LINES = 60


class EngineClient(QObject):
    """Owner of the engine process.

    Args:
        command: arguments to the Python interpreter that start the engine process.
        cancel_patience_ms: time between an ignored cancel and the kill.

    Signals:
        state_changed: off, starting, ready, busy or dead.
        event_received: job number and an event; each job ends with Finished, Cancelled or Failed.
    """

    state_changed = Signal(str)
    event_received = Signal(int, object)

    def __init__(
        self,
        parent: QObject | None = None,
        command: Sequence[str] = WORKER,
        cancel_patience_ms: int = CANCEL_PATIENCE_MS,
    ) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._process: QProcess | None = None
        self._decoder = Decoder()
        self._errors: deque[str] = deque(maxlen=_STDERR_LINES)
        self._state: EngineState = "off"
        self._job = 0
        self._running: int | None = None
        self._waiting: bytes | None = None
        self._cancelled = False
        self._preload = ""
        self._failed_starts = 0
        self._wanted = False
        self._patience = _single_shot(cancel_patience_ms, self._kill)
        self._restart = _single_shot(RESTART_DELAY_MS, self._spawn)

    @property
    def state(self) -> EngineState:
        """State of the engine process."""
        return self._state

    @property
    def pid(self) -> int:
        """Process number of the engine, 0 if there is none."""
        return 0 if self._process is None else int(self._process.processId())

    def start(self, preload: str = "") -> None:
        """Start the process, unless there is one, and let it load a model before it is asked to."""
        self._preload = preload
        self._wanted = True
        if self._process is None and not self._restart.isActive():
            self._failed_starts = 0
            self._spawn()

    def preload(self, model: str) -> None:
        """Let the process load a model before it is asked for, unless a run needs it now."""
        self._preload = model
        if self._state == "ready" and self._running is None:
            self._send({"op": "preload", "model": model})

    def run(self, request: Request, memory: Mapping[str, Any] | None = None) -> int:
        """Send a request; it waits if the process is still starting. The number of the job.

        Args:
            request: what to do.
            memory: the suggestion of a ``Failed``, to go by in this run.

        Raises:
            RuntimeError: a job is already running.
            ProtocolError: the request is too large to be sent.
        """
        if self._running is not None:
            raise RuntimeError("a job is already running")
        message = {"op": "run", "job": self._job + 1, "request": request.to_record()}
        frame = encode({**message, "memory": dict(memory)} if memory else message)
        self._job += 1
        self._running = self._job
        self._cancelled = False
        self._waiting = frame
        self.start(self._preload)
        if self._state == "ready":
            self._send_waiting()
        return self._job

    def cancel(self) -> None:
        """Ask the job in hand to stop; it ends with Cancelled in any case."""
        if self._running is None or self._cancelled:
            return
        self._cancelled = True
        if self._waiting is not None:
            self._waiting = None
            self._end(Cancelled())
            return
        self._send({"op": "cancel", "job": self._running})
        self._patience.start()

    def stop(self) -> None:
        """End the process for good; the end of its input asks it to exit."""
        self._wanted = False
        self._restart.stop()
        process = self._process
        if process is None:
            return
        process.closeWriteChannel()
        if not process.waitForFinished(STOP_PATIENCE_MS):
            process.kill()
            process.waitForFinished(STOP_PATIENCE_MS)

    def _spawn(self) -> None:
        self._decoder = Decoder()
        self._errors.clear()
        process = QProcess(self)
        process.setWorkingDirectory(str(ROOT))
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_error_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_process_error)
        self._process = process
        self._set_state("starting")
        process.start(sys.executable, self._command)

    def _send(self, message: dict[str, object]) -> None:
        if self._process is not None:
            self._process.write(encode(message))

    def _send_waiting(self) -> None:
        if self._waiting is not None and self._process is not None:
            self._set_state("busy")
            self._process.write(self._waiting)
            self._waiting = None

    def _on_output(self) -> None:
        if self._process is None:
            return
        try:
            for message in self._decoder.feed(bytes(self._process.readAllStandardOutput().data())):
                self._on_message(message)
        except (ProtocolError, RequestError) as error:
            self._errors.append(str(error))
            self._kill()

    def _on_message(self, message: dict[str, object]) -> None:
        if message.get("op") == "ready":
            self._failed_starts = 0
            self._set_state("ready")
            if self._waiting is not None:
                self._send_waiting()
            elif self._preload:
                self._send({"op": "preload", "model": self._preload})
        elif message.get("op") == "event" and message.get("job") == self._running:
            record = message.get("event")
            event = event_from_record(record if isinstance(record, dict) else {})
            if isinstance(event, Finished | Cancelled | Failed):
                self._set_state("ready")
                self._end(event)
            elif self._running is not None:
                self.event_received.emit(self._running, event)

    def _on_error_output(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._errors.extend(line for line in text.splitlines() if line.strip())

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        # A process that never started sends no `finished`.
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._errors.append(self._process.errorString())
            self._gone("")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_error_output()
        killed = status == QProcess.ExitStatus.CrashExit
        self._gone(_how_it_ended(code) if killed else f"exit code {code}")

    def _gone(self, how: str) -> None:
        """The process is no more: end the job, and start another if it is wanted."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.deleteLater()
        if self._state == "starting":
            self._failed_starts += 1
        gives_up = self._failed_starts >= MAX_FAILED_STARTS
        details = "\n".join([how, *self._errors]).strip()
        self._patience.stop()
        if self._wanted and not gives_up:
            self._set_state("starting")
            self._restart.start()
        else:
            self._set_state("dead" if self._wanted else "off")
        # A request that was never sent waits for the next process.
        if self._running is not None and (self._waiting is None or gives_up):
            self._waiting = None
            self._end(Cancelled() if self._cancelled else _death(gives_up, details))

    def _end(self, event: Event) -> None:
        self._patience.stop()
        job, self._running = self._running, None
        if job is not None:
            self.event_received.emit(job, event)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _set_state(self, state: EngineState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def _single_shot(interval_ms: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer()
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(slot)
    return timer


def _death(gives_up: bool, details: str) -> Failed:
    tr = QCoreApplication.translate
    if gives_up:
        text = tr("EngineClient", "The engine does not start; the details say why.")
    else:
        text = tr(
            "EngineClient",
            "The engine stopped in the middle of the run and is being started again; "
            "your picture is untouched.",
        )
    return Failed(reason=text, details=details, retryable=True)


def _how_it_ended(code: int) -> str:
    try:
        return f"ended by {signal.Signals(code).name}"
    except ValueError:
        return f"ended by signal {code}"
