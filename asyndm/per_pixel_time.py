"""Per-pixel timesteps for stock diffusers models, by hooks alone: no forward is copied.

Mechanism: between the timestep and the activations of every diffusers denoiser lies one small
Linear per block, and nothing before it cares that the leading axis is the batch. So the leading
axis becomes the table of distinct timesteps, and a ``RowTable`` spreads the rows over pixels or
tokens where a block meets its activations. How that is done is a matter of the family
(``asyndm.families``).

Hooks are installed on entering the context and removed on leaving it, also after an error; the
model is then exactly as before. Enter it after LoRAs are loaded and the model has been moved.
"""

from collections.abc import Callable
from types import TracebackType

from torch import Tensor, nn

from asyndm.errors import ModelError
from asyndm.families.hooked_time import HookedTime
from asyndm.families.token_roles import FLUX, FLUX2, QWEN_IMAGE, SD3, Z_IMAGE
from asyndm.families.token_time import TokenTime
from asyndm.families.unet import UNetTime

FAMILIES: dict[str, Callable[[nn.Module], HookedTime]] = {
    "UNet2DConditionModel": UNetTime,
    "ControlNetModel": UNetTime,
    "SD3Transformer2DModel": lambda model: TokenTime(model, SD3),
    "FluxTransformer2DModel": lambda model: TokenTime(model, FLUX),
    "Flux2Transformer2DModel": lambda model: TokenTime(model, FLUX2),
    "QwenImageTransformer2DModel": lambda model: TokenTime(model, QWEN_IMAGE),
    "ZImageTransformer2DModel": lambda model: TokenTime(model, Z_IMAGE),
}
"""Model classes whose use of the time embedding was checked; others are refused, not guessed."""


class per_pixel_time:
    """Context manager that lets a model take a timestep for every pixel or token.

    Args:
        model: of a class in ``FAMILIES``.

    Raises:
        ModelError: the model's class is not supported.
    """

    def __init__(self, model: nn.Module) -> None:
        family = FAMILIES.get(type(model).__name__)
        if family is None:
            raise ModelError(
                f"Per-pixel time is not known for a {type(model).__name__}; "
                f"supported: {', '.join(FAMILIES)}."
            )
        self._time = family(model)

    def __enter__(self) -> "per_pixel_time":
        self._time.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._time.__exit__(kind, error, trace)

    def set(self, timestep_map: Tensor | None) -> None:
        """The timesteps of the next calls, until set again.

        Args:
            timestep_map: (h, w) or (b, h, w), b the call's batch or a divisor of it (then tiled,
                as guidance doubles a batch); on the latent grid for a UNet, on that of the image
                tokens for a transformer; in the model's unit (UNet, SD 3: 0 to 1000; others: 0
                to 1, for Z-Image from noise to clean). The scalar timestep of the call is then
                ignored. None = the stock behaviour.

        Raises:
            ValueError: the map has another number of dimensions.
        """
        self._time.set(timestep_map)
