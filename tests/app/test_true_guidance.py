"""Guidance by the negative prompt, of models that are told their guidance scale."""

from pytestqt.qtbot import QtBot

from app.jobs.generation_job import fill_from_record, settings_from
from app.models.generation_model import GenerationModel
from app.panels.advanced_panel import AdvancedPanel


def test_it_is_there_for_flux_alone_and_comes_back_with_a_record(qtbot: QtBot) -> None:
    model, panel = GenerationModel(), AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    slider = panel.true_guidance
    assert not slider.isVisibleTo(panel)
    model.true_guidance = 3.0
    assert settings_from(model).true_guidance == 1.0
    model.model, model.clipless = "flux", frozenset({"flux"})
    assert slider.isVisibleTo(panel)
    slider.field.setValue(2.5)
    request = settings_from(model)
    assert request.true_guidance == 2.5
    other = GenerationModel()
    fill_from_record(other, request.to_record())
    assert other.true_guidance == 2.5


def test_an_edit_has_it_whatever_model_is_chosen(qtbot: QtBot) -> None:
    model, panel = GenerationModel(), AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    model.mode = "edit"
    assert panel.true_guidance.isVisibleTo(panel)
