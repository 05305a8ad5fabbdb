"""The yearly cycle: the Key Features a city works with in a year, how each is measured, and the values that follow."""
