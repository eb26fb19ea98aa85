"""The warm template: a process that has imported what steps need, and forks for each of them."""
