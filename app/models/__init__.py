"""Observable state of the window: what panels show and change. No widgets here."""
