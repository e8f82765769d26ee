"""Start the window, or run a command: ``python main.py [FILE]`` or ``python main.py COMMAND``."""

import sys
from pathlib import Path


def main() -> int:
    """Choose by the first argument; the window and the commands load only what they need.

    Returns:
        The exit code.
    """
    argv = sys.argv[1:]
    if not argv:
        from app.application import run

        return run(argv)
    from app.command_names import COMMANDS

    is_file = len(argv) == 1 and not argv[0].startswith("-") and argv[0] not in COMMANDS
    if not is_file:
        from app.command_line import main as run_command

        return run_command(argv)
    if not Path(argv[0]).exists():
        sys.stderr.write(f"There is no file and no command {argv[0]!r}; see --help.\n")
        return 2
    from app.application import run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
