"""What would come of a message if it were sent: to whom, how fast, and what would be refused."""
