"""The words of the prompt, and which of them are objects that are decided late.

The object words are found by ``asyndm.object_words``; a click on a word overrules that. What was
chosen by hand stays chosen while the prompt is edited, as long as the word is still there.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.models.generation_model import GenerationModel
from asyndm.prompt_weights import parse

_WORD = re.compile(r"[^\W\d_][\w'-]*")
_NEVER_OBJECTS = frozenset(
    (
        "a", "an", "and", "are", "as", "at", "by", "for", "from", "her", "his", "in", "into",
        "is", "its", "near", "of", "on", "onto", "or", "over", "that", "the", "their", "these",
        "this", "those", "to", "under", "with", "without",
    )
)  # fmt: skip
_PAUSE_MS = 250
"""Wait for a pause in typing before looking for words."""


@dataclass(frozen=True)
class PromptWord:
    """A word that can be switched, and whether it is an object now."""

    text: str
    is_object: bool


class WordsModel(QObject):
    """Words of the prompt of a generation model.

    Args:
        generation: its prompt is read, its `words` are written.
        find: prompt -> texts of the object words; called only while `active`.

    Signals:
        words_changed: a list of PromptWord.
    """

    words_changed = Signal(object)

    def __init__(
        self,
        generation: GenerationModel,
        find: Callable[[str], Sequence[str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation = generation
        self._find = find
        self._on: set[str] = set()
        self._off: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.refresh)
        self.words: list[PromptWord] = []
        self.active = False
        generation.prompt_changed.connect(self._on_prompt_changed)

    def activate(self) -> None:
        """Begin to look for words: the finder may load a lexicon, so not before the first frame."""
        self.active = True
        self.refresh()

    def refresh(self) -> None:
        """Look for words now."""
        if not self.active:
            return
        self._timer.stop()
        prompt = parse(self._generation.prompt).text  # words without the marks of weights
        # Written "fire trucks", a compound is found as one text but shown as the words it has.
        found = {part.lower() for text in self._find(prompt) for part in _WORD.findall(text)}
        seen = dict.fromkeys(match.group() for match in _WORD.finditer(prompt))
        shown = [text for text in seen if text.lower() not in _NEVER_OBJECTS]
        self._on &= set(shown)
        self._off &= set(shown)
        self.words = [
            PromptWord(text, text in self._on or (text.lower() in found and text not in self._off))
            for text in shown
        ]
        chosen = tuple(word.text for word in self.words if word.is_object)
        self._generation.words = chosen if self._on or self._off else None
        self.words_changed.emit(self.words)

    def toggle(self, text: str, is_object: bool) -> None:
        """Overrule the finder for one word."""
        (self._on if is_object else self._off).add(text)
        (self._off if is_object else self._on).discard(text)
        self.refresh()

    def _on_prompt_changed(self) -> None:
        if self.active:
            self._timer.start()
