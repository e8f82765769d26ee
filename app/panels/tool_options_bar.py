"""The slim bar above the canvas: the options of the tool in use."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from app import theme
from app.widgets.tab_order import follow_layout

HEIGHT = 44

Factory = Callable[[QWidget], QWidget]
"""Makes the options of a tool, given their parent."""


class ToolOptionsBar(QScrollArea):
    """Shows one widget per tool, made when the tool is used for the first time.

    Tools that share a factory share the widget. In a narrow window the bar scrolls sideways, so
    that the options never decide how wide the window has to be.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._factories: dict[str, Factory] = {}
        self._made: dict[Factory, QWidget] = {}
        self._current = ""
        self.setFixedHeight(HEIGHT)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._content = QWidget(self)
        self._content.setObjectName("toolOptions")
        self._content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layout = QHBoxLayout(self._content)
        self._layout.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self._layout.addStretch(1)
        self.setWidget(self._content)

    def register(self, name: str, factory: Factory) -> None:
        """Say how the options of the tool of an action are made."""
        self._factories[name] = factory
        if name == self._current:
            self.show_tool(name)

    def show_tool(self, name: str) -> None:
        """Show the options of a tool; one without options leaves the bar empty."""
        self._current = name
        wanted = self._options(name)
        for widget in self._made.values():
            widget.setVisible(widget is wanted)
        self.horizontalScrollBar().setValue(0)

    @property
    def options(self) -> QWidget | None:
        """The options shown now."""
        factory = self._factories.get(self._current)
        return None if factory is None else self._made.get(factory)

    def minimumSizeHint(self) -> QSize:
        """Qt: any width will do."""
        return QSize(0, HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt: the wheel scrolls sideways."""
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - event.angleDelta().y())
        event.accept()

    def _options(self, name: str) -> QWidget | None:
        factory = self._factories.get(name)
        if factory is None:
            return None
        if factory not in self._made:
            widget = factory(self._content)
            self._made[factory] = widget
            self._layout.insertWidget(0, widget)
            follow_layout(self.window())
        return self._made[factory]
