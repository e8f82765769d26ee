"""Change the weight of a part of a prompt, as Ctrl+Up and Ctrl+Down in the prompt field do.

The notation is that of `asyndm.prompt_weights`.
"""

import re

from asyndm.prompt_weights import HIGHEST, STEP, parse

_WORD = re.compile(r"[^\W_][\w'-]*")
_HEAD = re.compile(r"[(\[]$")
_TAIL = re.compile(r"(?::\s*(?P<number>\d+\.?\d*|\.\d+)\s*)?[)\]]")
_GROUP = re.compile(
    r"(?<!\\)\((?P<round>(?:\\.|[^()\\])*?)(?::\s*(?:\d+\.?\d*|\.\d+)\s*)?\)"
    r"|(?<!\\)\[(?P<square>(?:\\.|[^\[\]\\])*?)\]"
)


def reweighted(prompt: str, start: int, end: int, by: float) -> tuple[str, int, int]:
    """Raise or lower a weight; at 1 the marks go.

    Args:
        prompt: as typed.
        start: where the selection begins, an index in the prompt.
        end: where it ends. If nothing is selected: the innermost weighted part around it, else the
            word there.
        by: what to add to the weight, such as 0.1.

    Returns:
        the prompt, and where the part lies in it now. All as they were if there is no word, or if
        the marks would change what the prompt says.
    """
    unchanged = (prompt, start, end)
    start, end = _part(prompt, start, end)
    if start == end:
        return unchanged
    weight, head, tail = _present(prompt, start, end)
    wanted = min(max(round(weight + by, 2), 0.0), HIGHEST)
    before, inside, after = prompt[:head], prompt[start:end], prompt[tail:]
    opening, closing = ("", "") if wanted == 1 else ("(", f":{wanted:g})")
    changed = before + opening + inside + closing + after
    if parse(changed).text != parse(prompt).text:
        return unchanged
    start = head + len(opening)
    return changed, start, start + len(inside)


def _part(prompt: str, start: int, end: int) -> tuple[int, int]:
    """What is to be weighted: the selection without blanks and marks around it, or what is near."""
    if start == end:
        return _at(prompt, start)
    selected = prompt[start:end]
    start += len(selected) - len(selected.lstrip())
    end -= len(selected) - len(selected.rstrip())
    whole = _GROUP.fullmatch(prompt, start, max(start, end))
    if whole:
        return whole.span(whole.lastgroup or 0)
    return start, max(start, end)


def _at(prompt: str, place: int) -> tuple[int, int]:
    """The weighted part around a place, else the word there, else nothing."""
    for group in _GROUP.finditer(prompt):
        start, end = group.span(group.lastgroup or 0)
        if start <= place <= end:
            return start, end
    for word in _WORD.finditer(prompt):
        if word.start() <= place <= word.end():
            return word.span()
    return place, place


def _present(prompt: str, start: int, end: int) -> tuple[float, int, int]:
    """The weight that the part's own marks give it, and where these marks begin and end."""
    tail = _TAIL.match(prompt, end)
    if not tail or not _HEAD.search(prompt, 0, start) or prompt[: start - 1].endswith("\\"):
        return 1.0, start, end
    bracket, partner = prompt[start - 1], tail[0][-1]
    if bracket + partner == "[]" and tail[0] == "]":
        weight = round(1 / STEP, 1)
    elif bracket + partner == "()":
        weight = float(tail["number"] or STEP)
    else:
        return 1.0, start, end
    return weight, start - 1, tail.end()
