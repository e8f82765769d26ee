"""The Tab key visits the controls in the order in which they are laid out."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QTabWidget, QWidget


def follow_layout(root: QWidget) -> None:
    """Set the tab order of all controls in `root`, from its layouts."""
    for first, second in pairwise(controls(root)):
        QWidget.setTabOrder(first, second)


def controls(root: QWidget) -> Iterator[QWidget]:
    """The controls below `root` that take the focus by Tab, in the order of the layouts."""
    parts = _parts(root)
    if parts is not None:
        for part in parts:
            yield from controls(part)
        return
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield root
    layout = root.layout()
    if layout is not None:
        yield from _in_layout(layout)


def _parts(root: QWidget) -> list[QWidget] | None:
    """What a container without a layout shows, in its order; None if `root` is none."""
    if isinstance(root, QScrollArea):
        content = root.widget()
        return [] if content is None else [content]
    if isinstance(root, QSplitter):
        return _widgets(root)
    if isinstance(root, QTabWidget):
        return [root.tabBar(), *_widgets(root)]
    return None


def _widgets(root: QSplitter | QTabWidget) -> list[QWidget]:
    found = (root.widget(k) for k in range(root.count()))
    return [widget for widget in found if widget is not None]


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for k in range(layout.count()):
        item = layout.itemAt(k)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield from controls(widget)
        elif inner is not None:
            yield from _in_layout(inner)
