"""What happens to an app's terminals and messages, as it is told to the app's owner."""
