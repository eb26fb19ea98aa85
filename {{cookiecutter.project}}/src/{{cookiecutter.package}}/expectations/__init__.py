"""What has to be true of the data: Great Expectations suites, edited as JSON."""

from pathlib import Path

RAW = Path(__file__).with_name("raw.json")
PREPARED = Path(__file__).with_name("prepared.json")
