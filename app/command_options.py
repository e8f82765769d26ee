"""The commands and options of the command line. No Qt, no torch: help must come at once."""

import argparse
import re
from typing import NoReturn, get_args

from asyndm.errors import AsynDMError
from asyndm.memory_needs import BYTES, OFFLOADS
from asyndm.object_order import Order, WordConcavity, parse_order
from asyndm.request import Family, Lora, Method, Request, Sampler
from editing.fill import FillMethod

# Option to field of the request; those given on the command line replace what a picture carries.
SETTINGS = {
    "prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "clip_skip": "clip_skip",
    "model": "model",
    "method": "method",
    "schedule": "schedule",
    "concavity": "concavity",
    "steps": "steps",
    "seed": "seed",
    "guidance": "guidance",
    "true_guidance": "true_guidance",
    "lora": "loras",
    "embedding": "embeddings",
    "eta": "eta",
    "sampler": "sampler",
    "words": "words",
    "word_concavity": "word_concavity",
    "order": "order",
    "mask_smoothing": "mask_smoothing",
    "minimum_area": "minimum_area",
    "count": "count",
    "strength": "strength",
    "whole_picture": "whole_picture",
}

_IMAGE_HELP = "PNG, JPEG, WebP or GIF"
_MASK_HELP = "picture of the same size: white = redo, grey = less concave"


class UsageError(AsynDMError):
    """The arguments cannot be used as they are."""


