"""Element-wise sampler steps: one plain function per sampler, one file each."""
