"""A walk through the tools in the real window, which takes the pictures of docs/session.md.

    python -m tests.end2end.walk PICTURE.png docs/images

PICTURE.png is what
``main.py generate --prompt "a red house and a green tree on grass" --seed 8`` made: a house without
the tree. Needs Xvfb, xdotool and ImageMagick, like the tests beside it.
"""

import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from tests.end2end.guide import WHOLE, Album, Guide
from tests.end2end.screen import Screen, require_tools, wait_for

SETTINGS = {
    "brush_radius": 14.0,
    "brush_hardness": 0.8,
    "steps": 30,
    "seed_locked": True,
    "paint_sample_side": 5,
}
MODE_INPAINT, PROMPT = (1154, 34), (1108, 130)
LAYERS, REGIONS, HISTORY = (978, 470), (1050, 470), (1122, 470)
CONCAVITY = (1225, 672)
BLEND = (1050, 506)
OUTPAINT = (560, 41)
"""Places on the screen."""

SUN, DUSK, NIGHT = "#ffd23c", "#ff9a4c", "#4a2a8c"


def region(guide: Guide, album: Album) -> None:
    """Paint where the tree is missing, and say what goes there."""
    guide.screen.click(*MODE_INPAINT)
    guide.screen.click(*PROMPT)
    guide.write("a green tree")
    for y, left, right in ((134, 40, 66), (154, 30, 76), (172, 40, 66)):
        guide.drag((left, y), (right, y))
    guide.keys(*3 * ("bracketleft",))
    guide.drag((53, 180), (53, 266))
    guide.keys("e")
    guide.drag((53, 250), (53, 270))
    guide.rest()
    album.take("session/region", WHOLE)


def result(guide: Guide, album: Album) -> None:
    """Run, look, accept."""
    guide.keys("ctrl+Return")
    guide.studio.wait_for_title("Result")
    album.take("session/result", WHOLE)
    guide.keys("Return")
    wait_for(lambda: "Result" not in guide.title, "the result to be accepted", 20)
    guide.keys("ctrl+m")


def paint(guide: Guide, album: Album) -> None:
    """A sun on a layer of its own."""
    guide.keys("ctrl+shift+n")
    time.sleep(0.5)
    guide.name_layer("Sun")
    guide.paint_on_layer()
    guide.choose_colour(SUN)
    guide.keys("b", *5 * ("bracketright",))
    guide.click(310, 60)
    guide.keys(*9 * ("bracketleft",))
    for start, end in (
        ((310, 14), (310, 24)),
        ((346, 28), (340, 34)),
        ((356, 62), (348, 62)),
        ((344, 94), (338, 88)),
        ((274, 30), (281, 36)),
        ((264, 62), (272, 62)),
        ((276, 94), (283, 88)),
        ((310, 106), (310, 98)),
    ):
        guide.drag(start, end, steps=4)
    album.take("session/paint")


def clone(guide: Guide, album: Album) -> None:
    """Another window for the house."""
    guide.choose_row(2)
    guide.keys("s", *4 * ("bracketright",))
    guide.click(226, 212, held=("alt",))
    guide.hold((226, 256), (246, 256), (246, 266), (222, 266))
    album.take("session/clone")
    guide.let_go()


def gradient(guide: Guide, album: Album) -> None:
    """The sun's colour in the windows, then evening light on a layer that is blended."""
    guide.keys("i")
    guide.click(310, 60)
    guide.keys("k")
    for place in ((239, 232), (180, 230), (140, 228)):
        guide.click(*place)
        time.sleep(0.5)
    guide.choose_row(0)
    guide.keys("ctrl+shift+n")
    time.sleep(0.5)
    guide.name_layer("Evening")
    guide.paint_on_layer()
    guide.choose_colour(DUSK)
    guide.keys("x")
    guide.choose_colour(NIGHT)
    guide.keys("g")
    guide.hold((192, 20), (192, 250))
    album.take("session/gradient")
    guide.let_go()
    guide.screen.click(*BLEND)
    guide.keys(*4 * ("Down",), "Return")
    time.sleep(0.5)
    guide.take_focus()


def shapes(guide: Guide, album: Album) -> None:
    """A rectangle, an ellipse with it, a piece less."""
    guide.keys("m")
    guide.drag((40, 40), (180, 130))
    guide.keys("shift+m")
    guide.drag((130, 60), (290, 190), held=("shift",))
    guide.keys("m")
    guide.drag((90, 70), (150, 100), held=("alt",))
    guide.rest()
    album.take("session/shapes")


