"""Refuse to start on a PySide6 that loses references to None.

PySide6 6.12.0 drops one reference to ``None`` on nearly every void call. Python 3.12 and newer
keep ``None`` for ever, so nothing happens there; Python 3.11 aborts within seconds ("deallocating
None"). The wheel claims to support 3.11, so an installer takes it without a word. The fault has
no exception to catch: it must be refused before the window opens.
"""

import sys

FIRST_FAULTY = (6, 12)
FIRST_IMMUNE_PYTHON = (3, 12)


def problem(pyside: str, python: tuple[int, int]) -> str | None:
    """One sentence on why the pair must not run, or None if it may.

    Args:
        pyside: version of PySide6, such as "6.11.3".
        python: major and minor version of Python.
    """
    major, minor = (int(part) for part in pyside.split(".")[:2])
    if (major, minor) < FIRST_FAULTY or python >= FIRST_IMMUNE_PYTHON:
        return None
    return (
        f"PySide6 {pyside} aborts on Python {python[0]}.{python[1]}; install the tested version "
        'with "pip install PySide6-Essentials==6.11.3", or use Python 3.12 or newer.'
    )


def check() -> str | None:
    """The problem of the pair that is installed here, or None."""
    import PySide6

    return problem(PySide6.__version__, sys.version_info[:2])
