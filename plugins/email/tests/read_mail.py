#!/usr/bin/env python3
"""Reads messages with Python's own parser, which knows nothing of Souk, and says what is in them.

    read_mail.py FILE.eml [PUBLIC_KEY.pem]

One line each: header NAME VALUE, to ADDRESS, part TYPE, link URL, defect TEXT, and with a key dkim good|bad. The
signature is computed here from RFC 6376's text and verified by the openssl command.
"""
import base64
import email
import email.policy
import hashlib
import re
import subprocess
import sys
import tempfile


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and lines[-1] == b"":
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def relaxed_header(name, value):
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.lower().strip() + b":" + value


def dkim(raw, key):
    head, body = raw.split(b"\r\n\r\n", 1)
    headers = [tuple(re.split(rb":", line, maxsplit=1))
               for line in re.split(rb"\r\n(?![ \t])", head)]
    signature = next(value for name, value in headers if name.lower() == b"dkim-signature")
    tags = dict(re.split(rb"=", tag.strip(), maxsplit=1)
                for tag in re.sub(rb"\r\n", b"", signature).split(b";") if tag.strip())
    digest = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
    if digest != tags[b"bh"]:
        return "bad body"
    signed = b""
    for name in tags[b"h"].split(b":"):
        value = next(v for n, v in headers if n.lower() == name.strip())
        signed += relaxed_header(name, value) + b"\r\n"
    signed += relaxed_header(b"dkim-signature", re.sub(rb"(;\s*b=)[^;]*", rb"\1", signature))
    with tempfile.NamedTemporaryFile() as data, tempfile.NamedTemporaryFile() as sig:
        sig.write(base64.b64decode(re.sub(rb"\s", b"", tags[b"b"])))
        sig.flush()
        ed25519 = tags[b"a"] == b"ed25519-sha256"
        data.write(hashlib.sha256(signed).digest() if ed25519 else signed)
        data.flush()
        if ed25519:
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in",
                       data.name, "-sigfile", sig.name]
        else:
            command = ["openssl", "dgst", "-sha256", "-verify", key, "-signature", sig.name,
                       data.name]
        good = subprocess.run(command, capture_output=True).returncode == 0
    return "good" if good else "bad signature"


def main():
    with open(sys.argv[1], "rb") as file:
        raw = file.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for name, value in message.items():
        print("header", name, str(value))
    for address in message["To"].addresses:
        print("to", address.addr_spec)
    for defect in message.defects:
        print("defect", defect)
    for part in message.walk():
        if part.is_multipart():
            continue
        print("part", part.get_content_type())
        for url in re.findall(r'href="([^"]+)"', part.get_content()):
            print("link", url.replace("&amp;", "&"))
    if max(len(line) for line in raw.split(b"\r\n")) > 998:
        print("defect a line is too long")
    if len(sys.argv) > 2:
        print("dkim", dkim(raw, sys.argv[2]))


main()
