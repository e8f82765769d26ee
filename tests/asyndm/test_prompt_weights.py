"""The notation of weights, and its change by keys."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyndm.prompt_reweighting import reweighted
from asyndm.prompt_weights import HIGHEST, Weighted, parse

_PROMPTS = st.text("()[]\\:1.2 aB\n", max_size=30) | st.text(max_size=30)


def _runs(prompt: str) -> list[tuple[str, float]]:
    """Neighbouring characters of one weight."""
    found: list[tuple[str, float]] = []
    weighted = parse(prompt)
    for character, weight in zip(weighted.text, weighted.weights, strict=True):
        if found and found[-1][1] == weight:
            found[-1] = (found[-1][0] + character, weight)
        else:
            found.append((character, weight))
    return found


@pytest.mark.parametrize(
    ("prompt", "runs"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("a (cat:1.2) sits", [("a ", 1.0), ("cat", 1.2), (" sits", 1.0)]),
        ("a (cat) sits", [("a ", 1.0), ("cat", 1.1), (" sits", 1.0)]),
        ("((cat))", [("cat", 1.21)]),
        ("[cat]", [("cat", 0.9091)]),
        ("[(cat)]", [("cat", 1.0)]),
        ("(a (cat:1.5) sits:0.5)", [("a ", 0.5), ("cat", 0.75), (" sits", 0.5)]),
        ("(a (cat):0.5)", [("a ", 0.5), ("cat", 0.55)]),
        ("(cat: 1.2 )", [("cat", 1.2)]),
        ("(cat:.5)", [("cat", 0.5)]),
        ("(cat:0)", [("cat", 0.0)]),
        ("(cat:99)", [("cat", HIGHEST)]),
        ("(cat:-1)", [("cat", 0.0)]),
        ("((cat:99):0.01)", [("cat", 0.03)]),
        (r"a cat \(tabby\)", [("a cat (tabby)", 1.0)]),
        (r"(a \(b\):1.3)", [("a (b)", 1.3)]),
        (r"a \\ b", [("a \\ b", 1.0)]),
        (r"c:\x", [("c:\\x", 1.0)]),
        ("(cat:big)", [("cat:big", 1.1)]),
        ("(3:2:1.2)", [("3:2", 1.2)]),
        ("(:1.2)", [(":1.2", 1.1)]),
        ("a (cat", [("a (cat", 1.0)]),
        ("a cat) :)", [("a cat) :)", 1.0)]),
        ("[a cat", [("[a cat", 1.0)]),
        ("(a [b) c]", [("a [b", 1.1), (" c]", 1.0)]),
        ("((a)", [("(", 1.0), ("a", 1.1)]),
        ("", []),
        ("()", []),
    ],
)
def test_what_the_marks_mean(prompt: str, runs: list[tuple[str, float]]) -> None:
    assert _runs(prompt) == runs


def test_a_break_begins_a_chunk_and_is_no_word() -> None:
    weighted = parse("a (red  BREAK cat:1.2) BREAKFAST")
    assert weighted.text == "a red\ncat BREAKFAST"
    assert weighted.breaks == (6,)
    assert weighted.weights[5:8] == (1.0, 1.2, 1.2)
    assert not parse("a BREAK b").is_plain
    assert parse("(a:1) b").is_plain


@given(_PROMPTS)
def test_the_text_leads_back_to_the_prompt(prompt: str) -> None:
    weighted = parse(prompt)
    assert len(weighted.text) == len(weighted.weights) == len(weighted.places)
    assert list(weighted.places) == sorted(set(weighted.places))
    breaks = {index - 1 for index in weighted.breaks}
    for index, place in enumerate(weighted.places):
        if index not in breaks:
            assert weighted.text[index] == prompt[place]
    assert all(0 <= weight <= HIGHEST for weight in weighted.weights)


@given(_PROMPTS)
def test_escaped_text_has_no_weights(text: str) -> None:
    escaped = "".join("\\" + c if c in "()[]\\" else c for c in text)
    weighted = parse(escaped)
    if "BREAK" not in text:
        assert weighted == Weighted(text, (1.0,) * len(text), weighted.places)


def test_a_word_is_found_in_the_prompt_as_typed() -> None:
    prompt = r"a \(red\) ((cat:1.2)) sits"
    weighted = parse(prompt)
    start = weighted.text.index("cat")
    assert weighted.typed(start, start + 3) == (prompt.index("cat"), prompt.index("cat") + 3)


def test_many_brackets_take_no_square_of_time() -> None:
    def seconds(count: int) -> float:
        prompts = "(" * count + "a" + ")" * count, "(" * count + "]" * count
        start = time.perf_counter()
        for prompt in prompts:
            parse(prompt)
        return time.perf_counter() - start

    seconds(1000)
    # 16 times the brackets: 256 times the time if it were a square.
    assert seconds(16000) < 80 * max(seconds(1000), 0.002)


def test_no_torch() -> None:
    code = (
        "import sys; from asyndm.prompt_reweighting import reweighted; "
        "from asyndm.prompt_chunks import TextLayout; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("prompt", "by", "wanted"),
    [
        # "|" is the cursor, or the two ends of the selection.
        ("a ca|t sits", 0.1, "a (|cat|:1.1) sits"),
        ("a ca|t sits", -0.1, "a (|cat|:0.9) sits"),
        ("a (ca|t:1.1) sits", 0.1, "a (|cat|:1.2) sits"),
        ("a (ca|t:1.1) sits", -0.1, "a |cat| sits"),
        ("a (ca|t) sits", 0.1, "a (|cat|:1.2) sits"),
        ("a [ca|t] sits", 0.1, "a |cat| sits"),
        ("a [ca|t] sits", -0.1, "a (|cat|:0.8) sits"),
        ("(a red ca|t:1.25)", 0.1, "(|a red cat|:1.35)"),
        ("a |red cat |sits", 0.1, "a (|red cat|:1.1) sits"),
        ("a |(red cat:1.1)| sits", 0.1, "a (|red cat|:1.2) sits"),
        ("(a |red| cat:1.2)", 0.1, "(a (|red|:1.1) cat:1.2)"),
        ("(cat|:3)", 0.1, "(|cat|:3)"),
        ("(cat|:0.05)", -0.1, "(|cat|:0)"),
        ("a | cat", 0.1, "a | cat"),
        ("a |cat) :(| b", 0.1, "a |cat) :(| b"),
        ("|", 0.1, "|"),
    ],
)
def test_a_key_changes_a_weight(prompt: str, by: float, wanted: str) -> None:
    start, end = prompt.index("|"), prompt.rindex("|")
    end = max(start, end - 1)
    text, first, last = reweighted(prompt.replace("|", ""), start, end, by)
    marked = text[:first] + "|" + text[first:last] + ("|" if last > first else "") + text[last:]
    assert marked == wanted


@given(_PROMPTS, st.data())
def test_a_key_never_changes_the_words(prompt: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(prompt)))
    end = data.draw(st.integers(start, len(prompt)))
    by = data.draw(st.sampled_from((0.1, -0.1)))
    text, first, last = reweighted(prompt, start, end, by)
    assert parse(text).text == parse(prompt).text
    assert 0 <= first <= last <= len(text)
