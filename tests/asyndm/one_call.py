"""What a sampler of one call a step is given to ask with."""

from torch import Tensor

from asyndm.timestep_map import Moment


def no_second_call(_latents: Tensor, _moment: Moment) -> Tensor:
    """Fail: the sampler has no use for another prediction."""
    raise AssertionError("a second prediction was asked for")
