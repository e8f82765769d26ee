"""What is known about a model without loading it."""

from dataclasses import dataclass
from pathlib import Path

from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Sampler, Task


@dataclass(frozen=True)
class ModelInfo:
    """What is known about a model without loading it.

    Attributes:
        name: of its folder or file; unique within a catalogue.
        path: the folder, or the file that its weights are in.
        title: for people. description: one sentence.
        pipeline: class name in model_index.json.
        tasks: what it can be used for.
        native_size: side in pixels of the pictures it was trained on.
        latent_factor: picture pixels along the side of a latent pixel.
        latent_channels: channels of its latents. input_channels: of the network's input.
        prediction_type: epsilon, v_prediction or sample; "flow" of flow matching.
        attention_divisor: side of the latents over the side of the attention layers that masks
            are taken from.
        size_bytes: of all its files.
        licence: its name, or "unknown".
        embedded: whether it comes with the application.
        settings: of a model in one file, the folder in the diffusers format that has its settings
            (and no weights); None of a model folder.
        architecture: of a model in one file, a name of ``architecture.ARCHITECTURES``, or "".
        borrowed: parts that the file lacks: their names, and the folder or file that has them.
        absent: parts that the file lacks, that are nowhere to be found, and that it can do without.
        zero_terminal_snr: of a model in one file, whether its noise schedule ends in pure noise.
        note: what had to be assumed about a file, a sentence; "" if nothing.
    """

    name: str
    path: Path
    title: str
    description: str
    pipeline: str
    tasks: tuple[Task, ...]
    native_size: int
    latent_factor: int
    latent_channels: int
    input_channels: int
    prediction_type: str
    attention_divisor: int
    size_bytes: int
    licence: str
    embedded: bool
    settings: Path | None = None
    architecture: str = ""
    borrowed: tuple[tuple[str, Path], ...] = ()
    absent: tuple[str, ...] = ()
    zero_terminal_snr: bool = False
    note: str = ""

    @property
    def samplers(self) -> tuple[Sampler, ...]:
        """That the model may use; the first is its own."""
        return PIPELINES[self.pipeline].samplers

    @property
    def patch(self) -> int:
        """Latent pixels along the side of a token; 1 where every latent pixel has its own time."""
        return PIPELINES[self.pipeline].patch

    @property
    def size_multiple(self) -> int:
        """What the sides of a picture must be multiples of, in pixels."""
        return self.latent_factor * self.patch
