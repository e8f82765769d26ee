"""GGUF files of denoising networks: weights in blocks of few bits, read by the ``gguf`` library.

Other programs ship FLUX and Stable Diffusion networks that way, a quarter of the size; diffusers
runs them, unpacking each layer when it is used. Only the header is read here; no torch.
"""

import struct
from pathlib import Path

from asyndm.weight_header import DamagedFileError, Header, TensorEntry

SUFFIX = ".gguf"
_MAGIC = b"GGUF"


def parse_gguf(path: Path) -> Header:
    """The header of a GGUF file; shapes are in torch's order.

    Raises:
        DamagedFileError: it is no GGUF file, or not all of it is there.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DamagedFileError("is no GGUF file")
    from gguf import GGUFReader

    try:
        reader = GGUFReader(path)
        tensors = {
            tensor.name: TensorEntry(
                tensor.tensor_type.name,
                tuple(int(n) for n in reversed(tensor.shape)),
                int(tensor.data_offset),
                int(tensor.data_offset + tensor.n_bytes),
            )
            for tensor in reader.tensors
        }
    except (ValueError, KeyError, IndexError, OverflowError, MemoryError, struct.error) as error:
        raise DamagedFileError("is cut short or has a damaged header") from error
    if not tensors:
        raise DamagedFileError("holds no tensor")
    if max(entry.end for entry in tensors.values()) > path.stat().st_size:
        raise DamagedFileError("is cut short")
    return Header(path, tensors, {}, min(entry.start for entry in tensors.values()))
