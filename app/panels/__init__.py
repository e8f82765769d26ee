"""Panels: small widgets that are given a model and never ask for one."""
