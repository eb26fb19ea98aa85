"""What a table looks like, and what schema and suites follow from that: for a person to edit."""
