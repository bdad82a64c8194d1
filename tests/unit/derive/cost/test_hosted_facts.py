"""Facts of services are found by their host; a fact of another host is not."""

from __future__ import annotations

import pytest

from embedmark.derive.cost.hosted_facts import facts_of


@pytest.mark.parametrize("host", ["mine.openai.azure.com", "other.openai.azure.com"])
def test_a_resource_of_azure_has_azures_facts(host: str) -> None:
    assert facts_of(host, "my-deployment")["data"].as_of == "2025-10-01"


@pytest.mark.parametrize("host", [None, "", "localhost", "openai.azure.com.example.org", "evil-api.openai.com"])
def test_another_host_has_no_facts(host: str | None) -> None:
    assert facts_of(host, "text-embedding-3-small") == {}
