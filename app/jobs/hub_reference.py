"""What a person writes or pastes to name a model on a hub, as OWNER/NAME or OWNER/NAME:FILE."""

import re
from urllib.parse import unquote, urlsplit

_FILE = re.compile(r"(?:blob|resolve)/[^/]+/(.+)")


def hub_reference(text: str) -> str:
    """The reference that a text means; a text that is no address comes back without spaces around.

    Args:
        text: OWNER/NAME, OWNER/NAME:FILE, or the address of a repository's or file's page.
    """
    text = text.strip()
    if "://" not in text:
        return text
    path = unquote(urlsplit(text).path).strip("/").removeprefix("models/")
    owner, _, rest = path.partition("/")
    name, _, rest = rest.partition("/")
    file = _FILE.fullmatch(rest)
    return f"{owner}/{name}:{file[1]}" if file else f"{owner}/{name}"
