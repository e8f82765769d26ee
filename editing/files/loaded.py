"""What reading a file gives: one picture, or a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from editing.loaded import LoadedPicture

if TYPE_CHECKING:
    from editing.document import Document

__all__ = ["LoadedDocument", "LoadedPicture"]


@dataclass(frozen=True)
class LoadedDocument:
    """A file as a document.

    Attributes:
        document: Not modified; its ``path`` is set if it came from a file.
        format: Format of the file, as in ``editing.files.formats``.
        notes: Sentences for the person: what was reduced, converted or ignored.
    """

    document: Document
    format: str
    notes: list[str] = field(default_factory=list)
