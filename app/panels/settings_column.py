"""The right column: the panels of a run, one below the other, over the run button."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from app import theme
from app.models.generation_model import GenerationModel
from app.models.run_model import RunModel
from app.models.words_model import WordsModel
from app.panels.advanced_panel import AdvancedPanel
from app.panels.prompt_panel import PromptPanel
from app.panels.run_panel import RunPanel
from app.panels.sampling_panel import SamplingPanel
from app.panels.timing_panel import TimingPanel
from app.widgets.section import Section
from app.widgets.tab_order import follow_layout
from app.widgets.wheel_guard import WheelGuard

LEAST_WIDTH = 312
USUAL_WIDTH = 336
_MOST_WIDTH = 640
_LEAST_SETTINGS = 160
_LEAST_TABS = 120


class SettingsColumn(QWidget):
    """Puts the panels in their order; the middle scrolls, the run button stays in sight.

    Attributes:
        tabs: below the settings: what the document is made of. The workspace adds its panels here.
        split: between the two; the person moves it.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(_MOST_WIDTH)
        self.prompt = PromptPanel(self)
        self.timing = TimingPanel(self)
        self.sampling = SamplingPanel(self)
        self.advanced = AdvancedPanel(self)
        self.run = RunPanel(actions, self)
        self.section = Section(
            self.tr("Advanced"),
            self.tr("Negative prompt, method, curve, sampler and border."),
            self.advanced,
            self,
        )
        self.section.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        content = QWidget(self)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, theme.GRID)
        inner.setSpacing(2 * theme.GRID)
        for part in (self.prompt, self.timing, self.sampling, self.section):
            inner.addWidget(part)
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.prompt.tabs)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("documentTabs")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(self.tr("Layers, regions and history"))
        self.tabs.tabBar().setToolTip(self.tr("What the picture is made of, and its history"))
        self.tabs.tabBar().setToolTip(self.tr("Layers, regions and history of the picture."))
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setMinimumHeight(_LEAST_TABS)
        self.tabs.hide()
        scroll.setMinimumHeight(_LEAST_SETTINGS)
        self.split = QSplitter(Qt.Orientation.Vertical, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(scroll)
        self.split.addWidget(self.tabs)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        layout.addWidget(self.split, 1)
        layout.addWidget(self.run)
        WheelGuard(self)

    def add_tab(self, panel: QWidget, title: str) -> None:
        """Show a panel of the document below the settings."""
        place = self.tabs.addTab(panel, title)
        self.tabs.setTabToolTip(place, title)
        self.tabs.show()
        follow_layout(self.window())

    def set_models(self, generation: GenerationModel, words: WordsModel, run: RunModel) -> None:
        """Give each panel its model."""
        self.prompt.set_model(generation, words)
        self.timing.set_model(generation, run, words)
        self.sampling.set_model(generation)
        self.advanced.set_model(generation)
        self.run.set_model(run)
