"""Training scripts of the embedded demo models; not part of the installed application."""
