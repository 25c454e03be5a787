"""What the messages of AWS's VPN logs mean and what a customer gateway's commands are: data, and the way to it."""
