"""What a row of the table of actions holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One row.

    Attributes:
        id: the name the application connects by.
        menu: of ``MENUS``. text: of the menu entry. help: one sentence, the tooltip.
        keys: shortcuts, the first one is shown.
        icon: of resources/icons, or "". checkable: whether it is an on-off switch.
        separated: whether a line goes before it in the menu.
        on_canvas: whether its keys work only while the canvas has the focus.
    """

    id: str
    menu: str
    text: str
    help: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    separated: bool = False
    on_canvas: bool = False


def row(
    name: str,
    menu: str,
    text: str,
    sentence: str,
    *keys: str,
    icon: str = "",
    checkable: bool = False,
    separated: bool = False,
    on_canvas: bool = False,
) -> Action:
    """Make a row with its keys after the sentence."""
    return Action(name, menu, text, sentence, keys, icon, checkable, separated, on_canvas)
