"""Accuracy: scores against gold, captions, paired differences."""
