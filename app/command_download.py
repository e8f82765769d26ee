"""``models add OWNER/NAME[:FILE]``: download a model, with a line that shows how far it is."""

import argparse
import sys
import time
from typing import Any, TextIO

from app.command_interrupt import cancel_on_interrupt
from asyndm.errors import EngineError
from asyndm.hub import (
    DownloadCancelledError,
    DownloadProgress,
    RepoInfo,
    describe,
    download,
    size_text,
)

_DRAW_EVERY_S = 0.1
_PLAIN_SHARES = 10  # without a terminal a line is written about this many times


def run_download(arguments: argparse.Namespace) -> int:
    """Download what ``arguments.source`` names, or go on with it.

    Returns:
        The exit code: 0; 1 if the network failed or a file arrived damaged; 130 after Ctrl+C.

    Raises:
        ModelError: there is no such repository, or it cannot be had like that.
    """
    line = ProgressLine()
    try:
        with cancel_on_interrupt() as cancel:
            options: dict[str, Any] = {
                "revision": arguments.revision,
                "variant": arguments.variant,
                "token": arguments.token,
                "cancel": cancel,
            }
            line.begin(describe(arguments.source, **options))
            target = download(arguments.source, progress=line.report, **options)
    except (DownloadCancelledError, EngineError) as error:
        line.clear()
        sys.stderr.write(f"{error}\n")
        return 1 if isinstance(error, EngineError) else 130
    finally:
        line.clear()
    sys.stdout.write(f"{target}\n")
    return 0


class ProgressLine:
    """A line on a terminal that is drawn again and again; a few plain lines elsewhere."""

    def __init__(self, err: TextIO | None = None) -> None:
        self._err = err or sys.stderr
        self._is_terminal = self._err.isatty()
        self._length = 0
        self._drawn = float("-inf")
        self._told = 0
        self._first: tuple[float, int] | None = None

    def begin(self, info: RepoInfo) -> None:
        """Say what will come."""
        self._told = int(info.present_bytes * _PLAIN_SHARES // max(1, info.total_bytes))
        there = f", {size_text(info.present_bytes)} of it are there" if info.present_bytes else ""
        self._err.write(
            f"Downloading {info.repository}{f':{info.file}' if info.file else ''}: "
            f"{len(info.files)} files, {size_text(info.total_bytes)}{there}; "
            f"licence {info.licence}; to {info.target}.\n"
        )
        self._err.flush()

    def report(self, at: DownloadProgress) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if self._first is None:
            self._first = now, at.done
        share = at.done / max(1, at.total)
        text = f"{size_text(at.done)} of {size_text(at.total)} ({share:.0%})"
        if not self._is_terminal:
            if int(share * _PLAIN_SHARES) > self._told:
                self._told = int(share * _PLAIN_SHARES)
                self._err.write(f"{text}\n")
                self._err.flush()
        elif now - self._drawn >= _DRAW_EVERY_S or at.done == at.total:
            self._drawn = now
            self._draw(f"{text}, {self._speed(now, at)}{at.file}")

    def clear(self) -> None:
        """Take the line away."""
        if self._length:
            self._err.write("\r" + " " * self._length + "\r")
            self._length = 0
        self._err.flush()

    def _draw(self, line: str) -> None:
        self._err.write("\r" + line.ljust(self._length))
        self._err.flush()
        self._length = len(line)

    def _speed(self, now: float, at: DownloadProgress) -> str:
        """Bytes a second since the start, and the time that is left at this speed."""
        if self._first is None or now - self._first[0] < 1 or at.done <= self._first[1]:
            return ""
        speed = (at.done - self._first[1]) / (now - self._first[0])
        minutes, seconds = divmod(round((at.total - at.done) / speed), 60)
        return f"{size_text(speed)}/s, {minutes}:{seconds:02d} left, "
