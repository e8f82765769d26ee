"""Labels of the caption reader, and that a short pretraining learns them."""

from pathlib import Path

from training.papertown.captions import Group, Prompt
from training.papertown.models import build_text_encoder
from training.papertown.text_pretraining import UNKNOWN, noun_labels, pretrain, summary_labels
from training.papertown.tokenizer import build_tokenizer
from training.papertown.vocabulary import KINDS


def test_noun_labels_stand_at_the_last_noun_of_each_group() -> None:
    prompt = Prompt((Group(2, "red", "person"), Group(1, "blue", "fish")))
    words = ["<s>", "two", "people", "in", "red", "shirts", "and", "a", "blue", "fish", "</s>"]
    labels = noun_labels(prompt, words)
    assert labels[5] == [2, 0, KINDS.index("person")]
    assert labels[9] == [1, 2, KINDS.index("fish")]
    assert all(row == [UNKNOWN] * 3 for i, row in enumerate(labels) if i not in (5, 9))


def test_summary_labels_count_kinds_and_leave_absent_colours_open() -> None:
    labels = summary_labels(Prompt((Group(3, "green", "car"),), None, "snow"))
    car = KINDS.index("car")
    assert labels[car] == 3
    assert sum(labels[:10]) == 3
    assert labels[10 + car] == 1
    assert labels[10:20].count(UNKNOWN) == 9
    assert labels[20:] == [1, 4, car]


def test_a_short_pretraining_lowers_the_loss(tmp_path: Path) -> None:
    tokenizer = build_tokenizer(tmp_path)
    encoder = build_text_encoder(tokenizer, width=32, layers=1)
    history = pretrain(encoder, tokenizer, steps=25, batch=8)
    assert sum(history[-5:]) < 0.9 * sum(history[:5])
