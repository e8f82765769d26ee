"""A small window to choose a colour: field, hexadecimal number, recent colours."""

from typing import cast

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.models.colour_model import RECENT_LIMIT, ColourModel, Rgb, from_hex, to_hex
from app.widgets.colour_field import ColourField
from app.widgets.colour_swatch import ColourButton

_PER_ROW = 7
_CHIP = 24


class ColourPicker(QFrame):
    """Chooses one colour of a model, at once, while it is open.

    Args:
        colours: the model. name: "foreground" or "background".
    """

    def __init__(self, colours: ColourModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("colourPicker")
        self._colours, self._name = colours, name
        self.field = ColourField(self)
        self.number = QLineEdit(self)
        self.number.setAccessibleName(self.tr("Hexadecimal number"))
        self.number.setToolTip(self.tr("Red, green and blue as hexadecimal numbers."))
        self.number.setMaxLength(7)
        self.more = QPushButton(self.tr("More…"), self)
        self.more.setToolTip(self.tr("Choose the colour in a larger window."))
        self.more.setAccessibleName(self.tr("More ways to choose a colour"))
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.number, 1)
        row.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.GRID + 4,)))
        layout.setSpacing(theme.GRID)
        layout.addWidget(self.field)
        layout.addLayout(row)
        layout.addLayout(self._chips())
        self.field.picked.connect(self._choose)
        self.number.editingFinished.connect(self._choose_number)
        self.more.clicked.connect(self._ask)
        self._show()

    def show_at(self, place: QPoint) -> None:
        """Open near a place on the screen, within it."""
        self.adjustSize()
        area = self.screen().availableGeometry()
        x = min(max(area.left(), place.x()), area.right() - self.width())
        y = min(max(area.top(), place.y()), area.bottom() - self.height())
        self.move(x, y)
        self.show()
        self.field.setFocus()

    def _chips(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, colour in enumerate(self._colours.recent[:RECENT_LIMIT]):
            chip = ColourButton(
                self.tr("Recent colour"), self.tr("Use this colour again:"), _CHIP, self
            )
            chip.set_colour(colour)
            chip.clicked.connect(lambda _=False, colour=colour: self._choose(colour))
            grid.addWidget(chip, place // _PER_ROW, place % _PER_ROW)
        grid.setColumnStretch(_PER_ROW, 1)
        return grid

    def _choose(self, colour: Rgb) -> None:
        setattr(self._colours, self._name, colour)
        self._show()

    def _choose_number(self) -> None:
        colour = from_hex(self.number.text())
        if colour is not None:
            self._choose(colour)
        self._show()

    def _show(self) -> None:
        colour = cast("Rgb", getattr(self._colours, self._name))
        self.field.set_colour(colour)
        with QSignalBlocker(self.number):
            self.number.setText(to_hex(colour))

    def _ask(self) -> None:
        """Open Qt's own dialog in place of this one."""
        colours, name = self._colours, self._name
        dialog = QColorDialog(QColor(*getattr(colours, name)), self.parentWidget())
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(
            lambda chosen: setattr(colours, name, (chosen.red(), chosen.green(), chosen.blue()))
        )
        self.close()
        dialog.open()
