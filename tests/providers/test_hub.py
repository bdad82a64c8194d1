"""Models of the hub, without a network: what one look-up decides. The hub's answers are stood in for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from embedmark.errors import AuthenticationError, NotAvailableError, ProviderError
from embedmark_providers import _torch
from embedmark_providers.cross_encoder import CrossEncoderProvider
from embedmark_providers.sbert import SbertProvider


@pytest.fixture
def hub(monkeypatch):
    """A function that sets what HfApi.model_info does; returns the list of names that were asked for."""
    from huggingface_hub import HfApi

    def answer(found):
        asked = []

        def model_info(self, name, **keywords):
            asked.append(name)
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(HfApi, "model_info", model_info)
        return asked

    return answer


def _hub_error(name):
    import huggingface_hub.errors

    cls = getattr(huggingface_hub.errors, name)
    return cls.__new__(cls)  # its constructor wants the response of an HTTP library


@pytest.mark.parametrize("cls", [SbertProvider, CrossEncoderProvider])
def test_a_hub_that_does_not_answer_is_asked_once(hub, capfd, cls):
    asked = hub(ConnectionError("Name or service not known"))
    provider = cls("embedmark-tests/no-such-model")
    with pytest.raises(NotAvailableError, match="the hub does not answer") as caught:
        provider.load()
    assert asked == ["embedmark-tests/no-such-model"]
    assert not caught.value.retryable
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("RepositoryNotFoundError", NotAvailableError, "has no model 'a/b'"),
        ("RevisionNotFoundError", NotAvailableError, "has no revision 'v9'"),
        ("GatedRepoError", AuthenticationError, "is gated"),
    ],
)
def test_what_the_hub_refuses(hub, name, kind, message):
    hub(_hub_error(name))
    with pytest.raises(kind, match=message):
        SbertProvider("a/b", revision="v9").load()


def test_name_without_owner_tries_sentence_transformers_first(hub):
    asked = hub(_hub_error("RepositoryNotFoundError"))
    with pytest.raises(NotAvailableError):
        _torch.locate("some-model", None)
    assert asked == ["sentence-transformers/some-model", "some-model"]


def test_the_commit_is_pinned(hub):
    hub(SimpleNamespace(sha="abc123"))
    assert _torch.locate("a/b", "main") == _torch.ModelSource("a/b", "abc123", local_files_only=False)


@pytest.mark.parametrize(
    ("head", "labels", "message"), [([], ["x"], "no trained"), (["BertForSequenceClassification"], "abc", "3 labels")]
)
def test_what_a_hub_id_holds_is_found_at_load(hub, monkeypatch, head, labels, message):
    from transformers import AutoConfig

    hub(SimpleNamespace(sha="abc123"))
    config = SimpleNamespace(architectures=head, id2label=dict(enumerate(labels)))
    monkeypatch.setattr(AutoConfig, "from_pretrained", lambda name, **keywords: config)
    with pytest.raises(ProviderError, match=message):
        CrossEncoderProvider("a/b").load()
