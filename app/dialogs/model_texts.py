"""The words in which the models dialog tells about an entry."""

from PySide6.QtCore import QObject

from app.models.model_library import Entry
from asyndm.architecture import ARCHITECTURES, VELOCITY_NAMES, VELOCITY_SUFFIX
from asyndm.hub import size_text


class ModelTexts(QObject):
    """Makes the texts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = {
            "generate": self.tr("Generate"),
            "repair": self.tr("Repair"),
            "inpaint": self.tr("Inpaint"),
            "edit": self.tr("Edit"),
        }
        self._kinds = {
            "lora": self.tr("LoRA"),
            "embedding": self.tr("Textual inversion"),
            "vae": self.tr("VAE"),
            "text_encoder": self.tr("Text encoder"),
        }
        self._places = {
            "embedded": self.tr("Comes with it"),
            "installed": self.tr("Models folder"),
            "added": self.tr("Added"),
        }

    def row(self, entry: Entry) -> tuple[str, ...]:
        """The cells of an entry: title, use, size, licence, place."""
        size = size_text(entry.size_bytes) if entry.size_bytes else ""
        licence = "" if entry.licence == "unknown" else entry.licence
        return (entry.title, self.use(entry), size, licence, self._places[entry.origin])

    def use(self, entry: Entry) -> str:
        """What it can be used for."""
        if entry.kind == "model":
            return ", ".join(self._tasks[task] for task in entry.tasks)
        kind = self._kinds.get(entry.kind, entry.kind)
        return self.tr("{0} for {1}").format(kind, entry.family) if entry.family else kind

    def architecture(self, name: str) -> str:
        """An architecture for people."""
        if name in VELOCITY_NAMES:
            kind = ARCHITECTURES[name.removesuffix(VELOCITY_SUFFIX)]
            return self.tr("{0}, predicting velocity").format(kind)
        return ARCHITECTURES[name]

    def about(self, entry: Entry) -> str:
        """More about it: what is wrong, what it is, where it lies."""
        place = self.tr("Name: {0}. It lies in {1}.").format(entry.name, entry.path)
        return "\n".join(text for text in (entry.problem, entry.description, place) if text)

    def removal(self, entry: Entry) -> str:
        """The question before it is removed."""
        if entry.origin == "installed":
            text = self.tr("Delete {0} ({1}) from the disk? This cannot be undone.")
            return text.format(entry.title, size_text(entry.size_bytes))
        if entry.source is not None and entry.source != entry.path:
            text = self.tr(
                "{0} lies in the added folder {1}. Forget that folder with all its models? "
                "Nothing is deleted."
            )
            return text.format(entry.title, entry.source)
        return self.tr("Forget {0}? Nothing is deleted.").format(entry.title)

    def removal_button(self, entry: Entry) -> str:
        """The button that agrees to the question."""
        return self.tr("Delete") if entry.origin == "installed" else self.tr("Forget")
