"""The settings of a run as the panels show and change them; it makes no request itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property

if TYPE_CHECKING:
    # The request needs numpy, which the first frame does not wait for.
    from asyndm.request import Family, Method, Sampler

Mode = Literal["generate", "repair", "inpaint", "edit"]
MODES: tuple[Mode, ...] = get_args(Mode)

SHOWN_IN: dict[str, tuple[Mode, ...]] = {
    "words": ("generate",),
    "mask_smoothing": ("generate",),
    "minimum_area": ("generate",),
    "strength": ("inpaint",),
    "method": ("generate", "inpaint", "edit"),
    "clip_skip": ("generate", "repair", "inpaint"),
    "whole_picture": ("repair",),
    "strict_border": ("inpaint", "repair", "edit"),
    "match_colour": ("inpaint", "edit"),
    "correct_shift": ("edit",),
}
"""Settings that only some modes use; every other setting is used by all."""

CONCAVITY_LIMIT = 0.95


class GenerationModel(QObject):
    """Observable settings of the next run.

    Attributes:
        mode: generate, repair, inpaint or edit.
        prompt, negative_prompt: texts. instruction: what an edit changes, in place of the prompt.
        words: object words chosen by hand, or None for those found in the prompt.
        clip_skip: layers left out at the end of the text encoder; not of models named in clipless.
        true_guidance: by the negative prompt, of those models; 1 = off.
        word_concavity: pairs (word, how late) of words with a value of their own.
        order: what waits for what, as it is written: "rider > bike; dog > bike".
        mask_smoothing: how much the masks of words keep from step to step, 0 = off.
        minimum_area: share of the picture below which patches of them are dropped, 0 = off.
        concavity: how late the region is decided, 0 to 0.95. family: of the curve.
        steps, guidance, seed, seed_locked (keep the seed after a run), method.
        sampler: None for the model's own.
        eta: of the sampler ddim; the others have no use for it.
        strength: of inpainting, above 0 to 1.
        model: name in the catalogue, or "" for the default of the mode.
        whole_picture: repair lets the rest of the picture follow.
        strict_border: change masked pixels only. match_colour: match the pasted region.
        correct_shift: move an edit back to where the picture was.
        loras: that the model wears, name and strength of each. embeddings: names of textual
            inversions.
        hint: a sentence on where the settings come from, or "".
    """

    mode = Property[Mode]("generate")
    mode_changed = Signal(str)
    prompt = Property("")
    prompt_changed = Signal(str)
    instruction = Property("")
    instruction_changed = Signal(str)
    negative_prompt = Property("")
    negative_prompt_changed = Signal(str)
    clip_skip = Property(0)
    clip_skip_changed = Signal(int)
    true_guidance = Property(1.0)
    true_guidance_changed = Signal(float)
    clipless = Property[frozenset[str]](frozenset())
    clipless_changed = Signal(object)
    words = Property[tuple[str, ...] | None](None)
    words_changed = Signal(object)
    word_concavity = Property[tuple[tuple[str, float], ...]](())
    word_concavity_changed = Signal(object)
    order = Property("")
    order_changed = Signal(str)
    mask_smoothing = Property(0.0)
    mask_smoothing_changed = Signal(float)
    minimum_area = Property(0.0)
    minimum_area_changed = Signal(float)
    concavity = Property(0.7)
    concavity_changed = Signal(float)
    family: Property[Family] = Property("quadratic")
    family_changed = Signal(str)
    steps = Property(30)
    steps_changed = Signal(int)
    guidance = Property(5.0)
    guidance_changed = Signal(float)
    # Seeds go up to 2**63 - 1, beyond the 32 bits of Signal(int).
    seed = Property(0)
    seed_changed = Signal(object)
    seed_locked = Property(False)
    seed_locked_changed = Signal(bool)
    method: Property[Method] = Property("asyndm")
    method_changed = Signal(str)
    sampler: Property[Sampler | None] = Property(None)
    sampler_changed = Signal(object)
    eta = Property(0.0)
    eta_changed = Signal(float)
    strength = Property(1.0)
    strength_changed = Signal(float)
    model = Property("")
    model_changed = Signal(str)
    whole_picture = Property(False)
    whole_picture_changed = Signal(bool)
    strict_border = Property(False)
    strict_border_changed = Signal(bool)
    match_colour = Property(True)
    match_colour_changed = Signal(bool)
    correct_shift = Property(True)
    correct_shift_changed = Signal(bool)
    loras = Property[tuple[tuple[str, float], ...]](())
    loras_changed = Signal(object)
    embeddings = Property[tuple[str, ...]](())
    embeddings_changed = Signal(object)
    hint = Property("")
    hint_changed = Signal(str)

    def uses(self, setting: str) -> bool:
        """Whether the present mode, or the present model, uses a setting."""
        if setting == "clip_skip" and self.model in self.clipless:
            return False
        if setting == "true_guidance":  # models that edit are of that kind
            return self.mode == "edit" or self.model in self.clipless
        return self.mode in SHOWN_IN.get(setting, MODES)

    @property
    def text(self) -> str:
        """What the present mode is told: an instruction or a prompt."""
        return self.instruction if self.mode == "edit" else self.prompt

    @text.setter
    def text(self, text: str) -> None:
        if self.mode == "edit":
            self.instruction = text
        else:
            self.prompt = text

    @property
    def uses_concavity(self) -> bool:
        """Whether the method has a concave curve at all; repair and inpaint always may."""
        return self.method != "standard" or not self.uses("method")
