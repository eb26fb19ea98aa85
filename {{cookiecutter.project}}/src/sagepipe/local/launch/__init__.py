"""What starts a job's process: here, each host of a job is a process of this machine."""
