"""The past in words: outages, changes of options, the timeline."""
