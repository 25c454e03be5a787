"""What has been, in words: outages, changes of options, the timeline."""