class _Parser(argparse.ArgumentParser):
    """Reports a mistake as one sentence instead of printing it and leaving."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence}; see {self.prog} --help.")


def build_parser(prog: str = "python main.py") -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog=prog,
        allow_abbrev=False,
        description="Asynchronous denoising: one region of a picture is decided last. Without a "
        "command the window opens, with a picture if a file is named.",
        epilog="Exit codes: 0 done; 1 the run or a check failed; 2 something to be mended "
        "(arguments, files, models, output folder); 130 cancelled.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_generate(commands)
    _add_repair(commands)
    _add_inpaint(commands)
    _add_edit(commands)
    _add_models(commands)
    return parser


def _add_generate(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "generate", help="make a picture from a prompt", allow_abbrev=False
    )
    _add_prompt(parser, required=True)
    _add_settings(parser)
    _add_objects(parser)
    parser.add_argument(
        "--size", type=_size, metavar="WxH", help="in pixels; default: the model's own size"
    )
    _add_output(parser)


def _add_repair(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "repair",
        help="redo a region of a generated picture, same prompt and seed, decided last",
        description="Prompt, seed, model and the other settings are read from the picture; options "
        "given here replace them.",
        allow_abbrev=False,
    )
    _add_pictures(parser)
    _add_prompt(parser, required=False)
    _add_settings(parser)
    _add_paste(parser)
    parser.add_argument(
        "--whole-picture",
        action="store_true",
        default=None,
        help="let the rest of the picture follow as well",
    )
    _add_output(parser)


def _add_inpaint(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "inpaint", help="repaint a region of any picture", allow_abbrev=False
    )
    _add_pictures(parser)
    _add_prompt(parser, required=True)
    _add_settings(parser)
    parser.add_argument(
        "--strength",
        type=float,
        metavar="S",
        help="how much of the region is made anew, above 0 to 1 (default: 1)",
    )
    parser.add_argument(
        "--fill",
        choices=get_args(FillMethod),
        default="original",
        help="what the region starts from below full strength (default: original)",
    )
    _add_paste(parser)
    _add_output(parser)


def _add_edit(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser(
        "edit",
        help="change a picture, or a region of it, by an instruction",
        description="The model sees the whole picture. With a mask only its white part changes; "
        "without one the whole picture may. A shift of the edited picture is corrected.",
        allow_abbrev=False,
    )
    parser.add_argument("image", metavar="IMAGE", help=_IMAGE_HELP)
    parser.add_argument(
        "--instruction",
        dest="prompt",
        required=True,
        metavar="T",
        help='what is to change, such as "make the roof blue"',
    )
    parser.add_argument("--negative-prompt", metavar="P", help="what it should not show")
    parser.add_argument("--mask", metavar="MASK", help=f"{_MASK_HELP}; default: all may change")
    _add_settings(parser)
    _add_paste(parser)
    parser.add_argument(
        "--no-shift-correction",
        action="store_true",
        help="leave an edit that came out shifted or enlarged where it is",
    )
    _add_output(parser)


def _add_models(commands: "argparse._SubParsersAction[_Parser]") -> None:
    parser = commands.add_parser("models", help="the models there are", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="all models", allow_abbrev=False)
    for action, text in (("info", "all about one model"), ("verify", "check a model's files")):
        named = actions.add_parser(action, help=text, allow_abbrev=False)
        named.add_argument("name", metavar="NAME", help="name, or path of a model folder or file")
    _add_adding(actions)
    removing = actions.add_parser(
        "remove", help="forget what was added; nothing is deleted", allow_abbrev=False
    )
    removing.add_argument("name", metavar="NAME|PATH", help="name of a model, or path as added")


def _add_adding(actions: "argparse._SubParsersAction[_Parser]") -> None:
    add = actions.add_parser(
        "add",
        help="use a model on this machine where it is, or download one from a hub",
        description="FILE: a safetensors file. DIR: a model folder, or the home of A1111, ComfyUI "
        "or InvokeAI. Nothing on this machine is copied or moved.",
        allow_abbrev=False,
    )
    add.add_argument(
        "source",
        metavar="FILE|DIR|OWNER/NAME[:FILE]",
        help="what is on this machine, or a repository of a hub, or one .safetensors file of it",
    )
    add.add_argument(
        "--as",
        dest="taken_as",
        metavar="ARCH|DIR",
        help="what a file is, where its tensors leave a choice (flux-kontext, sd2-v), or a folder "
        "in the diffusers format with its settings",
    )
    add.add_argument("--revision", metavar="R", help="branch, tag or commit (default: main)")
    add.add_argument("--variant", metavar="V", help="weights to prefer, such as fp16")
    add.add_argument(
        "--token", metavar="T", help="for gated and private repositories (default: HF_TOKEN)"
    )


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", help=_IMAGE_HELP)
    parser.add_argument("mask", metavar="MASK", help=_MASK_HELP)


def _add_prompt(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--prompt", required=required, metavar="P", help="what the picture shows; (word:1.2) weighs"
    )
    parser.add_argument("--negative-prompt", metavar="P", help="what it should not show")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """Options that become fields of the request; None = not given."""
    usual = Request()
    for name, kind, text in (
        (
            "concavity",
            float,
            f"0 to 1, how late a region is decided (default: {usual.concavity})",
        ),
        ("steps", int, f"number of network calls (default: {usual.steps})"),
        ("seed", int, "of the first picture; the next ones count up (default: random, printed)"),
        ("guidance", float, f"classifier-free guidance scale (default: {usual.guidance:g})"),
        ("true-guidance", float, "FLUX only: guidance by the negative prompt (default: 1, off)"),
        ("eta", float, "0 deterministic, 1 fresh noise in every step (default: 0)"),
        ("clip-skip", int, "layers left out at the end of the text encoder (default: 0)"),
        ("count", int, "number of pictures (default: 1)"),
    ):
        parser.add_argument(f"--{name}", type=kind, metavar=name[0].upper(), help=text)
    for name, choices in (
        ("method", get_args(Method)),
        ("schedule", get_args(Family)),
        ("sampler", get_args(Sampler)),
    ):
        chosen = getattr(usual, name) or "the model's own"
        parser.add_argument(
            f"--{name}",
            choices=choices,
            metavar=name[0].upper(),
            help=f"{', '.join(choices)} (default: {chosen})",
        )
    parser.add_argument(
        "--lora",
        type=_lora,
        action="append",
        metavar="NAME[:S]",
        help="LoRA to wear, with its strength (default: 1); may be given several times",
    )
    parser.add_argument(
        "--embedding",
        action="append",
        metavar="NAME",
        help="textual inversion whose name the prompt uses; may be given several times",
    )
    parser.add_argument(
        "--words", type=_words, metavar="A,B", help="object words; default: found in the prompt"
    )
    parser.add_argument(
        "--model", metavar="NAME|PATH", help="name, or path of a model folder or file"
    )
    parser.add_argument(
        "--device", default="auto", metavar="D", help="auto, cpu, cuda, mps (default: auto)"
    )
    for name, choices, text in (
        ("dtype", tuple(BYTES), "data type of the weights"),
        ("offload", OFFLOADS, "what waits in main memory while it is not used"),
    ):
        names = ("auto", *choices)
        parser.add_argument(
            f"--{name}",
            default="auto",
            choices=names,
            metavar=name[0].upper(),
            help=f"{text}: {', '.join(names)} (default: auto)",
        )


def _add_objects(parser: argparse.ArgumentParser) -> None:
    """Options about objects with a time of their own; masks of words need a whole picture."""
    parser.add_argument(
        "--word-concavity",
        type=_word_concavity,
        metavar="A=W,B=W",
        help="concavity of single words, such as rabbit=0.7,ball=0.3; default: that of --concavity",
    )
    parser.add_argument(
        "--order",
        type=_order,
        metavar="A>B",
        help="what waits for what, such as 'rider > bike > street'; several separated by ;",
    )
    parser.add_argument(
        "--mask-smoothing",
        type=float,
        metavar="S",
        help="0 to below 1, how much the masks of words keep from step to step (default: 0, off)",
    )
    parser.add_argument(
        "--minimum-area",
        type=float,
        metavar="A",
        help="share of the picture below which patches of a mask are dropped and holes filled "
        "(default: 0, off)",
    )


def _add_paste(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--strict-border", action="store_true", help="change masked pixels only, no soft border"
    )
    parser.add_argument(
        "--no-colour-match",
        action="store_true",
        help="do not match the colours of the new region to its surroundings",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR|FILE",
        help="FILE.png, .jpg or .webp (numbered if there are several), or a folder",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the events of the run, one JSON object per line, without arrays",
    )


def _lora(text: str) -> Lora:
    """A name with a strength behind a colon, or a name alone (which may be a path with colons)."""
    name, _, strength = text.rpartition(":")
    try:
        return Lora(name=name, strength=float(strength)) if name else Lora(name=text)
    except ValueError:
        return Lora(name=text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _word_concavity(text: str) -> WordConcavity:
    pairs: list[tuple[str, float]] = []
    for part in filter(None, map(str.strip, text.split(","))):
        word, _, number = part.rpartition("=")
        try:
            w = float(number)
        except ValueError:
            w = -1.0
        if not word.strip() or not 0 <= w <= 1:
            raise argparse.ArgumentTypeError(
                f"{part!r} is no word with a concavity from 0 to 1; write it as rabbit=0.7"
            )
        pairs.append((word.strip(), w))
    return tuple(pairs)


def _order(text: str) -> Order:
    try:
        return parse_order(text)
    except AsynDMError as error:
        raise UsageError(str(error)) from error


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 512x512")
    return int(match[1]), int(match[2])
