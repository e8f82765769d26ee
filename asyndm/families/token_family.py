"""What the families of transformers share: tokens of two by two latent pixels, joint attention."""

from typing import ClassVar

from asyndm.families.family import Family, Maps, Watched
from asyndm.joint_attention import JointAttentionMaps


class TokenFamily(Family):
    """A transformer that attends to text and image tokens at once."""

    network_part: ClassVar[str] = "transformer"
    patch: ClassVar[int] = 2

    def maps(self, watched: Watched) -> Maps:
        """From the joint attention of all layers."""
        height, width = watched.grid
        tokens = (height // watched.divisor, width // watched.divisor)
        return JointAttentionMaps(
            self.network, watched.positions, tokens, guided=watched.guided, others=watched.others
        )
