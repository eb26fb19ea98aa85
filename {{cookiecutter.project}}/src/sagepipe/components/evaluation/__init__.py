"""Measuring a model: what the evaluating components are made of, for a team's own code too.

A classifier: ``classification.answers`` → ``measure`` → ``figures``; a number's model:
``regression.answers`` and the same. ``report.write`` puts all of it on one page.
"""
