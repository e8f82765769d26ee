"""The colours to paint with."""

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property

Rgb = tuple[int, int, int]

BLACK: Rgb = (0, 0, 0)
WHITE: Rgb = (255, 255, 255)
RECENT_LIMIT = 14
PICKED_LIMIT = 64


class ColourModel(QObject):
    """Observable colours, sRGB, 0 to 255.

    Attributes:
        foreground: what brushes, fills and gradients begin with.
        background: what gradients end with. recent: used last, newest first.
    """

    foreground = Property[Rgb](BLACK)
    foreground_changed = Signal(object)
    background = Property[Rgb](WHITE)
    background_changed = Signal(object)
    recent = Property[tuple[Rgb, ...]](())
    recent_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers: dict[Rgb, tuple[bytes | None, Rgb]] = {}

    def swap(self) -> None:
        """Exchange the two."""
        self.foreground, self.background = self.background, self.foreground

    def reset(self) -> None:
        """Black on white."""
        self.foreground, self.background = BLACK, WHITE

    def keep_numbers(self, colour: Rgb, profile: bytes | None, numbers: Rgb) -> None:
        """Know which numbers of a colour space a colour was picked from."""
        self._numbers.pop(colour, None)
        self._numbers[colour] = (profile, numbers)
        while len(self._numbers) > PICKED_LIMIT:
            del self._numbers[next(iter(self._numbers))]

    def numbers(self, colour: Rgb, profile: bytes | None) -> Rgb | None:
        """The numbers that a colour was picked from, if it was picked from this space."""
        of, numbers = self._numbers.get(colour, (profile, None))
        return numbers if of == profile else None

    def remember(self) -> None:
        """Put the foreground on top of the recent colours: it has been painted with."""
        others = [colour for colour in self.recent if colour != self.foreground]
        self.recent = (self.foreground, *others)[:RECENT_LIMIT]


def to_hex(colour: Rgb) -> str:
    """As "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def from_hex(text: str) -> Rgb | None:
    """From "#rrggbb", "rrggbb" or "rgb"; None if it is no colour."""
    digits = text.strip().lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if len(digits) != 6:
        return None
    try:
        number = int(digits, 16)
    except ValueError:
        return None
    return number >> 16, number >> 8 & 255, number & 255
