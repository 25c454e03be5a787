"""The screen. This package alone imports Textual, and only in its submodules.

Textual reads its settings from the environment at import, so they are set here, before any submodule can import it.
Animations and smooth scrolling cost bytes on every SSH session; a screen that changes twice a second does not need 60
frames a second.
"""

import os

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
os.environ.setdefault("TEXTUAL_FPS", "30")
