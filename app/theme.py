"""The dark theme: colours, palette, style sheet, spacing, and icons in the colour of the text.

Fusion with an own palette looks the same everywhere; asking the platform for its dark scheme has
no effect on some of them. All spacing is a multiple of ``GRID``. Text colours are chosen for a
contrast of at least 4.5 to 1 on the surfaces they stand on (WCAG 2.1, AA); a test holds that.
"""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

GRID = 8
"""Spacing unit in pixels."""

WINDOW = "#202226"
PANEL = "#282b30"
FIELD = "#1a1c1f"
BUTTON = "#363a41"
BUTTON_HOVER = "#41464e"
BORDER = "#454a52"
TEXT = "#e8eaed"
DIM = "#a9afb8"
DISABLED = "#757b85"
ACCENT = "#2b74c6"
ACCENT_HOVER = "#3580d4"
ON_ACCENT = "#ffffff"
STANDARD_CURVE = "#a9b2bd"
CONCAVE_CURVE = "#ff6b86"
WORD_CURVES = (CONCAVE_CURVE, "#20b2e6", "#faad14", "#52c45a", "#b08cff", "#f5823c")
"""Of words with a time of their own, in turn: on their chips and in the plot."""
CANVAS = "#303034"
ERROR_SURFACE = "#4a2a2e"
NOTICE_SURFACE = "#2c3a4d"

TEXT_PAIRS = (
    (TEXT, WINDOW),
    (TEXT, PANEL),
    (TEXT, FIELD),
    (TEXT, BUTTON),
    (TEXT, BUTTON_HOVER),
    (DIM, WINDOW),
    (DIM, PANEL),
    (DIM, FIELD),
    (ON_ACCENT, ACCENT),
    (TEXT, ERROR_SURFACE),
    (TEXT, NOTICE_SURFACE),
    (CONCAVE_CURVE, FIELD),
    (CONCAVE_CURVE, PANEL),
    (STANDARD_CURVE, FIELD),
)
"""Every colour of text with every surface it is put on."""

ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"

_ARROW = (ICONS / "arrow-down.svg").as_posix()
_CHECK = (ICONS / "check.svg").as_posix()

