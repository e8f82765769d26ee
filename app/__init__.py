"""The desktop application: windows, canvas, jobs. The only package that knows Qt."""
