"""Reading a file into events: what runs in a process of its own, without database, settings or network."""
