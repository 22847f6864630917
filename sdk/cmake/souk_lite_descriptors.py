#!/usr/bin/env python3
"""Turns a FileDescriptorSet into one that the lite C++ generator can use.

Custom options extend google.protobuf.*Options, and lite code for a file that does so would include
descriptor.pb.h, which exists only in the full runtime. Options never reach the wire, so this drops

  * every custom option value (field numbers 1000 and up of each options message),
  * every extension of google.protobuf.*Options,
  * google/protobuf/descriptor.proto and every import of it,
  * source locations, so that a changed comment does not rebuild a plugin.

Messages, field numbers, types and packages stay as they are. Works on the wire format itself and
needs nothing but Python's standard library. The output is written only when it differs.

usage: souk_lite_descriptors.py IN.desc OUT.desc
"""

import os
import sys

DESCRIPTOR_PROTO = b"google/protobuf/descriptor.proto"
FIRST_CUSTOM_OPTION = 1000

# Which fields of which descriptor message hold other descriptor messages (descriptor.proto).
NESTED = {
    "file": {4: "message", 5: "enum", 6: "service", 8: "options"},
    "message": {2: "field", 3: "message", 4: "enum", 5: "range", 7: "options", 8: "oneof"},
    "field": {8: "options"},
    "oneof": {2: "options"},
    "range": {3: "options"},
    "enum": {2: "value", 3: "options"},
    "value": {3: "options"},
    "service": {2: "method", 3: "options"},
    "method": {4: "options"},
}
# The repeated FieldDescriptorProto of extensions declared in a file or a message.
EXTENSIONS = {"file": 7, "message": 6}
FILE_DEPENDENCY, FILE_PUBLIC_DEPENDENCY, FILE_WEAK_DEPENDENCY, FILE_SOURCE_INFO = 3, 10, 11, 9
FIELD_EXTENDEE, FILE_NAME, SET_FILE = 2, 1, 1


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def encode_varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def fields(data):
    """Yields (number, wire type, payload, whole field) of one message; payload without its length."""
    at = 0
    while at < len(data):
        start = at
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            payload, at = varint(data, at)
        elif wire == 1:
            payload, at = data[at:at + 8], at + 8
        elif wire == 5:
            payload, at = data[at:at + 4], at + 4
        elif wire == 2:
            size, at = varint(data, at)
            payload, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {wire} in a descriptor: not a FileDescriptorSet?")
        yield number, wire, payload, data[start:at]


def delimited(number, payload):
    return encode_varint(number << 3 | 2) + encode_varint(len(payload)) + payload


def first(data, number):
    return next((payload for n, _, payload, _ in fields(data) if n == number), b"")


def extends_options(field):
    extendee = first(field, FIELD_EXTENDEE)
    return extendee.startswith(b".google.protobuf.") and extendee.endswith(b"Options")


def strip(kind, data):
    if kind == "options":
        return b"".join(raw for n, _, _, raw in fields(data) if n < FIRST_CUSTOM_OPTION)
    out = bytearray()
    for number, _, payload, raw in fields(data):
        if number == EXTENSIONS.get(kind) and extends_options(payload):
            continue
        nested = NESTED[kind].get(number)
        out += delimited(number, strip(nested, payload)) if nested else raw
    return bytes(out)


def drop_descriptor_import(data):
    """Removes the import and renumbers the public and weak imports, which are indexes."""
    names = [payload for n, _, payload, _ in fields(data) if n == FILE_DEPENDENCY]
    kept = [i for i, name in enumerate(names) if name != DESCRIPTOR_PROTO]
    renumbered = {old: new for new, old in enumerate(kept)}
    out = bytearray()
    for number, wire, payload, raw in fields(data):
        if number == FILE_SOURCE_INFO or (number == FILE_DEPENDENCY and payload == DESCRIPTOR_PROTO):
            continue
        if number in (FILE_PUBLIC_DEPENDENCY, FILE_WEAK_DEPENDENCY) and wire == 0:
            if payload not in renumbered:
                continue
            raw = encode_varint(number << 3) + encode_varint(renumbered[payload])
        out += raw
    return bytes(out)


def lite(descriptor_set):
    out = bytearray()
    for number, _, payload, _ in fields(descriptor_set):
        if number == SET_FILE and first(payload, FILE_NAME) != DESCRIPTOR_PROTO:
            out += delimited(SET_FILE, strip("file", drop_descriptor_import(payload)))
    return bytes(out)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as source:
        result = lite(source.read())
    if os.path.exists(sys.argv[2]):
        with open(sys.argv[2], "rb") as present:
            if present.read() == result:
                return
    with open(sys.argv[2], "wb") as target:
        target.write(result)


if __name__ == "__main__":
    main()
