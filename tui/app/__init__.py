"""The screen. The only package that imports textual, and then only in its submodules.

Textual reads its switches at import, so they are set here, before any submodule can import it. Animations and smooth
scrolling cost bytes on every SSH session; a screen that moves at 2 Hz needs no 60 frames a second.
"""

import os

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
os.environ.setdefault("TEXTUAL_FPS", "30")
