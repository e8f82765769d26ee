"""The tools there are, and which one the canvas uses."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup

from app.tools.tool import Tool


class ToolBox(QObject):
    """Tools by the identifier of the action that chooses them.

    Signals:
        tool_changed: identifier of the action whose tool is in use now.
        refused: a sentence on why a tool cannot do what was asked for.

    Args:
        actions: all of the application's; those of tools are checkable.
        use: told the tool to use (``CanvasView.set_tool``).
    """

    tool_changed = Signal(str)
    refused = Signal(str)

    def __init__(
        self,
        actions: Mapping[str, QAction],
        use: Callable[[Tool], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions, self._use = actions, use
        self._group = QActionGroup(self)
        self._tools: dict[str, Tool] = {}
        self._current = ""

    @property
    def current(self) -> str:
        """Identifier of the action whose tool is in use, or ""."""
        return self._current

    @property
    def tool(self) -> Tool | None:
        """The tool in use."""
        return self._tools.get(self._current)

    def add(self, name: str, tool: Tool) -> None:
        """Let an action choose a tool; the first one added is in use at once."""
        if tool not in self._tools.values():
            tool.refused.connect(self.refused)
        self._tools[name] = tool
        action = self._actions[name]
        self._group.addAction(action)
        action.triggered.connect(lambda: self.choose(name))
        if len(self._tools) == 1:
            self.choose(name)

    def choose(self, name: str) -> None:
        """Use the tool of an action."""
        self._current = name
        self._actions[name].setChecked(True)
        self._use(self._tools[name])
        self.tool_changed.emit(name)
