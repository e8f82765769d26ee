"""A CLIP tokenizer whose byte-pair merges make every word of Paper Town one token.

Merges are found as in byte-pair encoding (Sennrich et al., arXiv:1508.07909), word by word: a word
is split by the merges so far, and its pieces are then joined from the left. New merges rank last,
so they never change how an earlier word is split.
"""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Final

from transformers import CLIPTokenizer

from training.papertown.captions import Group, Prompt, caption
from training.papertown.vocabulary import BACKGROUNDS, COLOURS, KINDS, RELATIONS

MAX_LENGTH: Final = 32
START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
Pair = tuple[str, str]


def byte_alphabet() -> list[str]:
    """The 256 printable characters that stand for bytes in GPT-2 and CLIP vocabularies."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def world_words() -> list[str]:
    """Every word and sign that a caption can hold, sorted."""
    counts = [Group(n, colour, kind) for n in range(1, 6) for colour in COLOURS for kind in KINDS]
    sentences = [caption(Prompt((group,))) for group in counts]
    pair = (counts[0], counts[1], counts[2])
    sentences.append(caption(Prompt(pair)))
    sentences += [caption(Prompt(pair[:2], relation)) for relation in RELATIONS]
    sentences += [caption(Prompt(pair[:1], None, background)) for background in BACKGROUNDS]
    return sorted({word for text in sentences for word in re.findall(r"[a-z]+|,", text)})


def split_word(word: str, merges: list[Pair]) -> list[str]:
    """Split a word by ranked merges, as byte-pair encoding does."""
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    parts = [*word[:-1], word[-1] + "</w>"]
    while len(parts) > 1:
        pairs = list(pairwise(parts))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        at = pairs.index(best)
        parts[at : at + 2] = ["".join(best)]
    return parts


def learn_merges(words: list[str]) -> list[Pair]:
    """Merges that make each of the words one token."""
    merges: list[Pair] = []
    for word in words:
        parts = split_word(word, merges)
        while len(parts) > 1:
            merges.append((parts[0], parts[1]))
            parts[:2] = ["".join(parts[:2])]
    return merges


def build_tokenizer(folder: Path, words: list[str] | None = None) -> CLIPTokenizer:
    """Write `vocab.json` and `merges.txt` into a folder and open them as a CLIP tokenizer.

    Args:
        folder: receives the files; made if it is not there.
        words: what each becomes one token; by default the words of captions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    merges = learn_merges(world_words() if words is None else words)
    alphabet = byte_alphabet()
    tokens = alphabet + [sign + "</w>" for sign in alphabet]
    tokens += ["".join(pair) for pair in merges] + [START, END]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(
        vocab=str(folder / "vocab.json"),
        merges=str(folder / "merges.txt"),
        model_max_length=MAX_LENGTH,
        pad_token=END,
    )
    tokenizer.save_pretrained(folder)
    return tokenizer
