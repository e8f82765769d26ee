"""Where the program keeps what is not a setting: journals with the user's data, caches apart."""

from pathlib import Path

_NAME = "asyndm-studio"


def journals_folder() -> Path:
    """Where the journals of open documents are."""
    import platformdirs

    return platformdirs.user_data_path(_NAME, appauthor=False) / "journals"


def undo_folder() -> Path:
    """Where histories put what does not fit into memory."""
    import platformdirs

    return platformdirs.user_cache_path(_NAME, appauthor=False) / "undo"
