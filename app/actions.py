"""The table of actions: what each is called, what it does, its keys and its menu.

Menus, tooltips and the list of keys are built from this table; the application connects the
resulting ``QAction`` objects (``app.menus``) by their identifiers.
"""

from dataclasses import dataclass

from app.translation import QT_TRANSLATE_NOOP

MENUS = (
    ("file", QT_TRANSLATE_NOOP("actions", "&File")),
    ("edit", QT_TRANSLATE_NOOP("actions", "&Edit")),
    ("mask", QT_TRANSLATE_NOOP("actions", "&Mask")),
    ("view", QT_TRANSLATE_NOOP("actions", "&View")),
    ("run", QT_TRANSLATE_NOOP("actions", "&Run")),
    ("help", QT_TRANSLATE_NOOP("actions", "&Help")),
)


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


def _row(
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
    return Action(name, menu, text, sentence, keys, icon, checkable, separated, on_canvas)


ACTIONS: tuple[Action, ...] = (
    _row(
        "open",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Open…"),
        QT_TRANSLATE_NOOP("actions", "Open a picture from disk."),
        "Ctrl+O",
        icon="open",
    ),
    _row(
        "paste",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Paste as a picture"),
        QT_TRANSLATE_NOOP("actions", "Open the picture that is on the clipboard."),
        "Ctrl+V",
    ),
    _row(
        "save",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Save"),
        QT_TRANSLATE_NOOP("actions", "Save the picture, with the settings that made it."),
        "Ctrl+S",
        icon="save",
    ),
    _row(
        "save_as",
        "file",
        QT_TRANSLATE_NOOP("actions", "Save &as…"),
        QT_TRANSLATE_NOOP("actions", "Save the picture under another name or format."),
        "Ctrl+Shift+S",
    ),
    _row(
        "revert",
        "file",
        QT_TRANSLATE_NOOP("actions", "Re&vert"),
        QT_TRANSLATE_NOOP("actions", "Go back to the picture as it is on disk."),
    ),
    _row(
        "quit",
        "file",
        QT_TRANSLATE_NOOP("actions", "&Quit"),
        QT_TRANSLATE_NOOP("actions", "Close the window."),
        "Ctrl+Q",
        separated=True,
    ),
    _row(
        "undo",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Undo"),
        QT_TRANSLATE_NOOP("actions", "Take the last change back."),
        "Ctrl+Z",
        icon="undo",
    ),
    _row(
        "redo",
        "edit",
        QT_TRANSLATE_NOOP("actions", "&Redo"),
        QT_TRANSLATE_NOOP("actions", "Make the change again."),
        "Ctrl+Shift+Z",
        "Ctrl+Y",
        icon="redo",
    ),
    _row(
        "brush",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Brush"),
        QT_TRANSLATE_NOOP("actions", "Paint the region that is to be redone."),
        "B",
        icon="brush",
        checkable=True,
    ),
    _row(
        "eraser",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Eraser"),
        QT_TRANSLATE_NOOP("actions", "Take paint off the region."),
        "E",
        icon="eraser",
        checkable=True,
    ),
    _row(
        "smaller",
        "mask",
        QT_TRANSLATE_NOOP("actions", "S&maller brush"),
        QT_TRANSLATE_NOOP("actions", "Make the brush smaller."),
        "[",
        separated=True,
    ),
    _row(
        "larger",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Larger brush"),
        QT_TRANSLATE_NOOP("actions", "Make the brush larger."),
        "]",
    ),
    _row(
        "softer",
        "mask",
        QT_TRANSLATE_NOOP("actions", "S&ofter brush"),
        QT_TRANSLATE_NOOP("actions", "Make the edge of the brush softer."),
        "{",
    ),
    _row(
        "harder",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Harder brush"),
        QT_TRANSLATE_NOOP("actions", "Make the edge of the brush harder."),
        "}",
    ),
    _row(
        "clear_mask",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Clear mask"),
        QT_TRANSLATE_NOOP("actions", "Take all paint off."),
        "Ctrl+D",
        icon="clear",
        separated=True,
    ),
    _row(
        "invert_mask",
        "mask",
        QT_TRANSLATE_NOOP("actions", "&Invert mask"),
        QT_TRANSLATE_NOOP("actions", "Paint what is not painted, and the other way round."),
        "Ctrl+Shift+I",
        icon="invert",
    ),
    _row(
        "fit",
        "view",
        QT_TRANSLATE_NOOP("actions", "&Fit to window"),
        QT_TRANSLATE_NOOP("actions", "Show the whole picture."),
        "Ctrl+0",
    ),
    _row(
        "actual_size",
        "view",
        QT_TRANSLATE_NOOP("actions", "&Actual size"),
        QT_TRANSLATE_NOOP("actions", "Show one pixel of the picture per pixel of the screen."),
        "Ctrl+1",
    ),
    _row(
        "zoom_in",
        "view",
        QT_TRANSLATE_NOOP("actions", "Zoom &in"),
        QT_TRANSLATE_NOOP("actions", "Show the picture larger."),
        "Ctrl++",
        "Ctrl+=",
    ),
    _row(
        "zoom_out",
        "view",
        QT_TRANSLATE_NOOP("actions", "Zoom &out"),
        QT_TRANSLATE_NOOP("actions", "Show the picture smaller."),
        "Ctrl+-",
    ),
    _row(
        "show_mask",
        "view",
        QT_TRANSLATE_NOOP("actions", "Show &mask"),
        QT_TRANSLATE_NOOP("actions", "Show the painted region over the picture."),
        "Ctrl+M",
        icon="mask",
        checkable=True,
        separated=True,
    ),
    _row(
        "show_levels",
        "view",
        QT_TRANSLATE_NOOP("actions", "Show &timestep map"),
        QT_TRANSLATE_NOOP("actions", "During a run, show how much noise each pixel still has."),
        "Ctrl+T",
        icon="timestep-map",
        checkable=True,
    ),
    _row(
        "hide_panels",
        "view",
        QT_TRANSLATE_NOOP("actions", "Hide &panels"),
        QT_TRANSLATE_NOOP("actions", "Leave the whole window to the picture."),
        "Tab",
        checkable=True,
        separated=True,
        on_canvas=True,
    ),
    _row(
        "run",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Run"),
        QT_TRANSLATE_NOOP("actions", "Start the run with the settings at the right."),
        "Ctrl+Return",
        "Ctrl+Enter",
        icon="run",
    ),
    _row(
        "cancel",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Cancel run"),
        QT_TRANSLATE_NOOP("actions", "Stop the run; the picture stays as it was."),
        "Esc",
        icon="cancel",
    ),
    _row(
        "accept",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Accept result"),
        QT_TRANSLATE_NOOP("actions", "Keep the result; it can be undone."),
        "Return",
        "Enter",
        icon="accept",
        separated=True,
    ),
    _row(
        "discard",
        "run",
        QT_TRANSLATE_NOOP("actions", "&Discard result"),
        QT_TRANSLATE_NOOP("actions", "Put the result away; the picture stays as it was."),
        "Delete",
        icon="discard",
    ),
    _row(
        "shortcuts",
        "help",
        QT_TRANSLATE_NOOP("actions", "&Keyboard shortcuts"),
        QT_TRANSLATE_NOOP("actions", "List all keys."),
        "F1",
    ),
    _row(
        "about",
        "help",
        QT_TRANSLATE_NOOP("actions", "&About AsynDM Studio"),
        QT_TRANSLATE_NOOP("actions", "Say what this program is and which version."),
    ),
)
