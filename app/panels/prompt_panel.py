"""Mode, prompt and words: what is wanted."""

from itertools import pairwise

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import GenerationModel
from app.models.properties import Bindings
from app.models.words_model import PromptWord, WordsModel
from app.widgets.mode_tabs import ModeTabs
from app.widgets.prompt_edit import PromptEdit
from app.widgets.word_chips import WordChips

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
        }
        self.tabs = ModeTabs(
            (
                ("generate", self.tr("Generate"), self._purposes["generate"]),
                ("repair", self.tr("Repair"), self._purposes["repair"]),
                ("inpaint", self.tr("Inpaint"), self._purposes["inpaint"]),
            ),
            self,
        )
        self.purpose = QLabel(self)
        self.hint = QLabel(self)
        for label in (self.purpose, self.hint):
            label.setWordWrap(True)
        self.purpose.setProperty("dim", True)
        self.prompt = PromptEdit(
            self.tr("Prompt"),
            self.tr(
                "What the picture, or the painted region, shows. Ctrl+Up and Ctrl+Down change the "
                "weight of the word at the cursor."
            ),
            _PROMPT_HEIGHT,
            self,
        )
        self.prompt.setPlaceholderText(self.tr("Prompt, such as: three yellow stars at night"))
        self.words = WordChips(self)
        self.words.setAccessibleName(self.tr("Words of the prompt"))
        self._set_up_layout()

    def set_model(self, model: GenerationModel, words: WordsModel) -> None:
        """Show and change this model."""
        self._bindings.clear()
        self._bindings.two_way(model, "mode", self._show_mode, self.tabs.picked)
        self._bindings.follow(model, "hint", self._show_hint)
        self._bindings.follow(model, "prompt", self.prompt.set_text)
        self._bindings.connect(
            self.prompt.textChanged, lambda: setattr(model, "prompt", self.prompt.toPlainText())
        )
        self._bindings.connect(words.words_changed, self._show_words)
        self._bindings.connect(self.words.toggled, words.toggle)
        self._bindings.follow(model, "mode", lambda _: self._show_words(words.words, model))
        self._model = model

    def _show_mode(self, mode: str) -> None:
        self.tabs.set_mode(mode)
        self.purpose.setText(self._purposes[mode])

    def _show_hint(self, hint: str) -> None:
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _show_words(self, words: list[PromptWord], model: GenerationModel | None = None) -> None:
        model = model or self._model
        self.words.set_words([(word.text, word.is_object) for word in words])
        self.words.setVisible(bool(words) and model.uses("words"))
        # New chips come last in the tab order by themselves.
        for first, second in pairwise((self.prompt, *self.words.chips)):
            QWidget.setTabOrder(first, second)

    def _set_up_layout(self) -> None:
        inner = QVBoxLayout()
        inner.setContentsMargins(2 * theme.GRID, theme.GRID, 2 * theme.GRID, 0)
        inner.setSpacing(theme.GRID)
        for part in (self.purpose, self.hint, self.prompt, self.words):
            inner.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(inner)
        self.words.hide()
        self.hint.hide()
