#!/usr/bin/env python3
"""Makes the FileDescriptorSet that a plugin carries: its own files and all of souk/v1.

The files of all the given sets, each once, imports first. Comments (source locations) are kept for the
plugin's own files, where they become the documentation of its REST routes and settings; those of
souk/ and google/ are left out, because every host has them.

usage: souk_plugin_schema.py OUT.desc IN.desc...
"""

import sys

sys.dont_write_bytecode = True
from souk_lite_descriptors import (  # noqa: E402
    FILE_NAME, FILE_SOURCE_INFO, SET_FILE, delimited, fields, first)

KNOWN_TO_HOSTS = (b"souk/", b"google/protobuf/")


def without_comments(data):
    return b"".join(raw for number, _, _, raw in fields(data) if number != FILE_SOURCE_INFO)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out = bytearray()
    seen = set()
    for path in sys.argv[2:]:
        with open(path, "rb") as source:
            for number, _, data, _ in fields(source.read()):
                name = first(data, FILE_NAME)
                if number != SET_FILE or name in seen:
                    continue
                seen.add(name)
                out += delimited(SET_FILE, without_comments(data)
                                 if name.startswith(KNOWN_TO_HOSTS) else data)
    with open(sys.argv[1], "wb") as target:
        target.write(out)


if __name__ == "__main__":
    main()
