"""Engage: citizens find, join and shape a learning city's activities, on the web and in a chat."""
