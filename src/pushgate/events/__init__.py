"""Events about an app's terminals and messages, for the app's backend."""
