"""Sessions of the AWS libraries: loaded quickly, with bounded waits, and answers read in little memory."""
