"""The words of the prompt, and which of them are objects that are decided late.

The object words are found by ``asyndm.object_words``; a click on a word overrules that. What was
chosen by hand stays chosen while the prompt is edited, as long as the word is still there. A word
that the order names is an object too. Each object may have its own value of "Decide later".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from PySide6.QtCore import QObject, QTimer, Signal

from app import theme
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


def _times(text: str, prompt: str) -> int:
    """How often a prompt has a word."""
    return sum(match.group() == text for match in _WORD.finditer(prompt))


@dataclass(frozen=True)
class PromptWord:
    """A word that can be switched.

    Attributes:
        text: as written.
        is_object: whether it is an object now.
        concavity: how late it is decided if it is one.
        is_own: whether that was set for this word alone.
        colour: of its curve.
    """

    text: str
    is_object: bool
    concavity: float = 0.0
    is_own: bool = False
    colour: str = ""


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
        self._own: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self.refresh)
        self.words: list[PromptWord] = []
        self.active = False
        generation.prompt_changed.connect(self._on_prompt_changed)
        generation.order_changed.connect(self.refresh)
        generation.concavity_changed.connect(self.refresh)

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
        self._own = {text: w for text, w in self._own.items() if text in shown}
        chosen = self._chosen(shown, found)
        self.words = self._timed(shown, chosen)
        self._generation.words = tuple(chosen) if self._on or self._off else None
        # A chip stands for all occurrences of its word.
        self._generation.word_concavity = tuple(
            (text, self._own[text])
            for text in chosen
            if text in self._own
            for _ in range(_times(text, prompt))
        )
        self.words_changed.emit(self.words)

    def toggle(self, text: str, is_object: bool) -> None:
        """Overrule the finder for one word."""
        (self._on if is_object else self._off).add(text)
        (self._off if is_object else self._on).discard(text)
        self.refresh()

    def set_concavity(self, text: str, value: float) -> None:
        """Decide one word so late, whatever holds for the others."""
        self._own[text] = value
        self.refresh()

    def clear_concavity(self, text: str) -> None:
        """Let a word follow the others again."""
        self._own.pop(text, None)
        self.refresh()

    def curves(self) -> list[PromptWord]:
        """The objects, if they are not all decided equally late; else none."""
        objects = [word for word in self.words if word.is_object]
        return objects if len({word.concavity for word in objects}) > 1 else []

    def _chosen(self, shown: list[str], found: set[str]) -> list[str]:
        """Which of the words are objects."""
        named = set()
        if self._generation.order:
            from app.models.word_times import words_in_order

            model = self._generation
            named = words_in_order(model.prompt, shown, model.order)
        return [
            text
            for text in shown
            if text in self._on
            or text in named
            or (text.lower() in found and text not in self._off)
        ]

    def _timed(self, shown: list[str], chosen: list[str]) -> list[PromptWord]:
        """The words with their times."""
        from app.models.word_times import word_times

        model = self._generation
        times = word_times(model.prompt, chosen, self._own, model.order, model.concavity)
        timed = dict(zip(chosen, times, strict=True))
        colours = dict(zip(chosen, cycle(theme.WORD_CURVES), strict=False))
        return [
            PromptWord(text, True, timed[text], text in self._own, colours[text])
            if text in timed
            else PromptWord(text, False)
            for text in shown
        ]

    def _on_prompt_changed(self) -> None:
        if self.active:
            self._timer.start()
