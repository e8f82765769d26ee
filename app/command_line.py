"""The command line: generate, repair, inpaint, edit and models, without a display. No Qt here.

Exit codes: 0 done; 1 the run or a check failed; 2 anything the person can mend; 130 cancelled.
Errors are one sentence on stderr. Everything that can be refused is refused before torch is
imported, and nothing is written before a run has finished.
"""

import argparse
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from app.command_interrupt import cancel_on_interrupt
from app.command_models import run_models
from app.command_options import SETTINGS, UsageError, build_parser
from app.command_output import Output, choose_output, slug
from app.command_progress import JsonReporter, Reporter, TextReporter
from app.jobs.engine_environment import set_engine_environment
from app.jobs.preparation import PasteOptions, PreparedRun, Source, prepare
from app.jobs.results import finish
from app.jobs.stored_record import stored_original, stored_settings
from asyndm.catalogue import Catalogue
from asyndm.errors import AsynDMError, RequestError
from asyndm.events import Cancelled, Failed, Finished
from asyndm.request import Region, Request
from editing.errors import EditingError
from editing.files.loaded import LoadedPicture
from editing.files.mask_file import load_mask
from editing.files.raster import load_picture

DONE, FAILED, MENDABLE, CANCELLED = 0, 1, 2, 130


def main(argv: Sequence[str]) -> int:
    """Run a command.

    Args:
        argv: the arguments, without the program's name.

    Returns:
        The exit code.
    """
    try:
        arguments = build_parser().parse_args(argv)
        catalogue = Catalogue()
        if arguments.command == "models":
            return run_models(arguments, catalogue)
        return _run(arguments, catalogue)
    except SystemExit as leave:  # --help
        return leave.code if isinstance(leave.code, int) else DONE
    except (AsynDMError, EditingError) as error:
        return _complain(str(error), MENDABLE)
    except KeyboardInterrupt:
        return _complain("Cancelled.", CANCELLED)
    except BrokenPipeError:
        # Whoever read the output is gone; the interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    """Prepare, run and save; every refusal comes before torch is imported."""
    reporter: Reporter = JsonReporter() if arguments.json else TextReporter()
    picture = None if arguments.command == "generate" else load_picture(arguments.image)
    for note in picture.notes if picture else ():
        reporter.note(note)
    settings = _settings(arguments, picture)
    output = choose_output(arguments.out, _stem(arguments, settings))
    run = _prepare(arguments, settings, picture, catalogue)
    _compare_hash(run, picture, catalogue, reporter)
    if arguments.seed is None and arguments.command != "repair":
        reporter.note(f"The seed is {run.request.seed}.")
    with cancel_on_interrupt() as cancel:
        return _execute(run, arguments, catalogue, cancel, reporter, output, picture)


def _execute(
    run: PreparedRun,
    arguments: argparse.Namespace,
    catalogue: Catalogue,
    cancel: threading.Event,
    reporter: Reporter,
    output: Output,
    picture: LoadedPicture | None,
) -> int:
    """Run the request on the engine and save what comes back."""
    set_engine_environment()
    from asyndm.engine import Engine

    engine = Engine(
        run.model.name, arguments.device, arguments.dtype, catalogue, offload=arguments.offload
    )
    try:
        for event in engine.run(run.request, cancel):
            if isinstance(event, Finished):
                return _save(run, event, reporter, output, picture)
            reporter.event(event)
            if isinstance(event, Cancelled):
                reporter.close()
                return _complain("Cancelled; nothing was written.", CANCELLED)
            if isinstance(event, Failed):
                reporter.close()
                return _complain(event.reason, FAILED)
    finally:
        reporter.close()
    return _complain("The engine stopped without a result.", FAILED)


def _save(
    run: PreparedRun,
    finished: Finished,
    reporter: Reporter,
    output: Output,
    picture: LoadedPicture | None,
) -> int:
    """Write all pictures of a run."""
    results = finish(run, finished)
    files = []
    for index, result in enumerate(results):
        path, notes = output.save(result, index, len(results), picture)
        files.append(str(path))
        for note in notes:
            reporter.note(note)
    reporter.saved(finished, files, [result.caption for result in results])
    return DONE


def _settings(arguments: argparse.Namespace, picture: LoadedPicture | None) -> Request:
    """Settings from the picture (repair), replaced by those given, the rest as usual."""
    given = {
        field: getattr(arguments, option)
        for option, field in SETTINGS.items()
        if getattr(arguments, option, None) is not None
    }
    base = Request()
    if arguments.command == "repair":
        base = _repair_settings(arguments, picture)
    elif "seed" not in given:
        given["seed"] = secrets.randbelow(2**32)
    size = getattr(arguments, "size", None)
    if size is not None:
        given["width"], given["height"] = size
    return base.with_(**given)


def _repair_settings(arguments: argparse.Namespace, picture: LoadedPicture | None) -> Request:
    """Settings of the run that made the picture."""
    record = picture.generation if picture else None
    if record is not None and stored_original(record) is not None:
        # How the region is decided is the repair's own; how the rest was, the record tells.
        return stored_settings(record).with_(
            method="asyndm", mask_source=None, count=1, word_concavity=(), order=()
        )
    if None in (arguments.prompt, arguments.seed, arguments.model):
        what = "carries no settings" if record is None else "was not made from a prompt alone"
        raise UsageError(
            f"The picture {arguments.image} {what}, so --prompt, --seed and --model are required "
            "to repair it (inpaint works on any picture)."
        )
    return Request()


def _prepare(
    arguments: argparse.Namespace,
    settings: Request,
    picture: LoadedPicture | None,
    catalogue: Catalogue,
) -> PreparedRun:
    """The engine's request, from files and settings."""
    if picture is None:
        return prepare("generate", settings, catalogue)
    options = PasteOptions(
        fill=getattr(arguments, "fill", "original"),
        strict_border=arguments.strict_border,
        match_colour=not arguments.no_colour_match,
        correct_shift=not getattr(arguments, "no_shift_correction", False),
    )
    regions = _regions(arguments.mask, picture, settings.concavity)
    source = Source(picture.pixels, picture.icc, picture.generation)
    return prepare(arguments.command, settings, catalogue, source, regions, options)


def _regions(mask_file: str | None, picture: LoadedPicture, concavity: float) -> list[Region]:
    """The region that a mask file tells of; none without a file, which only an edit may lack."""
    if mask_file is None:
        return []
    height, width = picture.pixels.shape[:2]
    mask = load_mask(mask_file, (width, height))
    if not mask.any():
        raise RequestError(
            f"The mask {mask_file} is black everywhere; paint white what is to be redone."
        )
    return [Region(mask=mask, concavity=concavity)]


def _compare_hash(
    run: PreparedRun, picture: LoadedPicture | None, catalogue: Catalogue, reporter: Reporter
) -> None:
    """Say so if a picture to be repaired was made with other weights than there are now."""
    record = picture.generation if picture else None
    if run.request.recorded is None or record is None:
        return
    made_with = record.get("model_hash")
    if made_with and made_with != catalogue.model_hash(run.model):
        reporter.note(
            f"The picture was made with other weights of {record.get('model')} ({made_with}), so "
            "the region may not fit the rest as well as it could."
        )


def _stem(arguments: argparse.Namespace, settings: Request) -> str:
    """Name of results that are put into a folder; the seed and .png follow."""
    if arguments.command == "generate":
        return slug(settings.prompt)
    return f"{Path(arguments.image).stem}-{arguments.command}"


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
