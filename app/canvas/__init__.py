"""The picture on the screen: view transform, cached tiles, screen buffer, overlays, the widget."""
