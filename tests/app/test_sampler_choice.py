"""The sampler: chosen in the panel, sent in the request, read back from a picture's record."""

import json

from pytestqt.qtbot import QtBot

from app.jobs.generation_job import fill_from_record, settings_from
from app.models.generation_model import GenerationModel
from app.panels.advanced_panel import AdvancedPanel
from asyndm.records import to_json
from asyndm.request import Request


def test_the_panel_and_the_request_follow_the_choice(qtbot: QtBot) -> None:
    model, panel = GenerationModel(), AdvancedPanel()
    qtbot.addWidget(panel)
    panel.set_model(model)
    model.eta = 0.5
    assert settings_from(model).sampler is None
    assert settings_from(model).eta == 0.5
    assert not panel.eta.isHidden()
    panel.sampler.picked.emit("dpmpp_2m")
    assert model.sampler == "dpmpp_2m"
    assert panel.eta.isHidden()
    settings = settings_from(model)
    assert (settings.sampler, settings.eta) == ("dpmpp_2m", 0.0)


def test_a_repair_takes_the_sampler_of_its_picture() -> None:
    model = GenerationModel()
    stored = Request(prompt="a red ball", sampler="dpmpp_2m", steps=12)
    fill_from_record(model, json.loads(to_json(stored.to_record())))
    assert (model.sampler, model.steps) == ("dpmpp_2m", 12)
