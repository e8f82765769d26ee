"""How a flat copy of the picture is written: format, quality, what goes with it, its size."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.document_writing import ExportChoice
from app.export_estimate import ExportEstimate
from app.jobs.background import Background
from app.widgets.choice_box import ChoiceBox
from app.widgets.labeled_slider import LabeledSlider
from editing.document import Document
from editing.files.formats import FORMATS, SAVE_FORMATS, Format, SaveFormat
from editing.files.raster import SaveOptions
from editing.files.size_preview import SizePreview
from editing.geometry import Rect

_PREVIEW = (400, 300)
_FIRST_QUALITY = 90
_CHOICES_WIDTH = 280


class ExportDialog(QDialog):
    """Settings at the right, a part of the picture as it will look at the left.

    Args:
        document: what is exported; it is not changed.
        suffix: of the file at first, such as ".png".
        background: works out size and preview.
    """

    def __init__(
        self, document: Document, suffix: str, background: Background, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self._formats = {
            kind: each for kind in SAVE_FORMATS for each in FORMATS if each.writable == kind
        }
        kinds = self._formats.items()
        first: SaveFormat = next((k for k, each in kinds if suffix in each.suffixes), "png")
        self.estimate = ExportEstimate(document, _middle_of(document), background, self)
        self.estimate.size_found.connect(self._show_size)
        self.estimate.preview_found.connect(self._show_preview)
        self.estimate.refused.connect(self._refuse)
        self._make_choices(document, first)
        self._make_preview()
        self.size_text = QLabel(self)
        self.size_text.setAccessibleName(self.tr("Size of the file"))
        self.size_text.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = QPushButton(self.tr("Export…"), self)
        self.export_button.setProperty("primary", True)
        self.export_button.setDefault(True)
        self.export_button.setToolTip(self.tr("Choose the place of the file and write it."))
        self.buttons.addButton(self.export_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self.estimate.close)
        self._lay_out()
        self._follow()

    @property
    def choice(self) -> ExportChoice:
        """What is chosen now."""
        options = SaveOptions(
            format=self.format.currentData(),
            quality=round(self.quality.field.value()),
            lossless=self.lossless.isChecked(),
        )
        return ExportChoice(options, self.metadata.isChecked(), self.profile.isChecked())

    @property
    def suffix(self) -> str:
        """Usual ending of a file of the chosen format."""
        return self._format.suffixes[0]

    @property
    def _format(self) -> Format:
        kind: SaveFormat = self.format.currentData()
        return self._formats[kind]

    def _make_choices(self, document: Document, first: SaveFormat) -> None:
        self.format = ChoiceBox(
            [(name, each.title, "") for name, each in self._formats.items()],
            self.tr("Kind of file."),
            self,
        )
        self.format.setAccessibleName(self.tr("Format"))
        self.format.setCurrentIndex(self.format.findData(first))
        self.quality = LabeledSlider(
            self.tr("Quality"),
            self.tr("From small and coarse to large and exact."),
            low=1,
            high=100,
            step=1,
            parent=self,
        )
        self.quality.set_value(_FIRST_QUALITY)
        self.lossless = self._switch(
            self.tr("Lossless"), self.tr("Every pixel stays exactly as it is; the file is larger.")
        )
        self.metadata = self._switch(
            self.tr("Keep metadata"),
            self.tr("Store EXIF, XMP and the settings that made the picture in the file."),
        )
        self.profile = self._switch(
            self.tr("Keep colour profile"),
            self.tr(
                "Leave the colours in the space of the picture; otherwise turn them into sRGB."
            ),
        )
        self.metadata.setChecked(True)
        self.profile.setChecked(True)
        self.profile.setEnabled(document.metadata.icc is not None)
        self.format.picked.connect(self._follow)
        self.quality.edited.connect(self._follow)
        for switch in (self.lossless, self.metadata, self.profile):
            switch.toggled.connect(self._follow)

    def _make_preview(self) -> None:
        self.preview = QLabel(self)
        self.preview.setFixedSize(*_PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setFrameShape(QFrame.Shape.StyledPanel)
        self.preview.setAccessibleName(self.tr("Middle of the picture as it will look, at 100 %"))
        self.preview.setToolTip(self.tr("The middle of the picture as it will look, at 100 %."))

    def _switch(self, text: str, help_text: str) -> QCheckBox:
        switch = QCheckBox(text, self)
        switch.setToolTip(help_text)
        switch.setAccessibleDescription(help_text)
        return switch

    def _follow(self, _: object = None) -> None:
        """Something else is chosen: show what belongs to it and work it out."""
        kind = self._format
        lossless = kind.has_lossless and self.lossless.isChecked()
        self.quality.setVisible(kind.has_quality)
        self.quality.setEnabled(not lossless)
        self.lossless.setVisible(kind.has_lossless)
        self.size_text.setText(self.tr("Size: …"))
        self.export_button.setEnabled(True)
        self.estimate.follow(self.choice)

    def _show_size(self, size: SizePreview) -> None:
        text = self.tr("Size: {0}") if size.exact else self.tr("Size: about {0}")
        self.size_text.setText(text.format(self.locale().formattedDataSize(size.size_bytes)))

    def _show_preview(self, image: QImage) -> None:
        pixmap = QPixmap.fromImage(image)
        # 100 % means one pixel of the picture per pixel of the screen.
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.preview.setPixmap(pixmap)

    def _refuse(self, sentence: str) -> None:
        self.size_text.setText(sentence)
        self.export_button.setEnabled(False)

    def _lay_out(self) -> None:
        caption = QLabel(self.tr("Middle of the picture at 100 %"), self)
        caption.setProperty("dim", True)
        left = QVBoxLayout()
        left.setSpacing(theme.GRID)
        left.addWidget(self.preview)
        left.addWidget(caption)
        form = QFormLayout()
        form.addRow(self.tr("Format"), self.format)
        right = QVBoxLayout()
        right.setSpacing(theme.GRID)
        right.addLayout(form)
        for part in (self.quality, self.lossless, self.metadata, self.profile):
            part.setMinimumWidth(_CHOICES_WIDTH)
            right.addWidget(part)
        right.addStretch(1)
        right.addWidget(self.size_text)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.GRID)
        row.addLayout(left)
        row.addLayout(right, 1)
        layout = QVBoxLayout(self)
        margin = 2 * theme.GRID
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(2 * theme.GRID)
        layout.addLayout(row)
        layout.addWidget(self.buttons)


def _middle_of(document: Document) -> Rect:
    """The part that the preview shows."""
    width, height = document.size
    part = Rect(0, 0, min(_PREVIEW[0], width), min(_PREVIEW[1], height))
    return part.translate((width - part.width) // 2, (height - part.height) // 2)
