"""A run as a page: its graph coloured by state, its time line, its numbers, reasons and reports."""

from sagepipe.cli.run_page.page import render

__all__ = ["render"]
