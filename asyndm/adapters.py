"""LoRAs and textual inversions on a loaded model: put on for a run, taken off for the next one.

The weights below stay as they are (LoRAs are not fused), so a model that wears nothing gives the
same picture to the bit as one that never wore anything. Per-pixel time comes on top: its hooks are
set when a run begins, after the layers of a LoRA are in place.

Sources: LoRA, Hu et al., arXiv:2106.09685; textual inversion, Gal et al., arXiv:2208.01618.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from asyndm.architecture import Kind
from asyndm.catalogue import Catalogue, ModelInfo
from asyndm.errors import ModelError
from asyndm.families.family import Family
from asyndm.pipeline_classes import PIPELINES
from asyndm.request import Request

_KINDS = {"lora": "LoRA", "embedding": "embedding"}
_ENCODERS = {"clip_l": ("text_encoder", "tokenizer"), "clip_g": ("text_encoder_2", "tokenizer_2")}
"""Names of the vectors in an SDXL embedding, and the parts that they belong to."""


@dataclass(frozen=True)
class WornLora:
    """A LoRA for a run.

    Attributes:
        name: what the person calls it. path: its safetensors file.
        strength: factor of its change to the weights; 0 = none.
    """

    name: str
    path: Path
    strength: float = 1.0


@dataclass(frozen=True)
class WornEmbedding:
    """A textual inversion for a run.

    Attributes:
        token: the word of the prompt that stands for it. path: its safetensors file.
    """

    token: str
    path: Path


class Worn(NamedTuple):
    """All that a run puts on.

    Attributes:
        loras, embeddings: in the order of the request.
    """

    loras: tuple[WornLora, ...] = ()
    embeddings: tuple[WornEmbedding, ...] = ()


def find_worn(request: Request, info: ModelInfo, catalogue: Catalogue) -> Worn:
    """The files of a request's LoRAs and embeddings.

    Raises:
        ModelError: one of them is unknown, damaged, or made for another family of models.
    """
    family = PIPELINES[info.pipeline].family
    loras = [
        WornLora(lora.name, _path("lora", lora.name, family, catalogue), lora.strength)
        for lora in request.loras
    ]
    paths = [_path("embedding", name, family, catalogue) for name in request.embeddings]
    embeddings = [WornEmbedding(path.stem, path) for path in paths]
    return Worn(tuple(loras), tuple(embeddings))


def _path(kind: Kind, name: str, family: str, catalogue: Catalogue) -> Path:
    """Where a file of a kind is."""
    found = catalogue.find_file(kind, name)
    made_for = found.identity.architecture
    if made_for and not _fits(made_for, family):
        raise ModelError(
            f"The {_KINDS[kind]} {name!r} is made for {made_for}, but the model is of the family "
            f"{family}."
        )
    return found.path


def _fits(architecture: str, family: str) -> bool:
    """Whether what is made for an architecture may be worn by a family."""
    if family == "sd":
        return architecture.startswith(("sd1", "sd2"))
    return architecture.startswith(family)


class Adapters:
    """What a pipeline wears at present.

    Args:
        family: of the pipeline, which is on its device.
        model: its name, for sentences.
    """

    def __init__(self, family: Family, model: str) -> None:
        self._pipeline, self._model = family.pipeline, model
        self._takes_embeddings = family.takes_embeddings
        self._loras: tuple[WornLora, ...] = ()
        self._embeddings: tuple[WornEmbedding, ...] = ()

    def wear(self, worn: Worn) -> None:
        """Put these on and take all others off.

        Raises:
            ModelError: a file is damaged, or does not fit the model; nothing is worn then.
        """
        self._wear_loras(tuple(lora for lora in worn.loras if lora.strength))
        try:
            self._wear_embeddings(worn.embeddings)
        except ModelError:
            self._take_loras_off()
            raise

    def _wear_loras(self, loras: tuple[WornLora, ...]) -> None:
        if loras == self._loras:
            return
        if [lora.path for lora in loras] != [lora.path for lora in self._loras]:
            self._take_loras_off()
            for number, lora in enumerate(loras):
                self._load_lora(lora, f"lora_{number}")
        if loras:
            names = [f"lora_{number}" for number in range(len(loras))]
            self._pipeline.set_adapters(names, [lora.strength for lora in loras])
        self._loras = loras

    def _load_lora(self, lora: WornLora, adapter: str) -> None:
        """Add the layers of a LoRA."""
        try:
            with warnings.catch_warnings():
                # PEFT tells that a model gets a second LoRA, and where a file has fewer layers.
                for kind in (RuntimeWarning, UserWarning):
                    warnings.simplefilter("ignore", kind)
                self._pipeline.load_lora_weights(str(lora.path), adapter_name=adapter)
        except Exception as error:  # whatever a misfit makes the libraries raise
            self._take_loras_off()
            raise ModelError(
                f"The LoRA {lora.name!r} does not fit the model {self._model!r}, or is damaged."
            ) from error
        worn = self._pipeline.get_list_adapters()
        if not any(adapter in adapters for adapters in worn.values()):
            self._take_loras_off()
            raise ModelError(
                f"The LoRA {lora.name!r} changes nothing in the model {self._model!r}: it was made "
                "for another kind of model."
            )

    def _take_loras_off(self) -> None:
        if hasattr(self._pipeline, "unload_lora_weights"):
            self._pipeline.unload_lora_weights()
        self._loras = ()

    def _wear_embeddings(self, embeddings: tuple[WornEmbedding, ...]) -> None:
        if embeddings == self._embeddings:
            return
        self._take_embeddings_off()
        for embedding in embeddings:
            self._load_embedding(embedding)
            self._embeddings = (*self._embeddings, embedding)

    def _load_embedding(self, embedding: WornEmbedding) -> None:
        """Add the vectors of a textual inversion to the text encoders that they belong to."""
        if not self._takes_embeddings:
            raise ModelError(f"The model {self._model!r} takes no textual inversions.")
        try:
            vectors = load_file(embedding.path)
        except (OSError, SafetensorError) as error:
            self._take_embeddings_off()
            raise ModelError(f"The embedding {embedding.token!r} is damaged.") from error
        try:
            for name, state in _by_encoder(vectors).items():
                encoder, tokenizer = _ENCODERS[name]
                self._pipeline.load_textual_inversion(
                    state,
                    token=embedding.token,
                    text_encoder=getattr(self._pipeline, encoder),
                    tokenizer=getattr(self._pipeline, tokenizer),
                )
        except Exception as error:  # whatever a misfit makes the libraries raise
            self._take_embeddings_off(embedding)
            raise ModelError(
                f"The embedding {embedding.token!r} does not fit the model {self._model!r}."
            ) from error

    def _take_embeddings_off(self, *partly: WornEmbedding) -> None:
        """Remove all tokens that were added, those of a half-loaded embedding too."""
        tokens = [embedding.token for embedding in (*self._embeddings, *partly)]
        for encoder, tokenizer in _ENCODERS.values():
            words = getattr(self._pipeline, tokenizer, None)
            there = [token for token in tokens if words and token in words.get_added_vocab()]
            if there:
                self._pipeline.unload_textual_inversion(
                    there, text_encoder=getattr(self._pipeline, encoder), tokenizer=words
                )
        self._embeddings = ()


def _by_encoder(vectors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """The vectors of each encoder; a file with one set of them is for the first encoder."""
    if vectors.keys() & _ENCODERS.keys():
        return {name: {"emb_params": vectors[name]} for name in _ENCODERS if name in vectors}
    return {"clip_l": vectors}
