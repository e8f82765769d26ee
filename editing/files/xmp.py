"""The XMP packet: the provenance mark, and our record where there is no better place.

An existing packet is kept byte for byte; only the two properties of ours are taken out and put in
again, as a description of their own. A packet that is not plain UTF-8 RDF is replaced.

Sources: ISO 16684-1 (XMP); IPTC Photo Metadata Standard, Digital Source Type, and its NewsCodes.
"""

from __future__ import annotations

import re
from typing import Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

DigitalSource = Literal["generated", "edited"]

_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RECORD = "urn:asyndm-studio:xmp:1:"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCE_CODES: dict[DigitalSource, str] = {
    "generated": _CODES + "trainedAlgorithmicMedia",
    "edited": _CODES + "compositeWithTrainedAlgorithmicMedia",
}
_QUOTED = {'"': "&quot;"}
_END = b"</rdf:RDF>"
_EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="' + _RDF.encode() + b'">'
    b'</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
)
_OWN_DESCRIPTION = re.compile(
    rb'\s*<rdf:Description rdf:about=""[^<>]*xmlns:asyndm="[^<>]*/>', re.DOTALL
)
_OTHER_SOURCE = re.compile(
    rb"""\s+[\w-]+:DigitalSourceType\s*=\s*("[^"<>]*"|'[^'<>]*')"""
    rb"|<([\w-]+:DigitalSourceType)>[^<>]*</\2>"
)


def is_kept(packet: bytes) -> bool:
    """Whether the packet can be added to: well-formed UTF-8 RDF without entities."""
    return packet.count(_END) == 1 and _parsed(packet) is not None


def with_marks(
    packet: bytes | None, source: DigitalSource | None, record: str | None = None
) -> bytes:
    """Return a packet with the provenance mark and, if given, the record's JSON text.

    Args:
        packet: Existing packet; None or one that is not kept starts a new one.
        source: How the picture came about; None leaves what the packet says.
        record: JSON text to store.
    """
    base = packet if packet is not None and is_kept(packet) else _EMPTY
    base = _OWN_DESCRIPTION.sub(b"", base)
    properties = ""
    if source is not None:
        base = _OTHER_SOURCE.sub(b"", base)
        properties += f' Iptc4xmpExt:DigitalSourceType="{_SOURCE_CODES[source]}"'
    if record is not None:
        properties += f' asyndm:record="{escape(record, _QUOTED)}"'
    if not properties:
        return base
    description = (
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC}" xmlns:asyndm="{_RECORD}"'
        f"{properties}/>"
    )
    return base.replace(_END, description.encode() + _END)


def read_record(packet: bytes) -> str | None:
    """Return the record's JSON text, or None."""
    return _attribute(packet, f"{{{_RECORD}}}record")


def read_digital_source(packet: bytes) -> str | None:
    """Return the address of the IPTC digital source type, or None."""
    return _attribute(packet, f"{{{_IPTC}}}DigitalSourceType")


def _attribute(packet: bytes, name: str) -> str | None:
    root = _parsed(packet)
    if root is None:
        return None
    for description in root.iter(f"{{{_RDF}}}Description"):
        value = description.get(name)
        if value is None:
            value = description.findtext(name)
        if value is not None:
            return value
    return None


def _parsed(packet: bytes) -> ElementTree.Element | None:
    if b"<!" in packet:  # Entities can be made to unpack to gigabytes.
        return None
    try:
        # The padding of a packet may end in zero bytes, which no parser takes.
        return ElementTree.fromstring(packet.strip(b"\0 \r\n\t"))
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
