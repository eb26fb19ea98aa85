"""The types of step: what each may ask for, and what running it means."""
