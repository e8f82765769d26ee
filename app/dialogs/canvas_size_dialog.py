"""Asks for another canvas size: the picture stays as it is, its edges move."""

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QToolButton, QWidget

from app.dialogs.live_dialog import LiveDialog, size_text
from editing.canvas_size import anchored_frame
from editing.geometry import Rect

_ARROWS = ("↖", "↑", "↗", "←", "•", "→", "↙", "↓", "↘")
_BUTTON = 32


class AnchorGrid(QWidget):
    """Nine buttons: where the picture stays in the new canvas."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = (
            self.tr("Left top"), self.tr("Top"), self.tr("Right top"),
            self.tr("Left"), self.tr("Middle"), self.tr("Right"),
            self.tr("Left bottom"), self.tr("Bottom"), self.tr("Right bottom"),
        )  # fmt: skip
        self.group = QButtonGroup(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for place, (arrow, name) in enumerate(zip(_ARROWS, names, strict=True)):
            button = QToolButton(self)
            button.setText(arrow)
            button.setCheckable(True)
            button.setFixedSize(_BUTTON, _BUTTON)
            button.setAccessibleName(name)
            button.setToolTip(self.tr("{0}: the picture stays there.").format(name))
            self.group.addButton(button, place)
            layout.addWidget(button, place // 3, place % 3)
        layout.setColumnStretch(3, 1)
        self.group.button(4).setChecked(True)

    @property
    def anchor(self) -> tuple[float, float]:
        """0, 0.5 or 1 from left to right and from top to bottom."""
        place = self.group.checkedId()
        return place % 3 / 2, place // 3 / 2


class CanvasSizeDialog(LiveDialog):
    """Width, height, where the picture stays, and whether the border is outpainted.

    Args:
        size: of the document now.

    Attributes:
        outpaint: makes the added border the active region.
    """

    def __init__(self, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(size, parent)
        self.set_texts(self.tr("Canvas size"), self.tr("Change canvas size"))
        self.width_field = self.side_field(
            self.tr("Width"), self.tr("Width of the new canvas"), size[0]
        )
        self.height_field = self.side_field(
            self.tr("Height"), self.tr("Height of the new canvas"), size[1]
        )
        self.grid = AnchorGrid(self)
        self.outpaint = QCheckBox(self.tr("&Outpaint the added border"), self)
        self.outpaint.setToolTip(
            self.tr(
                "The border becomes the active region, in place of what the region held, and the "
                "mode changes to Inpaint."
            )
        )
        self.form.addRow(self.tr("&Width"), self.width_field)
        self.form.addRow(self.tr("&Height"), self.height_field)
        self.form.addRow(self.tr("Picture stays"), self.grid)
        self.form.addRow("", self.outpaint)
        self.width_field.valueChanged.connect(self.refresh)
        self.height_field.valueChanged.connect(self.refresh)
        self.grid.group.idClicked.connect(self.refresh)
        self.refresh()
        self.width_field.setFocus()
        self.width_field.selectAll()

    @property
    def frame(self) -> Rect:
        """The new canvas in pixels of the old one (EditingError if there is no such canvas)."""
        new = (self.width_field.value(), self.height_field.value())
        return anchored_frame(self._size, new, self.grid.anchor)

    @property
    def is_outpainted(self) -> bool:
        """Whether the border is to become the region."""
        return self.outpaint.isEnabled() and self.outpaint.isChecked()

    def check(self) -> str:
        """Which edges move by how much."""
        self.outpaint.setEnabled(False)
        frame = self.frame
        old = Rect(0, 0, *self._size)
        self.outpaint.setEnabled(not old.contains(frame))
        edges = (
            (self.tr("left"), -frame.x),
            (self.tr("right"), frame.right - old.right),
            (self.tr("top"), -frame.y),
            (self.tr("bottom"), frame.bottom - old.bottom),
        )
        moved = [f"{name} {by:+d}" for name, by in edges if by]
        if not moved:
            return self.tr("The size stays as it is.")
        return f"{size_text(frame.size)}: {', '.join(moved)}"
