"""The names of the commands, apart from their options.

The options need numpy and OpenCV, for which the first frame of the window need not wait.
"""

COMMANDS = ("generate", "repair", "inpaint", "edit", "models")
