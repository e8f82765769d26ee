"""The table of actions: what each is called, what it does, its keys and its menu.

Menus, tooltips and the list of keys are built from this table; the application connects the
resulting ``QAction`` objects (``app.menus``) by their identifiers. Each menu has a module.
"""

from app.actions import edit, file, image, layer, region, run, select, tools, view
from app.actions import help as help_menu
from app.actions.row import Action
from app.translation import QT_TRANSLATE_NOOP

__all__ = ["ACTIONS", "MENUS", "Action"]

MENUS = (
    ("file", QT_TRANSLATE_NOOP("actions", "&File")),
    ("edit", QT_TRANSLATE_NOOP("actions", "&Edit")),
    ("image", QT_TRANSLATE_NOOP("actions", "&Image")),
    ("layer", QT_TRANSLATE_NOOP("actions", "&Layer")),
    ("select", QT_TRANSLATE_NOOP("actions", "&Select")),
    ("region", QT_TRANSLATE_NOOP("actions", "Re&gion")),
    ("tools", QT_TRANSLATE_NOOP("actions", "&Tools")),
    ("view", QT_TRANSLATE_NOOP("actions", "&View")),
    ("run", QT_TRANSLATE_NOOP("actions", "&Run")),
    ("help", QT_TRANSLATE_NOOP("actions", "&Help")),
)
"""In the order of the menu bar; a menu without rows is not shown."""

ACTIONS: tuple[Action, ...] = (
    *file.ROWS,
    *edit.ROWS,
    *image.ROWS,
    *layer.ROWS,
    *select.ROWS,
    *region.ROWS,
    *image.TOOLS,
    *tools.ROWS,
    *view.ROWS,
    *run.ROWS,
    *help_menu.ROWS,
)
