"""Recordings of a watch: written, read, and shown as of any moment.

A recording holds what the feed brought, batch by batch, each with the time at which it came; nothing that the program
concludes from it. Given the same batches, a fleet comes to the same states, so a replay shows what was shown.

- `format`: the lines of a recording. `writer` and `reader`: a file of them, plain or gzip.
- `journal`: what this run has seen so far, in memory. `archive`: a file, with an index made in the background.
- `rewind`: the watch as it stood at an earlier moment, from either of the two. `playback`: that moment moving on.
"""
