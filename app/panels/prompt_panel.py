"""Mode, prompt, words and model: what is wanted."""

from itertools import pairwise

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import GenerationModel, Mode
from app.models.properties import Bindings
from app.models.words_model import PromptWord, WordsModel
from app.widgets.missing_model import MissingModel
from app.widgets.mode_tabs import ModeTabs
from app.widgets.model_line import ModelLine
from app.widgets.prompt_edit import PromptEdit
from app.widgets.word_chips import Chip, WordChips
from app.widgets.word_time_popover import WordTimePopover

_PROMPT_HEIGHT = 76


class PromptPanel(QWidget):
    """The prompt, what the mode does, and the words of the prompt as chips.

    The tabs of the modes belong to this panel; the column puts them on top, where they do not
    scroll.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bindings = Bindings()
        self._purposes = {
            "generate": self.tr("Make a picture from the prompt. Lit words are decided last."),
            "repair": self.tr(
                "Redo the painted region with the picture's own prompt and seed, decided last."
            ),
            "inpaint": self.tr("Repaint the painted region of any picture to fit the prompt."),
            "edit": self.tr("Change the picture, or its painted region, as the instruction says."),
        }
        self.mode_names = {
            "generate": self.tr("Generate"),
            "repair": self.tr("Repair"),
            "inpaint": self.tr("Inpaint"),
            "edit": self.tr("Edit"),
        }
        self.tabs = ModeTabs(
            [(mode, name, self._purposes[mode]) for mode, name in self.mode_names.items()], self
        )
        self.purpose = QLabel(self)
        self.hint = QLabel(self)
        self.missing = MissingModel(self)
        for label in (self.purpose, self.hint):
            label.setWordWrap(True)
        self.purpose.setProperty("dim", True)
        self.prompt = PromptEdit("", "", _PROMPT_HEIGHT, self)
        self.words = WordChips(self)
        self.words.setAccessibleName(self.tr("Words of the prompt"))
        self.model_line = ModelLine(self)
        self.popover = WordTimePopover(self)
        self._set_up_layout()

    def set_model(self, model: GenerationModel, words: WordsModel) -> None:
        """Show and change this model."""
        self._bindings.clear()
        self._bindings.two_way(model, "mode", self._show_mode, self.tabs.picked)
        self._bindings.two_way(model, "model", self.model_line.set_choice, self.model_line.picked)
        self._bindings.follow(model, "hint", self._show_hint)
        for name in ("mode", "prompt", "instruction"):
            self._bindings.follow(model, name, lambda _: self.prompt.set_text(model.text))
        self._bindings.connect(
            self.prompt.textChanged, lambda: setattr(model, "text", self.prompt.toPlainText())
        )
        self._bindings.connect(words.words_changed, self._show_words)
        self._bindings.connect(self.words.toggled, words.toggle)
        self._bindings.connect(self.words.time_wanted, self._ask_time)
        self._bindings.connect(self.popover.edited, words.set_concavity)
        self._bindings.connect(self.popover.cleared, words.clear_concavity)
        self._bindings.follow(model, "mode", lambda _: self._show_words(words.words, model))
        self._model, self._words = model, words

    def _ask_time(self, text: str) -> None:
        """Open the slider of a word below its chip."""
        word = next((word for word in self._words.words if word.text == text), None)
        chip = self.words.chip_of(text)
        if word is not None and chip is not None and word.is_object:
            self.popover.show_for(text, word.concavity, chip, is_own=word.is_own)

    def _show_mode(self, mode: Mode) -> None:
        self.tabs.set_mode(mode)
        self.purpose.setText(self._purposes[mode])
        if mode == "edit":
            name, example = self.tr("Instruction"), self.tr("such as: make the roof blue")
            help_text = self.tr("What is to change in the picture, or in the painted region.")
        else:
            name, example = self.tr("Prompt"), self.tr("such as: three yellow stars at night")
            help_text = self.tr("What the picture, or the painted region, shows.")
        self.prompt.setAccessibleName(name)
        weights = self.tr("Ctrl+Up and Ctrl+Down change the weight of the word at the cursor.")
        self.prompt.setToolTip(f"{help_text} {weights}")
        self.prompt.setPlaceholderText(self.tr("{0}, {1}").format(name, example))

    def _show_hint(self, hint: str) -> None:
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _show_words(self, words: list[PromptWord], model: GenerationModel | None = None) -> None:
        model = model or self._model
        differ = len({word.concavity for word in words if word.is_object}) > 1
        self.words.set_words(
            [
                Chip(word.text, lit=True, value=word.concavity, colour=word.colour)
                if word.is_object and (differ or word.is_own)
                else Chip(word.text, word.is_object)
                for word in words
            ]
        )
        self.words.setVisible(bool(words) and model.uses("words"))
        # New chips come last in the tab order by themselves.
        controls = (self.prompt, *self.words.chips, self.model_line.box, self.model_line.manage)
        for first, second in pairwise(controls):
            QWidget.setTabOrder(first, second)

    def _set_up_layout(self) -> None:
        inner = QVBoxLayout()
        inner.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, 0)
        inner.setSpacing(theme.GRID)
        for part in (
            self.purpose,
            self.missing,
            self.hint,
            self.prompt,
            self.words,
            self.model_line,
        ):
            inner.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(inner)
        self.words.hide()
        self.hint.hide()
