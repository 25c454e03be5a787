"""What `doctor` says: the words for each finding, the commands that fix it, and the plan that turns logging on."""
