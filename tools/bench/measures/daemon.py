"""The daemon under measurement, and the HTTP to prepare and watch it."""
import hashlib
import http.client
import json
import os
import signal
import subprocess
import time

from . import machine

KEY = "souk-bench-key"
NOOP_ID = b"bench-noop-00"


def noop_plugins(folder, count):
    """`count` plugins that do nothing, with ids of their own, in `folder`; returns the ids."""
    folder.mkdir(parents=True, exist_ok=True)
    library = (machine.BENCH_PLUGINS / "bench_noop.so").read_bytes()
    ids = []
    for number in range(count):
        name = b"bench-noop-%02d" % number
        (folder / f"bench_noop_{number:02}.so").write_bytes(library.replace(NOOP_ID, name))
        ids.append(name.decode())
    return ids


class Daemon:
    """`souk serve` with one store, in a folder of its own."""

    def __init__(self, folder, plugins=(), database=None, plugin_path=(), threads=None):
        self.folder = folder
        self.file = folder / "souk.yaml"
        self.database = database or f"sqlite://{folder}/souk.db"
        self.plugin_path = [str(path) for path in plugin_path] or [str(machine.PLUGINS)]
        self.threads = threads or machine.SERVER_THREADS
        self.process = None
        self.port = 0
        self.start_seconds = 0.0
        self.plugins = list(plugins)
        self.write_config()

    def write_config(self):
        lines = [
            f"server: {{ listen: 127.0.0.1:0, threads: {self.threads} }}",
            f"storage: {{ url: '{self.database}' }}",
            f"plugins: {{ path: [ {', '.join(self.plugin_path)} ] }}",
            "logging: { level: warning }",
            "stores:",
            "  - id: bench",
            "    keys:",
            f"      - {{ id: all, sha256: {hashlib.sha256(KEY.encode()).hexdigest()},"
            " scopes: [ admin ] }",
            "    plugins: {" + ", ".join(f" {name}: {{}}" for name in self.plugins) + " }",
        ]
        self.file.write_text("\n".join(lines) + "\n")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        log = open(self.folder / "souk.log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen([str(machine.SOUK), "serve", "-c", str(self.file)],
                                        stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        line = self.process.stdout.readline()
        self.start_seconds = time.monotonic() - began
        if not line.startswith("listening on "):
            self.process.wait()
            tail = (self.folder / "souk.log").read_text(errors="replace").splitlines()[-3:]
            raise machine.Failure("the daemon did not start: " + " / ".join(tail))
        self.port = int(line.rsplit(":", 1)[1].strip().rstrip("/"))
        return self

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise machine.Failure("the daemon did not end within 120 s") from None
        finally:
            self.process.stdout.close()
            self.process = None

    def enable(self, name):
        """Adds a plugin to the file and tells the daemon to read it again."""
        self.plugins.append(name)
        self.write_config()
        self.process.send_signal(signal.SIGHUP)

    def request(self, method, path, body=None, content_type="application/json"):
        """Status and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {KEY}"}
        if body is not None:
            headers["Content-Type"] = content_type
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def plugin(self, name):
        """How a plugin is (souk.v1.PluginStatus as JSON), or nothing."""
        _, body = self.request("GET", "/v1/admin/plugins")
        for plugin in json.loads(body).get("plugins", []):
            if plugin.get("name") == name:
                return plugin
        return {}

    def await_caught_up(self, name, seconds=300):
        """Waits until a plugin has folded the whole log and runs."""
        def caught_up():
            plugin = self.plugin(name)
            if plugin.get("state", "").startswith("FAILED"):
                raise machine.Failure(f"{name}: {plugin.get('state')}: {plugin.get('reason')}")
            return plugin.get("state") == "RUNNING" and int(plugin.get("lag", 0)) == 0 and plugin
        return machine.await_true(f"{name} caught up", caught_up, seconds, pause=0.01)

    def last_sequence(self):
        _, body = self.request("GET", "/v1/admin/stats")
        return int(json.loads(body).get("lastSequence", 0))

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
