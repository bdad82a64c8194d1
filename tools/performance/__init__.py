"""What embedmark costs, held against goals: `python -m tools.performance` writes docs/performance.md.

It counts CPU seconds of whole processes, user and system, so that a busy machine says about the same. What is compared
takes turns.
"""
