"""Imports: calendars and lists of others, read in a process of their own, tried out in words, applied and taken back."""
