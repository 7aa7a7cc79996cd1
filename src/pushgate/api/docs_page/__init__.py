"""`/docs`: the API's calls in a browser, to be read and tried."""
