"""What `doctor` asks AWS, one file a question; the answers are the facts of `domain.checkup`. It changes nothing."""
