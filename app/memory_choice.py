"""The button beside the message that memory was lacking: the next smaller setting."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication

from app.jobs.preparation import PreparedRun
from app.models.run_model import Choice, Message
from asyndm.events import Failed


def failure_message(failed: Failed, retry_smaller: Callable[[Mapping[str, Any]], None]) -> Message:
    """What is said about a run that failed; the engine's suggestion, if any, is a button.

    Args:
        failed: the end of the run.
        retry_smaller: what a click on that button does with the suggestion.
    """
    suggestion = failed.suggestion
    choices: tuple[Choice, ...] = ()
    if suggestion:
        text, help_text = _texts(suggestion)
        choices = (Choice(text, help_text, partial(retry_smaller, suggestion)),)
    return Message(failed.reason, details=failed.details, retry=failed.retryable, choices=choices)


def _texts(suggestion: Mapping[str, Any]) -> tuple[str, str]:
    """On the button, and its tooltip."""
    tr = QCoreApplication.translate
    if "width" in suggestion:
        text = tr("MemoryChoice", "Try again at {0} x {1}")
        text = text.format(suggestion["width"], suggestion["height"])
        help_text = tr("MemoryChoice", "Make a smaller picture with the same settings.")
    elif "vae" in suggestion:
        text = tr("MemoryChoice", "Try again, decoding in tiles")
        help_text = tr(
            "MemoryChoice",
            "Decode the picture tile by tile; its colours may shift a little.",
        )
    else:
        text = tr("MemoryChoice", "Try again with parts moved to the GPU in turn")
        help_text = tr("MemoryChoice", "Slower; the picture is the same.")
    return text, help_text


def smaller_run(
    prepared: PreparedRun, suggestion: Mapping[str, Any]
) -> tuple[PreparedRun, Mapping[str, Any]]:
    """The same run at the suggested size, and the settings of memory that go with it."""
    if "width" not in suggestion:
        return prepared, suggestion
    request = prepared.request.with_(width=suggestion["width"], height=suggestion["height"])
    return replace(prepared, request=request), {}
