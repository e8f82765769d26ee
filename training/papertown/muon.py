"""Muon: momentum whose matrices are orthogonalised before they are applied, beside AdamW.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024), with the update
scale of Liu et al., arXiv:2502.16982, section 2.2: 0.2 * sqrt(max(rows, columns)), so that one
learning rate serves both kinds of parameter. Convolution kernels are matrices of
(out, in * height * width). Vectors, embeddings and tensors with a short side take AdamW's update.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from training.papertown.device import fast_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Approximate U V^T of a matrix's singular value decomposition by a quintic iteration.

    Args:
        matrix: (rows, columns) float32.
        steps: iterations; five bring the singular values to about 0.7 to 1.2.
    """
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    x = x.bfloat16() if fast_bfloat16(x.device) else x
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: torch.Tensor = (x.T if tall else x).float()
    return result


class Muon(torch.optim.Optimizer):
    """Muon for matrices and kernels, AdamW for everything else."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        shortest_side: int = 16,
    ) -> None:
        every = list(parameters)
        matrices = [p for p in every if self._is_matrix(p, shortest_side)]
        chosen = {id(p) for p in matrices}
        others = [p for p in every if id(p) not in chosen]
        groups: list[dict[str, Any]] = [
            {"params": matrices, "matrix": True},
            {"params": others, "matrix": False},
        ]
        super().__init__(
            [group for group in groups if group["params"]],
            {"lr": lr, "betas": betas, "momentum": momentum, "weight_decay": weight_decay},
        )

    @staticmethod
    def _is_matrix(parameter: nn.Parameter, shortest_side: int) -> bool:
        if parameter.ndim < 2:
            return False
        rows = parameter.shape[0]
        columns = parameter.numel() // rows
        return min(rows, columns) >= shortest_side

    @torch.no_grad()
    def apply_gradients(self) -> None:
        """Apply one update to every parameter with a gradient; used in place of `step`."""
        for group in self.param_groups:
            update = self._matrix_step if group["matrix"] else self._adam_step
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    update(parameter, parameter.grad, group)

    def _matrix_step(
        self, parameter: nn.Parameter, gradient: torch.Tensor, group: dict[str, Any]
    ) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        momentum = state["momentum"]
        momentum.lerp_(gradient, 1 - group["momentum"])
        nesterov = gradient.lerp(momentum, group["momentum"])
        matrix = nesterov.reshape(len(nesterov), -1)
        scale = 0.2 * max(matrix.shape) ** 0.5
        update = orthogonalise(matrix).reshape(nesterov.shape)
        parameter.add_(update, alpha=-group["lr"] * scale)

    def _adam_step(
        self, parameter: nn.Parameter, gradient: torch.Tensor, group: dict[str, Any]
    ) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["first"] = torch.zeros_like(gradient)
            state["second"] = torch.zeros_like(gradient)
        state["step"] += 1
        taken = float(state["step"])
        first_beta, second_beta = group["betas"]
        first, second = state["first"], state["second"]
        first.lerp_(gradient, 1 - first_beta)
        second.lerp_(gradient.square(), 1 - second_beta)
        scale = (second / (1 - second_beta**taken)).sqrt_().add_(1e-8)
        parameter.addcdiv_(first, scale, value=-group["lr"] / (1 - first_beta**taken))