_SHEET = f"""
QToolTip {{ color: {TEXT}; background: {BUTTON}; border: 1px solid {BORDER}; padding: 4px; }}
QMainWindow, QWidget#centre {{ background: {WINDOW}; }}
QWidget#panel, QWidget#toolStrip, QWidget#toolOptions {{ background: {PANEL}; }}
QWidget#toolOptions {{ border-bottom: 1px solid {BORDER}; }}
QFrame#colourPicker {{ background: {PANEL}; border: 1px solid {BORDER}; }}
QFrame#popover {{ background: {PANEL}; border: 1px solid {BORDER}; }}
QLabel#complaint {{ color: {CONCAVE_CURVE}; }}
QLabel[dim="true"] {{ color: {DIM}; }}
QLabel[heading="true"] {{ font-weight: 600; }}
QLabel[title="true"] {{ font-size: 20pt; font-weight: 600; }}
QPushButton {{ background: {BUTTON}; border: 1px solid {BORDER}; border-radius: 4px;
    padding: 5px 12px; min-height: 18px; }}
QPushButton:hover {{ background: {BUTTON_HOVER}; }}
QPushButton:pressed {{ background: {FIELD}; }}
QPushButton:disabled {{ color: {DISABLED}; background: {PANEL}; }}
QPushButton:focus {{ border-color: {ACCENT_HOVER}; }}
QPushButton[primary="true"] {{ background: {ACCENT}; border-color: {ACCENT}; color: {ON_ACCENT};
    font-weight: 600; }}
QPushButton[primary="true"]:focus {{ border-color: {ON_ACCENT}; }}
QPushButton[primary="true"]:disabled {{ background: {PANEL}; border-color: {BORDER};
    color: {DISABLED}; }}
QPushButton[chip="true"] {{ border-radius: 11px; padding: 1px 10px; min-height: 18px;
    color: {DIM}; background: transparent; }}
QPushButton[chip="true"]:hover {{ border-color: {CONCAVE_CURVE}; }}
QPushButton[chip="true"]:checked {{ color: {TEXT}; background: #5b3540;
    border-color: {CONCAVE_CURVE}; }}
QPushButton[section="true"] {{ text-align: left; border-color: transparent; padding: 4px 0px;
    background: transparent; font-weight: 600; }}
QPushButton[link="true"] {{ text-align: left; border-color: transparent; padding: 4px 8px;
    background: transparent; }}
QPushButton[link="true"]:disabled {{ color: {DISABLED}; }}
QPushButton[link="true"]:hover {{ background: {BUTTON}; }}
QPushButton[link="true"]:focus {{ border-color: {ACCENT_HOVER}; }}
QPushButton[section="true"]:hover {{ color: {ON_ACCENT}; }}
QPushButton[section="true"]:focus {{ border-color: {ACCENT_HOVER}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 5px; }}
QToolButton:hover {{ background: {BUTTON_HOVER}; }}
QToolButton:checked {{ background: {BUTTON}; border-color: {ACCENT_HOVER}; }}
QToolButton[small="true"] {{ padding: 0px; }}
QToolButton[menuButton="true"]::menu-indicator {{ image: none; }}
QToolButton:focus {{ border-color: {ACCENT_HOVER}; }}
QPlainTextEdit, QLineEdit, QSpinBox, QDoubleSpinBox {{ background: {FIELD};
    border: 1px solid {BORDER}; border-radius: 4px; padding: 3px 6px; }}
QComboBox {{ background: {BUTTON}; border: 1px solid {BORDER}; border-radius: 4px;
    padding: 4px 8px; }}
QComboBox:hover {{ background: {BUTTON_HOVER}; }}
QComboBox:focus {{ border-color: {ACCENT_HOVER}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url({_ARROW}); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {BORDER}; }}
QPlainTextEdit:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
    border-color: {ACCENT_HOVER}; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ width: 0px; border: none; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {DISABLED};
    border-radius: 3px; background: {FIELD}; }}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {ACCENT_HOVER}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT};
    image: url({_CHECK}); }}
QCheckBox::indicator:checked:focus {{ border-color: {ON_ACCENT}; }}
QCheckBox::indicator:disabled {{ background: {PANEL}; border-color: {BORDER}; }}
QTabBar#modes::tab {{ background: {WINDOW}; color: {DIM}; padding: 8px 4px;
    border-bottom: 2px solid transparent; }}
QTabBar#modes::tab:selected {{ background: {PANEL}; color: {TEXT};
    border-bottom: 2px solid {ACCENT_HOVER}; }}
QTabBar#modes::tab:hover {{ color: {TEXT}; }}
QTabBar#modes::tab:focus {{ color: {TEXT}; border-bottom: 2px solid {ON_ACCENT}; }}
QTabWidget#documentTabs::pane {{ border: none; background: {PANEL}; }}
QTabWidget#documentTabs > QTabBar {{ background: {WINDOW}; }}
QTabWidget#documentTabs > QTabBar::tab {{ background: {WINDOW}; color: {DIM}; padding: 6px 14px;
    border-bottom: 2px solid transparent; }}
QTabWidget#documentTabs > QTabBar::tab:selected {{ background: {PANEL}; color: {TEXT};
    border-bottom: 2px solid {ACCENT_HOVER}; }}
QTabWidget#documentTabs > QTabBar::tab:hover {{ color: {TEXT}; }}
QTabWidget#documentTabs > QTabBar::tab:focus {{ color: {TEXT};
    border-bottom: 2px solid {ON_ACCENT}; }}
QSplitter::handle {{ background: {BORDER}; }}
QSplitter::handle:hover {{ background: {ACCENT_HOVER}; }}
QSplitter::handle:vertical {{ height: 5px; }}
QFrame#messageBar[kind="error"] {{ background: {ERROR_SURFACE}; }}
QFrame#messageBar[kind="notice"] {{ background: {NOTICE_SURFACE}; }}
QFrame#resultBar {{ background: {PANEL}; border-top: 1px solid {BORDER}; }}
QProgressBar#thin {{ background: {FIELD}; border: none; max-height: 4px; min-height: 4px; }}
QProgressBar#thin::chunk {{ background: {ACCENT_HOVER}; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0px; }}
QScrollBar::handle:vertical {{ background: {BORDER}; border-radius: 4px; min-height: 32px; }}
QScrollBar::handle:vertical:hover {{ background: {DISABLED}; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0px; }}
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical {{ background: transparent; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QStatusBar {{ background: {WINDOW}; color: {DIM}; }}
QStatusBar::item {{ border: none; }}
QMenu {{ background: {PANEL}; border: 1px solid {BORDER}; }}
QMenu::item {{ padding: 5px 24px; }}
QMenu::item:selected {{ background: {ACCENT}; color: {ON_ACCENT}; }}
QMenu::icon {{ padding-left: 8px; }}
QHeaderView::section {{ background: {PANEL}; color: {DIM}; padding: 4px 6px; border: none;
    border-bottom: 1px solid {BORDER}; }}
QMenu::item:disabled {{ color: {DISABLED}; }}
QMenu::separator {{ height: 1px; background: {BORDER}; margin: 4px 8px; }}
"""


def apply(application: QApplication) -> None:
    """Dress the application: style, palette, style sheet."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(palette())
    application.setStyleSheet(_SHEET)
    application.setWindowIcon(QIcon(str(ICONS / "app.svg")))


def palette() -> QPalette:
    """The palette of the dark theme."""
    role = QPalette.ColorRole
    colours = {
        role.Window: WINDOW,
        role.WindowText: TEXT,
        role.Base: FIELD,
        role.AlternateBase: PANEL,
        role.Text: TEXT,
        role.PlaceholderText: DIM,
        role.Button: BUTTON,
        role.ButtonText: TEXT,
        role.BrightText: ON_ACCENT,
        role.ToolTipBase: BUTTON,
        role.ToolTipText: TEXT,
        role.Highlight: ACCENT,
        role.HighlightedText: ON_ACCENT,
        role.Accent: ACCENT,
        role.Link: ACCENT_HOVER,
        role.Light: BUTTON_HOVER,
        role.Midlight: BUTTON,
        role.Mid: BORDER,
        role.Dark: FIELD,
        role.Shadow: "#000000",
    }
    result = QPalette()
    for key, colour in colours.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(DISABLED))
    return result


@lru_cache(maxsize=64)
def icon(name: str, colour: str = TEXT) -> QIcon:
    """The icon `name` of resources/icons, drawn in `colour` and dimmed when disabled."""
    result = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, DISABLED)):
        for side in (20, 40):
            result.addPixmap(_pixmap(name, shade, side), mode)
    return result


ICON_SIZE = QSize(20, 20)


def _pixmap(name: str, colour: str, side: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def contrast(foreground: str, background: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    lighter, darker = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    c = QColor(colour)
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF())
