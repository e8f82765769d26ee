"""Picture editing without Qt and without torch: documents, brushes, history, crops and files.

Pictures are uint8 arrays of shape (H, W, 3 or 4), straight alpha; masks are (H, W).
"""
