"""What is shown of the fleet at this moment, by the user's choice."""
