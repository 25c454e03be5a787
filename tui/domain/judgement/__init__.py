"""The judgement of a tunnel: the logs, BGP and EC2 weighed against each other."""
