"""Work for the engine: how it is prepared, sent to the engine process, and put to use."""
