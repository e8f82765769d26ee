"""CLIP skip from the panel to the request, and where there is none."""

from pytestqt.qtbot import QtBot

from app.command_options import build_parser
from app.jobs.generation_job import fill_from_record, settings_from
from app.models.generation_model import GenerationModel
from app.panels.advanced_panel import AdvancedPanel


def test_the_panel_sets_what_the_request_has(qtbot: QtBot) -> None:
    model, panel = GenerationModel(), AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    panel.clip_skip.field.setValue(2)
    request = settings_from(model)
    assert request.clip_skip == 2
    other = GenerationModel()
    fill_from_record(other, request.to_record())
    assert other.clip_skip == 2


def test_a_model_without_clip_layers_has_no_clip_skip(qtbot: QtBot) -> None:
    model, panel = GenerationModel(), AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    model.clip_skip = 2
    assert panel.clip_skip.isVisibleTo(panel)
    model.model = "flux"
    model.clipless = frozenset({"flux"})
    assert not panel.clip_skip.isVisibleTo(panel)
    assert settings_from(model).clip_skip == 0
    model.model = ""
    assert panel.clip_skip.isVisibleTo(panel)
    assert settings_from(model).clip_skip == 2


def test_the_command_line_has_it() -> None:
    arguments = ["generate", "--prompt", "a", "--out", "a.png", "--clip-skip", "1"]
    assert build_parser().parse_args(arguments).clip_skip == 1
