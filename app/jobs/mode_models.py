"""Which model serves which mode, and what to install where there is none. No Qt and no torch."""

from dataclasses import dataclass, field

from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import ModelError
from asyndm.request import Task


@dataclass(frozen=True)
class Advice:
    """A model to install for a task.

    Attributes:
        title: for people. repository: on the hub. size: on the disk.
    """

    title: str
    repository: str
    size: str


ADVICE: dict[Task, Advice] = {
    "edit": Advice("FLUX.1 Kontext [dev]", "black-forest-labs/FLUX.1-Kontext-dev", "34 GB"),
}
"""For tasks that no model does which comes with the application."""


@dataclass(frozen=True)
class ModeModels:
    """The models of the modes.

    Attributes:
        models: all there are.
        defaults: name of the model that a task uses if none is chosen.
        missing: for each task without a model, a sentence on what to do.
    """

    models: list[ModelInfo] = field(default_factory=list)
    defaults: dict[Task, str] = field(default_factory=dict)
    missing: dict[Task, str] = field(default_factory=dict)


def mode_models(catalogue: Catalogue, tasks: tuple[Task, ...]) -> ModeModels:
    """Look up the models of tasks; it reads files.

    Args:
        catalogue: where they are looked up.
        tasks: of the modes.
    """
    found = ModeModels(catalogue.models())
    for task in tasks:
        try:
            found.defaults[task] = catalogue.default_for(task).name
        except ModelError as error:
            is_there = any(task in info.tasks for info in found.models)
            found.missing[task] = (not is_there and _sentence(task, catalogue)) or str(error)
    return found


def _sentence(task: Task, catalogue: Catalogue) -> str:
    """What to install, how large it is and where it goes; nothing where no model is known."""
    advice = ADVICE.get(task)
    if advice is None:
        return ""
    return (
        f"To {task}, a model such as {advice.title} is needed ({advice.repository}, about "
        f"{advice.size}); it goes into {catalogue.folders[-1]}."
    )
