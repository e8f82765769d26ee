"""What edits report, and what every edit can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from editing.geometry import Rect
    from editing.plane import Plane, TileIndex
    from editing.spill import SpillFile
    from editing.steps import Steps

ChangeKind = Literal["picture", "mask", "selection", "layers", "regions", "document"]


class Change(NamedTuple):
    """What an edit changed, for whoever shows it.

    Attributes:
        kind: "picture": pixels of a layer or of a layer's mask; "mask": pixels of a region;
            "selection": pixels of the selection; "layers" and "regions": which there are, their
            order or properties; "document": anything, the size and metadata too.
        rect: What looks different now; empty if nothing does.
        plane: The plane whose pixels changed, if it is one.
        parts: What it consists of, if it is several changes at once; the other attributes then
            cover them all.
    """

    kind: ChangeKind
    rect: Rect
    plane: Plane | None = None
    parts: tuple[Change, ...] = ()


class Touched(NamedTuple):
    """What an edit wrote to, for whoever keeps a copy of the document (a journal).

    Attributes:
        tiles: Planes with those of their tiles that differ.
        structure: Whether the document's structure is another one; it may hold new planes.
    """

    tiles: tuple[tuple[Plane, frozenset[TileIndex]], ...] = ()
    structure: bool = False


class Command(Protocol):
    """An edit that was made and can be taken back and made again, alternately.

    The members from ``is_ready`` on are for the thread that keeps the history small; they may run
    at the same time as ``undo`` and ``redo``, which do not wait for them.
    """

    @property
    def name(self) -> str:
        """Name for the history list, such as "Paint mask"."""

    @property
    def size_bytes(self) -> int:
        """Memory held at this moment, not counting planes."""

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The planes that it needs, whether they are shown at present or not."""

    @property
    def change(self) -> Change:
        """What making the edit changed."""

    @property
    def touched(self) -> Touched:
        """What making the edit, or taking it back, wrote to."""

    def undo(self) -> Change:
        """Take the edit back."""

    def redo(self) -> Change:
        """Make the edit again."""

    def steps(self, *, undo: bool) -> Steps[Change]:
        """Take the edit back, or make it again, in small steps."""

    @property
    def is_ready(self) -> bool:
        """Whether undo and redo have nothing large to unpack; planes aside."""

    def prepare(self) -> None:
        """Unpack what is stored."""

    def compress(self) -> None:
        """Shrink what is stored."""

    def spill(self, file: SpillFile) -> None:
        """Move what is stored to disk (OSError if that fails; nothing is lost by it)."""
