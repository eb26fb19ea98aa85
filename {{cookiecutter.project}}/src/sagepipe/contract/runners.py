"""What can run a job on this machine."""

PROCESS, SANDBOX, CONTAINER = RUNNERS = ("process", "sandbox", "container")
DOCKER, PODMAN = ENGINES = ("docker", "podman")  # of containers
