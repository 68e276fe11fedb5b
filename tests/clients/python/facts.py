"""What a client finds out about a server: each fact by a function of its own, written to facts.json for the test.

The test sets the server's address, the key, the models and a folder with the file that the tool reads.
"""
import base64
import json
import os
import pathlib

URL = os.environ["PATCHBAY_URL"]
KEY = os.environ["PATCHBAY_KEY"]
PNG = base64.b64decode(os.environ["PNG"])
TASK = "Read canary.txt and tell me what it says."
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "description": "The file."}},
    "required": ["name"],
}
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def read_file(name: str) -> str:
    """What a file says.

    Args:
        name: The file.
    """
    return pathlib.Path(name).read_text()


def raised(call):
    """The name of the class of what a call raises."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return "nothing"


def tell(*facts):
    """Writes, for each model, what each fact is; a fact that fails is its error."""
    told = {}
    for model in os.environ["MODELS"].split():
        told[model] = {}
        for fact in facts:
            try:
                told[model][fact.__name__] = fact(model)
            except Exception as error:  # noqa: BLE001
                told[model][fact.__name__] = f"{type(error).__name__}: {error}"
    pathlib.Path("facts.json").write_text(json.dumps(told))
