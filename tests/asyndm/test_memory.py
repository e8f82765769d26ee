"""Estimates, the settings that follow from them, and what a run really takes."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from asyndm.catalogue import EMBEDDED, Catalogue
from asyndm.device_memory import (
    free_memory,
    free_ram,
    is_out_of_memory,
    suitable_dtype,
    tried_bytes,
)
from asyndm.engine import Engine
from asyndm.errors import ModelError
from asyndm.events import Finished, Notice
from asyndm.memory import (
    Free,
    MemoryPlan,
    checked_offload,
    checked_vae,
    gigabytes,
    plan_memory,
    smaller,
)
from asyndm.memory_failure import memory_notice
from asyndm.memory_needs import OFFLOADS, VAE_MODES, Needs, Work, native_work, needs_of, work_of
from asyndm.plan import resolve
from asyndm.request import Region, Request
from asyndm.weight_sizes import part_sizes
from tests.asyndm.tiny_models import tiny_pipeline_folder
from tests.asyndm.tiny_transformers import tiny_flux_folder

GB = 10**9
CPU = torch.device("cpu")
FLUX = Needs(
    parts={
        "transformer": 24 * GB,
        "text_encoder": GB // 4,
        "text_encoder_2": 9 * GB,
        "vae": GB // 4,
    },
    network="transformer",
    block=GB // 2,
    outside=GB // 4,
    layer=GB // 4,
    step=GB // 2,
    whole=4 * GB,
    tile=GB // 2,
)
"""About FLUX.1 dev in bfloat16 at 1024 x 1024."""


def planned(
    free_gb: float, *, ram: float = 64, offload: str = "auto", vae: str = "auto"
) -> MemoryPlan:
    free = Free(int(free_gb * GB), int(ram * GB), is_separate=True)
    return plan_memory(
        FLUX, free, "bfloat16", offload=checked_offload(offload), vae=checked_vae(vae)
    )


@pytest.mark.parametrize(
    ("free", "offload", "vae"),
    [
        (48, "none", "whole"),
        (32, "model", "whole"),
        (20, "group", "whole"),
        (5.3, "group", "whole"),
        (3, "group", "tiled"),
        (1.5, "sequential", "tiled"),
        (0.1, "sequential", "tiled"),
    ],
)
def test_the_fastest_setting_that_fits(free: float, offload: str, vae: str) -> None:
    plan = planned(free)
    assert (plan.offload, plan.vae) == (offload, vae)
    assert plan.fits is (free > 1)


def test_each_setting_takes_less_than_the_one_before() -> None:
    takes = [FLUX.on_device(offload, vae) for vae in VAE_MODES for offload in OFFLOADS]
    assert takes[:4] == sorted(takes[:4], reverse=True)
    assert takes[4:] == sorted(takes[4:], reverse=True)


def test_a_setting_that_was_asked_for_is_kept() -> None:
    assert planned(48, offload="group").offload == "group"
    assert planned(1, offload="none").offload == "none"
    assert planned(48, vae="tiled").vae == "tiled"
    with pytest.raises(ModelError, match="'some' is no way to offload; choose auto, none, model"):
        Engine(device="cpu", offload="some")
    with pytest.raises(ModelError, match="'some' is no way to decode; choose auto, whole, tiled"):
        Engine(device="cpu", vae="some")


def test_nothing_is_offloaded_where_there_is_one_memory() -> None:
    plan = plan_memory(FLUX, Free(8 * GB, 8 * GB), "bfloat16")
    assert (plan.offload, plan.vae, plan.fits) == ("none", "tiled", False)


def test_sentences() -> None:
    assert memory_notice(planned(48)) == ""
    assert memory_notice(planned(32)) == (
        "The run needs about 41.5 GB and 32.0 GB are free on the GPU, so its parts are moved there "
        "one at a time."
    )
    assert "decoded in tiles" in memory_notice(planned(3))
    assert memory_notice(planned(0.1)).endswith("only 100 MB are free on the GPU; it may fail.")
    assert "34.0 GB" not in memory_notice(planned(48, ram=16))
    assert "of main memory and 16.0 GB are free" in memory_notice(planned(48, ram=16))
    assert gigabytes(13.24e9) == "13.2 GB"
    assert gigabytes(85.4e6) == "85 MB"


def test_the_next_smaller_setting(tmp_path: Path) -> None:
    info = Catalogue([]).find(str(tiny_pipeline_folder(tmp_path / "m", latent_size=256)))
    plan = resolve(Request(prompt="a", width=1024, height=512), info)
    ways = []
    memory = planned(48)
    while memory.offload != "sequential":
        step = smaller(memory, plan, stage="steps")
        assert step is not None
        ways.append(step["offload"])
        memory = planned(48, offload=step["offload"])
    assert ways == ["model", "group", "sequential"]
    size = {"width": 768, "height": 384}
    square = resolve(Request(prompt="a", width=1024, height=1024), info)
    assert smaller(memory, plan, stage="steps") is None  # 384 is below half of the model's own side
    assert smaller(memory, square, stage="steps") == {**size, "height": 768}
    assert smaller(planned(48), plan, stage="decode") == {"vae": "tiled"}
    one_memory = plan_memory(FLUX, Free(8 * GB, 8 * GB), "bfloat16")
    assert smaller(one_memory, plan, stage="load") is None


def test_sizes_come_from_headers(tmp_path: Path) -> None:
    for folder in (tiny_pipeline_folder(tmp_path / "sd"), tiny_flux_folder(tmp_path / "flux")):
        info = Catalogue([]).find(str(folder))
        sizes = part_sizes(info)
        engine = Engine(str(folder), "cpu")
        engine.preload(str(folder))
        model = next(engine._store.cache.values())
        for part, size in sizes.items():
            parameters = list(getattr(model.pipeline, part).parameters())
            assert abs(size.total - sum(p.numel() for p in parameters)) <= 64  # position ids
            assert size.largest_tensor == max(p.numel() for p in parameters)
            assert size.largest_block + size.outside_blocks <= size.total
    network: Any = model.network
    blocks = [network.transformer_blocks[0], network.single_transformer_blocks[0]]
    largest = max(sum(p.numel() for p in block.parameters()) for block in blocks)
    assert sizes["transformer"].largest_block == largest


def test_needs_follow_size_type_and_samples(tmp_path: Path) -> None:
    info = Catalogue([]).find(str(tiny_pipeline_folder(tmp_path / "m")))
    sizes = part_sizes(info)
    small, large = (needs_of(Work(info, side, side), sizes, "float32") for side in (64, 128))
    assert (large.step, large.whole) == (4 * small.step, 4 * small.whole)
    half = needs_of(native_work(info), sizes, "bfloat16")
    assert {part: 2 * size for part, size in half.parts.items()} == small.parts
    region = Region(mask=whole_mask(), prompt="a cat")
    for request, samples in (
        (Request(prompt="a"), 2),
        (Request(prompt="a", guidance=1.0), 1),
        (Request(prompt="a", regions=(region,)), 3),
    ):
        assert work_of(resolve(request, info)).samples == samples
    assert needs_of(replace(native_work(info), samples=3), sizes, "float32").step == (
        small.step * 3 // 2
    )


def whole_mask() -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.ones((64, 64), np.float32)


CHILD = """
import resource, sys
import psutil
from asyndm.engine import Engine
from asyndm.request import Request
model, side = sys.argv[1], int(sys.argv[2])
engine = Engine(model, "cpu")
request = Request(prompt="a red house", steps=1, guidance=1.0, width=side, height=side)
list(engine.run(request.with_(width=None, height=None)))  # all that is imported, and kernels
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
before = psutil.Process().memory_info().rss
assert type(list(engine.run(request))[-1]).__name__ == "Finished"
print(max(0, peak() - before))
"""


@pytest.mark.parametrize(("model", "side"), [(str(EMBEDDED / "papertown"), 512)])
def test_a_run_takes_about_what_was_estimated(model: str, side: int) -> None:
    info = Catalogue([]).find(model)
    work = Work(info, side, side, samples=1, encodes=False)
    needs = needs_of(work, part_sizes(info), "float32")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, model, str(side)], capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    taken = int(done.stdout)
    estimate = max(needs.step, needs.whole)
    assert 0.7 * estimate < taken < 1.1 * estimate + (256 << 20)


def test_a_limit_is_told_and_the_picture_stays_the_same(tmp_path: Path) -> None:
    folder = str(tiny_pipeline_folder(tmp_path / "m"))
    request = Request(prompt="a ball", steps=1)
    plain = list(Engine(folder, "cpu").run(request))
    limited = list(Engine(folder, "cpu", memory_limit=50_000_000).run(request))
    assert not any(isinstance(event, Notice) for event in plain)
    notice = next(event for event in limited if isinstance(event, Notice))
    assert notice.text.endswith("only 50 MB are free; it may fail.")
    assert isinstance(plain[-1], Finished)
    assert isinstance(limited[-1], Finished)
    assert np.array_equal(plain[-1].images, limited[-1].images)  # one tile is the whole picture
    assert plain[-1].dtype == "float32"


def test_what_is_free_and_limits_of_the_process() -> None:
    assert free_ram() > 0
    assert free_memory(CPU, limit=1000).device == 1000
    assert free_memory(CPU, held=1 << 50).device > 1 << 50
    if sys.platform != "win32":
        code = (
            "import resource, psutil; from asyndm.device_memory import free_ram\n"
            "used = psutil.Process().memory_info().vms\n"
            "resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 28),) * 2); print(free_ram())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert 1 << 27 < int(done.stdout) <= 1 << 28


def test_errors_that_say_that_memory_is_lacking() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(1 << 50)
    assert is_out_of_memory(refused.value)
    assert tried_bytes(refused.value) == 4 << 50
    cuda = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.50 GiB. GPU 0 has")
    assert is_out_of_memory(cuda)
    assert tried_bytes(cuda) == int(20.5 * (1 << 30))
    assert is_out_of_memory(MemoryError())
    assert tried_bytes(MemoryError()) == 0
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(None)


def test_small_models_are_in_float32_on_a_cpu() -> None:
    assert suitable_dtype(CPU, "sd", 10**9) is torch.float32
    assert suitable_dtype(CPU, "flux", 10**15) is torch.bfloat16  # would not fit at all
