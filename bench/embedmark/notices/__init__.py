"""Every warning: a function that returns its code, sentence and advice, with the sentence that groups several.

    from embedmark.notices import timing

    recorder.warn(timing.retried_calls("small", "server", retried=3, calls=400))

A manifest keeps notices in English; a report looks them up in the catalog of its language.
"""

from embedmark.notices.model import TIMED_MEASURES, TIMING_CODES, Circumstances, Notice, has_timings

__all__ = ["TIMED_MEASURES", "TIMING_CODES", "Circumstances", "Notice", "has_timings"]
