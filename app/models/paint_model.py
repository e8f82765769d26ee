"""Options of the tools that paint, beside the brush itself."""

from PySide6.QtCore import QObject, Signal

from app.models.properties import Property


class PaintModel(QObject):
    """Observable options.

    Attributes:
        clone_aligned: the source keeps its distance from stroke to stroke.
        clone_all: the clone stamp takes the picture as it is seen, not one layer.
        gradient_shape: "linear" or "radial". gradient_clear: it ends clear, not in the background.
        gradient_opacity: the most it does, in [0, 1].
        tolerance: of the fill by click, 0 to 255. contiguous: it fills what hangs together.
        sample_all: fill and eyedropper look at the picture as it is seen, not at one layer.
        sample_side: of the square that the eyedropper averages, in pixels.
    """

    clone_aligned = Property(True)
    clone_aligned_changed = Signal(bool)
    clone_all = Property(False)
    clone_all_changed = Signal(bool)
    gradient_shape = Property("linear")
    gradient_shape_changed = Signal(str)
    gradient_clear = Property(False)
    gradient_clear_changed = Signal(bool)
    gradient_opacity = Property(1.0)
    gradient_opacity_changed = Signal(float)
    tolerance = Property(32)
    tolerance_changed = Signal(int)
    contiguous = Property(True)
    contiguous_changed = Signal(bool)
    sample_all = Property(True)
    sample_all_changed = Signal(bool)
    sample_side = Property(1)
    sample_side_changed = Signal(int)
