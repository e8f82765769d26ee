"""Delete an installed model: a folder or file in the application's own folder, and only there."""

import shutil
from pathlib import Path

from asyndm.errors import ModelError

_DOWNLOADED = "source.json"  # lies in the folder that was made for one downloaded file


def what_goes(path: Path) -> Path:
    """What a deletion of a model deletes: its folder or file, or the folder made for the file."""
    return path.parent if (path.parent / _DOWNLOADED).is_file() else path


def delete_installed(path: Path, home: Path) -> None:
    """Delete a model from the disk.

    It is renamed out of sight first, so that no half model is left where a deletion stops. Of a
    link only the link goes.

    Args:
        path: of the model's folder or file, inside `home`.
        home: the folder of the installed models.

    Raises:
        ModelError: it is not there, lies elsewhere, or the system refuses.
    """
    doomed = what_goes(path)
    if not doomed.parent.resolve().is_relative_to(home.resolve()):
        raise ModelError(f"{path} is not in {home}; delete it there yourself.")
    hidden = doomed.with_name(f".{doomed.name}.removed")
    try:
        _remove(hidden)  # what an earlier deletion could not finish
        doomed.replace(hidden)
        _remove(hidden)
    except FileNotFoundError as error:
        raise ModelError(f"There is no model {path} any more.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be deleted: {error.strerror or error}.") from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
