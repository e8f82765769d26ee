"""``models add`` and ``models remove`` for folders and files on this machine."""

import sys
from pathlib import Path

from asyndm.adding import add_source, remove_source
from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError


def add_local(what: str, taken_as: str, catalogue: Catalogue) -> int:
    """Add a folder or a file, and tell what is there now.

    Raises:
        ModelError: there is nothing that can be used.
    """
    names = add_source(catalogue, Path(what), taken_as)
    if not names:
        sys.stdout.write(f"{what}: its models were known already.\n")
    for name in names:
        sys.stdout.write(f"{name}: {_remark(name, catalogue)}\n")
    return 0


def _remark(name: str, catalogue: Catalogue) -> str:
    """What became known about a model or another file."""
    scan = catalogue.scan()
    if name not in scan.models:
        found = next(found for found in scan.files if found.name == name)
        return (
            f"{found.identity.kind.replace('_', ' ')}, {found.identity.architecture or 'unknown'}"
        )
    try:
        info = catalogue.find(name)
    except ModelError as error:
        return f"not usable yet. {error}"
    return f"ready for {', '.join(info.tasks)}. {info.note}".rstrip()


def remove_local(name: str, catalogue: Catalogue) -> int:
    """Forget a folder or file; nothing is deleted.

    Raises:
        ModelError: it was not added.
    """
    path = remove_source(catalogue, name)
    sys.stdout.write(f"{path}: forgotten; nothing was deleted.\n")
    return 0
