"""validators.py: what others say of the files that memtrace writes for them: xmllint of JUnit's XML,
a validator of JSON schemas of SARIF, by the schema of its committee as npm has it."""

import functools
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from call import Skip, check

# It brings the published schema, and nothing that has to be installed.
SCHEMA_PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SCHEMA_NAME = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
FETCH_SECONDS = 60


def validate_junit(path) -> None:
    if not shutil.which("xmllint"):
        raise Skip("xmllint is not installed")
    done = subprocess.run(["xmllint", "--noout", "--schema",
                           Path(__file__).with_name("junit.xsd"), path],
                          check=False, capture_output=True, text=True)
    check(done.returncode == 0, done.stderr)


def fetch_schema(folder: Path) -> dict:
    """From the build folder, where it was left by an earlier run, or from npm."""
    kept = folder / "sarif-2.1.0.json"
    if kept.exists():
        return json.loads(kept.read_text())
    if not shutil.which("npm"):
        raise Skip("npm, which has SARIF's schema, is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(["npm", "pack", "--silent", SCHEMA_PACKAGE], cwd=scratch, check=False,
                                  capture_output=True, text=True, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Skip("npm did not answer") from late
        packed = next(Path(scratch).glob("*.tgz"), None)
        if done.returncode != 0 or not packed:
            raise Skip("npm has not given SARIF's schema")
        with tarfile.open(packed) as archive:
            text = archive.extractfile(SCHEMA_NAME).read().decode()
    kept.write_text(text)
    return json.loads(text)


@functools.cache
def sarif_validator():
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError as missing:
        raise Skip("python3-jsonschema is not installed") from missing
    schema = fetch_schema(Path(sys.argv[2]))
    return jsonschema.validators.validator_for(schema)(schema)


def validate_sarif(path) -> None:
    problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
                for error in sarif_validator().iter_errors(json.loads(Path(path).read_text()))]
    check(not problems, f"{path}: {problems[:5]}")
