"""The questions of `doctor` to AWS, one file each; the answers are the facts of `domain.checkup`. Changes nothing."""
