"""The tokenizer: every word of the world is one token, before and after saving."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from training.papertown.models import tokenize
from training.papertown.tokenizer import MAX_LENGTH, build_tokenizer, world_words
from training.papertown.world import scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    build_tokenizer(path)
    return path


def test_every_word_is_one_token(folder: Path) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    words = world_words()
    assert len(words) > 50
    for word in words:
        ids = tokenizer(word).input_ids
        assert len(ids) == 3, word
        assert tokenizer.convert_ids_to_tokens(ids)[1] == f"{word}</w>"


def test_captions_of_the_world_fit_without_being_cut(folder: Path) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    for seed in range(60):
        text = scene(seed).caption
        pieces = text.replace(",", " ,").split()
        assert len(tokenizer(text).input_ids) == len(pieces) + 2 <= MAX_LENGTH


def test_padding_and_unknown_words(folder: Path) -> None:
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    tokens = tokenize(tokenizer, ["", "a zebra"])
    assert tokens.shape == (2, MAX_LENGTH)
    assert tokens[0, 0] == tokenizer.bos_token_id
    assert (tokens[0, 1:] == tokenizer.eos_token_id).all()
    assert (tokens[1] < len(tokenizer)).all()
