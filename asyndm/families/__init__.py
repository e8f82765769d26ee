"""How each family of models takes a timestep for every pixel or token: one file per kind."""
