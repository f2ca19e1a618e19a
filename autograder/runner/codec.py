"""The only language between grader and student process: plain data, no pickle.

`encode` is not trusted; `decode` makes exact builtin types and base-class arrays only, and raises
`CodecError` for all bytes that are not a message. `layout` says what a message looks like.
"""

from collections.abc import Mapping

from autograder.runner.decoder import Copies, decode
from autograder.runner.encoder import encode, encode_strictly, size, unsendable
from autograder.runner.layout import MAX_BYTES, Opaque, Packed, Source, tree_bytes, without_number

__all__ = [
    "MAX_BYTES",
    "Copies",
    "Opaque",
    "Packed",
    "Source",
    "decode",
    "encode",
    "encode_strictly",
    "pack",
    "size",
    "tree_bytes",
    "unsendable",
    "without_number",
]


def pack(arguments: Mapping[str, object]) -> Packed:
    """The arguments of a call with their encoding."""
    return Packed(arguments, b"".join(encode(dict(arguments))))
