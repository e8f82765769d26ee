"""Errors that a person can mend: each message is one sentence naming the thing and the remedy."""

from __future__ import annotations


class EditingError(Exception):
    """Base of the errors of this package that are shown to a person as they are."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence, which is also the text of the exception."""
        super().__init__(sentence)
        self.sentence = sentence


class FileError(EditingError):
    """A file that cannot be read or written; nothing was changed."""


class EmptyMaskError(EditingError):
    """An operation that needs a painted region was given none."""
