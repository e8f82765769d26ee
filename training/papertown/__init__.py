"""Paper Town: a small drawn world, and the models trained on it from scratch."""
