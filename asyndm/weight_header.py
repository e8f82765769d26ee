"""What a weights file says of itself before its tensors, whatever its format."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MOST_BYTES = 1 << 20  # of a tensor whose values are read


class DamagedFileError(Exception):
    """What is wrong with a weights file, to follow the file's name in a sentence."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of a file.

    Attributes:
        dtype: as the format writes it ("F16", "BF16", "F32" ...).
        shape: of the tensor.
        start: of its bytes in the file. end: behind its last byte.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a safetensors or GGUF file says of itself.

    Attributes:
        path: of the file.
        tensors: by name.
        metadata: free text of whoever wrote it, by key.
        start: where the bytes of the tensors begin.
    """

    path: Path
    tensors: dict[str, TensorEntry]
    metadata: dict[str, str]
    start: int

    def values(self, name: str) -> NDArray[np.float32] | None:
        """A small tensor's values, float32 and flat; None if it is large or no float.

        Raises:
            OSError: the file cannot be read.
        """
        entry = self.tensors[name]
        if entry.dtype not in ("F32", "F16", "BF16") or entry.end - entry.start > _MOST_BYTES:
            return None
        with self.path.open("rb") as file:
            file.seek(entry.start)
            data = file.read(entry.end - entry.start)
        if entry.dtype == "BF16":  # the upper half of a float32
            return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
        kind = "<f4" if entry.dtype == "F32" else "<f2"
        return np.frombuffer(data, kind).astype(np.float32)
