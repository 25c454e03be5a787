"""Recordings of a watch: written, read, and shown as of any moment.

A recording holds what the feed delivered, batch by batch, each with the time of its arrival, and none of the program's
conclusions. Given the same batches, a fleet reaches the same states, so a replay shows what was shown.

- `format`: the lines of a recording. `writer` and `reader`: a file of them, plain or gzip.
- `journal`: what this run has seen so far, in memory. `archive`: a file, indexed in the background.
- `rewind`: the watch as of an earlier moment, from either of the two. `playback`: that moment in motion.
"""
