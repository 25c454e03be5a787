"""What is shown of the fleet at this moment, and by the user's choice."""
