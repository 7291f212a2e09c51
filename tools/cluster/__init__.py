"""The add-on in two processes on one database: sign-ins spread over both while parts of it fail. Nothing of it is installed."""
