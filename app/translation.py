"""Texts in tables: marked where they stand, translated where they are shown.

PySide6's own ``QT_TRANSLATE_NOOP`` is typed to return ``object``; this one has the same name, so
that lupdate finds the marked texts, and returns the text it was given.
"""


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001
    """Mark `text` for translation in `context` and return it as it is."""
    return text