def lasso(guide: Guide, album: Album) -> None:
    """By hand, and corner by corner."""
    guide.keys("ctrl+d", "l")
    around = [(20, 120), (50, 96), (84, 120), (80, 170), (64, 190), (64, 262), (42, 262), (40, 190)]
    guide.drag(*around, around[0])
    time.sleep(0.5)
    guide.keys("shift+l")
    guide.click(92, 200, held=("shift",))
    for corner in ((182, 112), (300, 200), (268, 216), (266, 296)):
        guide.click(*corner)
    guide.screen.do("mousemove", *map(str, guide.at(124, 294)))
    album.take("session/lasso")
    guide.keys("Escape")


def wand(guide: Guide, album: Album) -> None:
    """The sky by the wand, the grass by its colour."""
    guide.keys("ctrl+d")
    guide.choose_row(3)
    guide.keys("w")
    guide.click(200, 110)
    time.sleep(0.5)
    guide.click(200, 8, held=("shift",))
    time.sleep(0.5)
    guide.keys("shift+w")
    guide.click(200, 340, held=("shift",))
    time.sleep(0.5)
    guide.rest()
    album.take("session/wand")


def thing(guide: Guide, album: Album) -> None:
    """The house, boxed in; then a region of it."""
    guide.keys("ctrl+d", "q")
    guide.drag((88, 114), (296, 300))
    time.sleep(2)
    guide.rest()
    album.take("session/object")
    guide.keys("Return", "ctrl+c", "ctrl+shift+r")
    time.sleep(0.5)
    guide.screen.click(*REGIONS)
    guide.keys("ctrl+m")
    guide.screen.click(*CONCAVITY)
    guide.keys("ctrl+a")
    guide.write("0.35")
    guide.keys("Return")
    guide.rest()
    album.take("session/regions", WHOLE)
    guide.screen.click(*LAYERS)


def transform(guide: Guide, album: Album) -> None:
    """A copy of the house, smaller and aslant."""
    guide.keys("ctrl+m", "ctrl+v")
    time.sleep(1)
    guide.keys("ctrl+d", "ctrl+t")
    time.sleep(0.5)
    guide.drag((288, 291), (192, 208), held=("shift",))
    guide.drag((140, 160), (318, 260))
    guide.hold((374, 210), (380, 222), (382, 236))
    album.take("session/transform")
    guide.let_go()
    guide.keys("Return")
    time.sleep(0.5)
    guide.keys("v", "Up", "Up", "Return")
    time.sleep(0.5)


def crop(guide: Guide, album: Album) -> None:
    """Beyond the edge of the picture, where something is to be added."""
    guide.screen.click(*HISTORY)
    guide.keys("shift+c")
    guide.drag((384, 192), (500, 192))
    guide.screen.click(*OUTPAINT)
    guide.rest()
    album.take("session/crop", WHOLE)
    guide.screen.click(*guide.at(200, 360))
    guide.keys("Escape")
    guide.screen.click(*LAYERS)


def window(guide: Guide, album: Album) -> None:
    """All of it, for the first page."""
    guide.screen.click(*REGIONS)
    guide.screen.click(1070, 506)
    guide.screen.click(*LAYERS)
    guide.screen.drag([(1110, 454), (1110, 430), (1110, 406)])
    guide.keys("b", "ctrl+m", "ctrl+0", *2 * ("bracketright",))
    guide.screen.do("mousemove", "286", "330")
    album.take("window", WHOLE)
    guide.screen.drag([(1110, 406), (1110, 430), (1110, 454)])
    guide.keys("ctrl+m", *2 * ("bracketleft",))
    guide.look()


STEPS = (
    *(region, result, paint, clone, gradient, window),
    *(shapes, lasso, wand, thing, transform, crop),
)


def main(picture: Path, folder: Path) -> None:
    """Take all pictures."""
    require_tools()
    with Image.open(picture) as image:
        side = image.width
    screen = Screen()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "house.png"
        path.write_bytes(picture.read_bytes())
        guide = Guide.opening(screen, path, SETTINGS)
        try:
            guide.enlarge(side)
            album = Album(screen, folder)
            for step in STEPS:
                step(guide, album)
        finally:
            guide.close()
            screen.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
