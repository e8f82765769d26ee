"""A picture without layers becomes a file with layers, which is opened again, by keys and mouse."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editing.files.document_file import load_document
from tests.end2end.hand import Hand, toy_picture
from tests.end2end.screen import Screen, wait_for

pytestmark = pytest.mark.end2end


def test_a_flat_picture_gets_layers_and_is_opened_again(screen: Screen, tmp_path: Path) -> None:
    flat, layered = tmp_path / "toy.png", tmp_path / "toy.ora"
    Image.fromarray(toy_picture()).convert("RGB").save(flat)
    before = flat.read_bytes()
    hand = Hand.opening(screen, flat)
    try:
        hand.keys("b")
        hand.drag((60, 40), (200, 40))
        wait_for(lambda: "*" in hand.title, "the mark of unsaved changes", 20)
        hand.keys("ctrl+shift+n")
        hand.paint_on_layer()
        hand.choose_colour("#00aa44")
        hand.drag((60, 330), (200, 330))

        # What has layers is to be saved as what keeps them.
        hand.keys("ctrl+shift+s")
        with hand.dialog("Save the picture"):
            hand.keys("Return")
        wait_for(lambda: hand.title.startswith("toy.ora -"), "the file with layers", 30)
        saved = load_document(layered).document
        assert flat.read_bytes() == before
        assert [len(saved.layers), len(saved.regions)] == [2, 1]
        assert saved.mask.pixels[40, 130] == 255
        assert tuple(saved.layers[1].plane.pixels[330, 130]) == (0, 170, 68, 255)
        assert (saved.layers[0].plane.pixels == toy_picture()).all()
        with Image.open(flat) as picture:
            assert (np.array(picture) == toy_picture()[..., :3]).all()

        # To another file and back: all of it is there, and can be worked on.
        for name in ("toy.png", "toy.ora"):
            hand.keys("ctrl+o")
            with hand.dialog("Open a picture"):
                hand.write(str(tmp_path / name))
                hand.keys("Return")
            hand.studio.wait_for_title(f"{name} - AsynDM Studio")
        hand.path = layered
        hand.look()
        hand.keys("e")
        hand.drag((120, 40), (140, 40))
        again = hand.wait_for(lambda d: not d.mask.pixels[40, 130], "the region to be erased")
        assert again.mask.pixels[40, 70] == 255
        for one, other in zip(saved.layers, again.layers, strict=True):
            assert (one.plane.pixels == other.plane.pixels).all()
            assert one.name == other.name
        hand.keys("ctrl+q")
        assert hand.studio.process.wait(60) == 0
        assert hand.studio.log == ""
    finally:
        hand.close()
