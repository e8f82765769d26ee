"""The start page gives every label the room its text needs."""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import theme
from app.recent_pictures import RecentPictures
from app.start_page import StartPage
from editing.document import Document
from editing.files.document_file import save_document
from editing.snapshot import take_snapshot


def test_no_label_is_cut_off(qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    sheet = application.styleSheet()
    theme.apply(application)
    try:
        page = StartPage()
        qtbot.addWidget(page)
        page.resize(850, 760)
        page.show()
        qtbot.waitExposed(page)
        labels = [label for label in page.findChildren(QLabel) if label.isVisible()]
        assert len(labels) == 3
        for label in labels:
            assert label.height() >= label.heightForWidth(label.width())
            assert label.height() >= label.fontMetrics().height()
    finally:
        application.setStyleSheet(sheet)


def test_recent_files_have_small_pictures_and_missing_ones_are_grey(
    qtbot: QtBot, tmp_path: Path
) -> None:
    flat, layered, gone = (str(tmp_path / name) for name in ("a.png", "b.ora", "c.png"))
    Image.new("RGB", (300, 100), (200, 30, 40)).save(flat)
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[...] = (10, 200, 30, 255)
    with take_snapshot(Document(pixels)) as snapshot:
        save_document(snapshot, layered)
    page = StartPage()
    qtbot.addWidget(page)
    page.set_recent([flat, layered, gone])
    recent = RecentPictures(page)
    recent.look([flat, layered, gone])
    buttons = page.recent_buttons()
    qtbot.waitUntil(lambda: not buttons[2].isEnabled())
    middles = [button.icon().pixmap(40, 32).toImage().pixelColor(16, 16) for button in buttons]
    colours = [(colour.red(), colour.green(), colour.blue()) for colour in middles[:2]]
    assert colours == [(200, 30, 40), (10, 200, 30)]
    assert buttons[0].isEnabled()
    assert "not there" in buttons[2].toolTip()
    recent.close()
