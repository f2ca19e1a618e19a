"""The only language between grader and student process: plain data, no pickle.

`encode` is not trusted; `decode` makes exact builtin types and base-class arrays only, and raises
`CodecError` for all bytes that are not a message. `layout` says what a message looks like.
"""

from autograder.runner.decoder import Copies, decode
from autograder.runner.encoder import encode, encode_strictly, size, unsendable
from autograder.runner.layout import MAX_BYTES, Kept, Opaque, Source

__all__ = [
    "MAX_BYTES",
    "Copies",
    "Kept",
    "Opaque",
    "Source",
    "decode",
    "encode",
    "encode_strictly",
    "size",
    "unsendable",
]
