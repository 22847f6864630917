#!/usr/bin/env python3
"""An SMTP server for tests: STARTTLS or TLS, AUTH, and servers' bad days on demand.

    smtp_sink.py DIR [--port N] [--certificate F --key F] [--tls] [--user U --password P] [--count]

It prints its port, then writes every message it took into DIR as 000001.eml with 000001.json beside
it ({"from", "to", "tls", "user", "session"}). What it does to a message, its recipient says:

    unknown@…        550 at RCPT
    umlaut@…        550 at RCPT, in Latin-1
    poison@…         554 after the message
    busyN.x@…        451 the first N times that x is named
    vanishN.x@…      takes the message, keeps it, and hangs up without a word, the first N times
"""
import argparse
import asyncio
import base64
import json
import os
import re
import ssl


class Sink:
    def __init__(self, options):
        self.options = options
        self.taken = 0
        self.sessions = 0
        self.refusals = {}
        self.context = None
        if options.certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(options.certificate, options.key)

    def again(self, kind, address):
        """Whether this attempt still fails."""
        match = re.match(kind + r"(\d+)\.", address)
        if not match:
            return False
        count = self.refusals.get(address, 0)
        self.refusals[address] = count + 1
        return count < int(match.group(1))

    def keep(self, envelope, lines):
        self.taken += 1
        if self.options.count:
            return
        path = os.path.join(self.options.directory, "%06d" % self.taken)
        with open(path + ".part", "wb") as file:
            file.write(b"".join(lines))
        with open(path + ".json", "w") as file:
            json.dump(envelope, file)
        os.rename(path + ".part", path + ".eml")

    async def serve(self, reader, writer):
        self.sessions += 1
        try:
            await Session(self, reader, writer, self.sessions).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


class Session:
    def __init__(self, sink, reader, writer, number):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.envelope = {"session": number, "tls": sink.options.tls, "user": None}
        self.sender = self.recipient = None

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def line(self):
        line = await self.reader.readline()
        if not line:
            raise ConnectionError()
        return line

    async def run(self):
        await self.say("220 sink.example ESMTP")
        while True:
            line = (await self.line()).decode("utf-8", "replace").rstrip("\r\n")
            verb = line.split(" ", 1)[0].upper()
            if verb == "QUIT":
                return await self.say("221 bye")
            handler = getattr(self, "on_" + verb.lower(), None)
            if handler is None:
                await self.say("502 not understood")
            elif await handler(line) is False:
                return

    async def on_ehlo(self, _):
        options = self.sink.options
        words = ["sink.example", "8BITMIME", "SMTPUTF8"]
        if self.sink.context and not self.envelope["tls"]:
            words.append("STARTTLS")
        if options.user:
            words.append("AUTH PLAIN LOGIN")
        for word in words[:-1]:
            self.writer.write(b"250-" + word.encode() + b"\r\n")
        await self.say("250 " + words[-1])

    on_helo = on_ehlo

    async def on_starttls(self, _):
        await self.say("220 go ahead")
        await self.writer.start_tls(self.sink.context)
        self.envelope["tls"] = True

    async def on_auth(self, line):
        words = line.split(" ")
        if len(words) == 2:
            await self.say("334 ")
            words.append((await self.line()).decode().strip())
        if words[1].upper() == "LOGIN":
            user = base64.b64decode(words[2]).decode()
            await self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode((await self.line()).strip()).decode()
        else:
            _, user, password = base64.b64decode(words[2]).decode().split("\0")
        if (user, password) != (self.sink.options.user, self.sink.options.password):
            return await self.say("535 5.7.8 wrong name or password")
        self.envelope["user"] = user
        await self.say("235 welcome")

    async def on_mail(self, line):
        if self.sink.options.user and not self.envelope["user"]:
            return await self.say("530 5.7.0 who are you?")
        self.sender = re.search("<(.*)>", line).group(1)
        await self.say("250 ok")

    async def on_rcpt(self, line):
        self.recipient = re.search("<(.*)>", line).group(1)
        if self.recipient.startswith("unknown@"):
            return await self.say("550 5.1.1 no such user")
        if self.recipient.startswith("umlaut@"):
            self.writer.write("550 5.1.1 unbekannter Empfänger\r\n".encode("latin-1"))
            return await self.writer.drain()
        if self.sink.again("busy", self.recipient):
            return await self.say("451 4.7.1 come again later")
        await self.say("250 ok")

    async def on_rset(self, _):
        await self.say("250 ok")

    on_noop = on_rset

    async def on_data(self, _):
        await self.say("354 go on")
        lines = []
        while (line := await self.line()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.recipient.startswith("poison@"):
            return await self.say("554 5.6.0 no thanks")
        self.sink.keep({**self.envelope, "from": self.sender, "to": self.recipient}, lines)
        if self.sink.again("vanish", self.recipient):
            return False
        await self.say("250 2.0.0 taken")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--count", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.directory, exist_ok=True)
    sink = Sink(options)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", options.port,
                                        ssl=sink.context if options.tls else None, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    if options.count:
        while True:
            before = sink.taken
            await asyncio.sleep(1)
            if sink.taken != before:
                print(sink.taken, "messages,", sink.taken - before, "in the last second", flush=True)
    await server.serve_forever()


asyncio.run(main())
