"""The start page gives every label the room its text needs."""

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import theme
from app.start_page import StartPage


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
