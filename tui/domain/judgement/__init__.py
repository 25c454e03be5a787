"""What a tunnel is worth: the log, BGP and EC2 weighed against each other."""
