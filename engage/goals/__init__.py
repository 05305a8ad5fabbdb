"""The city's goals as data: 4 dimensions of sustainability, the UN's 17 SDGs and UNESCO's 42 Key Features."""
