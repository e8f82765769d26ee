"""Take a model off the list: forget what was added, delete what is installed. No Qt, no torch."""

from app.models.model_library import Entry
from asyndm.adding import remove_source
from asyndm.catalogue import Catalogue
from asyndm.errors import ModelError
from asyndm.removal import delete_installed


def take_away(catalogue: Catalogue, entry: Entry) -> None:
    """Delete an installed model; forget what was added that an entry is in.

    Args:
        catalogue: keeps the list of what was added; its last folder is that of installed models.
        entry: as ``read_entries`` tells it.

    Raises:
        ModelError: it comes with the application, is gone, or the system refuses.
    """
    if entry.origin == "installed":
        delete_installed(entry.path, catalogue.folders[-1])
    elif entry.source is None:
        raise ModelError(f"{entry.title} comes with the application and stays.")
    else:
        remove_source(catalogue, str(entry.source))
    if catalogue.sources is None:
        return
    # What was said about single files in it is forgotten too.
    gone = entry.source or entry.path
    for source in catalogue.sources.all():
        if source.path.is_relative_to(gone):
            catalogue.sources.remove(source.path)
