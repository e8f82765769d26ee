"""One picture of a request: what it starts from, what steers it, what it keeps.

The three ways to keep the known part of a picture:
* an inpainting network sees mask and masked latents as extra input channels and needs nothing else;
* a repair keeps, at every step, the latents *and the timesteps* of the recorded run that made the
  picture (the same request without the repair, run again);
* blending: after each step the known pixels are the picture's own latents, noised to each pixel's
  *own* timestep. For an ordinary UNet that inpaints, and for a repair of a picture that its record
  does not give again, because it was changed since.

Random numbers are drawn on the CPU in float32, in the order in which diffusers' pipelines draw
them (picture sample, noise, masked picture sample, one per step), so that a seed means the same
noise on every device and the same picture as the stock pipeline's.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from asyndm.conditioning import Conditioning, condition
from asyndm.denoise import LoopState, denoise
from asyndm.families.family import Maps, NetworkInput, Watched
from asyndm.guidance import guide
from asyndm.latents import decode, encode, from_bytes
from asyndm.loading import LoadedModel
from asyndm.per_pixel_time import per_pixel_time
from asyndm.plan import RunPlan, resolve
from asyndm.recording import Recording, reproduces
from asyndm.regional_prompts import join_predictions, prompt_shares, prompted
from asyndm.sampling import sampling_of
from asyndm.steering import Steering
from asyndm.timestep_map import Moment, TimestepMap

NOT_REPRODUCED = (
    "The picture's settings do not give this picture again (it was changed since, or they are not "
    "its own), so the region is fitted to the picture as it is."
)


class PictureRun:
    """Runs picture `index` of a plan: first ``prepare``, then ``run``.

    Args:
        model: the loaded model.
        plan: the resolved request.
        conditioning: its prompt, encoded.
        index: number of the picture; its seed is the request's plus this.
        capture: take attention maps even if the request does not need them.
        before: the run of another picture of the same plan; what it found out about the run that
            made the picture to be repaired is taken over, not found out again.

    Attributes:
        notice: what the person should know, found while preparing; empty if nothing.
        recording: latents, levels and attention of the latest run.
    """

    def __init__(
        self,
        model: LoadedModel,
        plan: RunPlan,
        conditioning: Conditioning,
        index: int,
        *,
        capture: bool = False,
        before: "PictureRun | None" = None,
    ) -> None:
        self.model, self.plan, self.index = model, plan, index
        self.notice = ""
        self.recording = Recording()
        self._conditioning = conditioning
        self._capture = bool(conditioning.positions) and (capture or plan.attention == "dynamic")
        shape = plan.latent_shape
        self._sampling = sampling_of(plan.request, plan.info, model.pipeline.scheduler, shape)
        self._steering = Steering(plan, conditioning.words)
        regions = prompted(plan.request.regions)
        self._shares = prompt_shares(regions, plan.info.latent_factor, shape)
        self._recorded: Recording | None = before._recorded if before else None
        self._knows_original = before is not None
        self._noise = torch.zeros(0)
        self._known: Tensor | None = None
        self._given: NetworkInput = conditioning.given

    def prepare(self) -> Iterator[LoopState]:
        """Runs that must come first, of the same seed.

        A fixed attention mask is averaged over a standard run; a repair keeps the pixels of the
        run that made the picture.
        """
        if self.plan.attention == "fixed" and self._conditioning.positions:
            request = self.plan.request.with_(method="standard", mask_source=None)
            plan = resolve(request, self.plan.info)
            standard = PictureRun(self.model, plan, self._conditioning, self.index, capture=True)
            yield from standard.run()
            if standard.recording.attention is not None:
                self.recording.attention = standard.recording.attention
                self._steering.fix(standard.recording.attention)
        if self.plan.keeps_recorded and not self._knows_original:
            yield from self._record()

    def run(self) -> Iterator[LoopState]:
        """The run itself."""
        generator = torch.Generator().manual_seed(self.plan.request.seed + self.index)
        grid = self._sampling.grid
        time = TimestepMap(
            grid, self.plan.request.schedule, self.plan.latent_shape, self.plan.start
        )
        if self._recorded is not None:
            time.follow(self._recorded.levels, ~self._steering.area)
        maps = self._maps() if self._capture else None
        time.begin(self._steering.concavity())
        latents = self._start(time.moment(), generator)
        stepper = self._sampling.stepper()
        self.recording.latents, self.recording.levels = [latents], [time.level]
        with per_pixel_time(self.model.network) as clock:

            def predict(x: Tensor, t: Tensor) -> Tensor:
                return self._predict(x, t, clock, maps)

            def ask(x: Tensor, moment: Moment) -> Tensor:
                # The known part is what it will be there, not where this prediction led it.
                return self._predict(self._keep(x, time.call - 1, moment), moment.t, clock, None)

            def step(
                x: Tensor, prediction: Tensor, now: Moment, then: Moment
            ) -> tuple[Tensor, Tensor]:
                noise = self._draw(generator) if self._sampling.is_noisy else None
                return stepper(x, prediction, now, then, noise, ask)

            for state in denoise(
                latents,
                time,
                predict=predict,
                step=step,
                steer=self._steering.concavity,
                keep=self._keep,
            ):
                self.recording.latents.append(state.latents)
                self.recording.levels.append(state.level)
                yield state
        self.recording.attention = self._steering.attention

    def _maps(self) -> Maps:
        """What records the attention of the object words; what was seen before is forgotten."""
        self._steering.forget()
        watched = Watched(
            self._conditioning.positions,
            grid=self.plan.latent_shape,
            divisor=self.plan.info.attention_divisor,
            guided=self._conditioning.is_guided,
            others=len(self._shares) - 1,
        )
        return self.model.family.maps(watched)

    @property
    def attention(self) -> Tensor | None:
        """Summed attention maps (K, h, w) of the run, each scaled to its own maximum."""
        total = self._steering.attention
        if total is None:
            return None
        return total / total.amax(dim=(-2, -1), keepdim=True).clamp(min=1e-12)

    def _record(self) -> Iterator[LoopState]:
        """Run what made the picture again, and see whether it is still that picture."""
        self.notice = NOT_REPRODUCED
        if not self.plan.can_follow:
            return
        plan = resolve(self.plan.original_request(), self.plan.info)
        original = PictureRun(self.model, plan, condition(self.model, plan), 0)
        yield from original.prepare()
        yield from original.run()
        picture = self.plan.request.image
        assert picture is not None
        with torch.no_grad():
            again = decode(self.model.vae, original.recording.latents[-1], self.model.latent_format)
        masked = self.plan.joined_mask() > 0
        if reproduces(again, picture, masked):
            self._recorded = original.recording
            self.notice = ""

    @torch.no_grad()
    def _start(self, now: Moment, generator: torch.Generator) -> Tensor:
        """Latents of the first call, and what keeps the known part of the picture."""
        request, form, vae = self.plan.request, self.model.latent_format, self.model.vae
        extra = self.model.extra_channels
        device = self.model.device
        picture = None if request.image is None else from_bytes(request.image).to(device)
        inpaints = request.task == "inpaint" and picture is not None
        self._known, self._given = None, self._conditioning.given
        draws = not extra or self.plan.start > 0 or self.model.family.keeps_sample
        if picture is not None and inpaints and draws:
            self._known = encode(vae, picture, form, generator)
        elif picture is not None and self.plan.keeps_recorded and self._recorded is None:
            self._known = encode(vae, picture, form, None)
        self._noise = self._draw(generator)
        if picture is not None and inpaints and extra:
            mask = torch.from_numpy(self.plan.joined_mask() > 0).to(device)
            masked = encode(vae, picture * ~mask, form, generator)
            known = self.model.family.known_channels(
                mask[None, None].to(masked), self._steering.area[None, None].to(masked), masked
            )
            self._given = self._given._replace(beside=known)
        if picture is not None and request.task == "edit":
            self._given = self._given._replace(reference=encode(vae, picture, form, None))
        if self._recorded is not None:
            area = self._steering.area.to(self._noise.device)
            return torch.where(area, self._noise, self._recorded.latents[0])
        if self.plan.start and self._known is not None:
            return self._sampling.add_noise(self._known, self._noise, now)
        return self._noise

    def _draw(self, generator: torch.Generator) -> Tensor:
        shape = (1, self.model.latent_format.channels, *self.plan.latent_shape)
        noise = torch.randn(shape, generator=generator, dtype=torch.float32)
        return noise.to(self.model.device)

    @torch.no_grad()
    def _predict(self, x: Tensor, t: Tensor, clock: per_pixel_time, maps: Maps | None) -> Tensor:
        """The guided prediction at every pixel's own timestep."""
        guided = self._conditioning.is_guided
        family, first = self.model.family, t.flatten()[0]
        # One timestep for all pixels is the stock model's own case, to the bit.
        is_uniform = bool((t == first).all())
        dtype = self._given.embeddings.dtype
        clock.set(None if is_uniform else family.time_map(t, dtype))
        if maps is None:
            output = family.predict(x, first, self._given)
        else:
            with maps:
                output = family.predict(x, first, self._given)
            self._steering.see(maps.take(*self.plan.latent_shape)[0])
        output = output.float()
        if len(self._shares) > 1:
            own = join_predictions(output[guided:], self._shares)
            output = torch.cat([output[:1], own]) if guided else own
        return guide(output, self._conditioning.guidance) if guided else output

    def _keep(self, x: Tensor, call: int, then: Moment) -> Tensor:
        """Put the known part back after the step of a call."""
        if self._recorded is not None:
            area = self._steering.area.to(x.device)
            return torch.where(area, x, self._recorded.latents[call + 1])
        if self._known is not None and self._given.beside is None:
            known = self._sampling.add_noise(self._known, self._noise, then)
            return torch.where(self._steering.area.to(x.device), x, known)
        return x
