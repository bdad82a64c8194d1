from embedmark_use import UseProvider

from embedmark.testing import conformance_test

test_conformance = conformance_test(UseProvider)
