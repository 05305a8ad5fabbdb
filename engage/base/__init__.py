"""The ground every room stands on: configuration, database, language, time, limits. It knows nothing of the city."""
