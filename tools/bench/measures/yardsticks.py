"""What the figures are held against: nginx, the disk, and a MariaDB of one's own."""
import shutil
import subprocess

from . import machine

NGINX_CONFIG = """
worker_processes {workers};
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return {status} '{body}'; }}
  }}
}}
"""


class Nginx:
    """nginx that answers every request with the same bytes."""

    def __init__(self, folder, body_size, status=200, workers=machine.SERVER_THREADS):
        self.folder = folder / "nginx"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.port = machine.free_port()
        (self.folder / "nginx.conf").write_text(NGINX_CONFIG.format(
            workers=workers, folder=self.folder, port=self.port, status=status,
            body="x" * body_size))
        self.process = None

    def __enter__(self):
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            raise machine.Failure("nginx is not installed; run tools/setup")
        self.process = subprocess.Popen(
            [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"),
             "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        machine.await_true("nginx", (self.folder / "nginx.pid").exists, 10)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class MariaDb:
    """A private MariaDB, durable at each commit (tools/mariadb-private)."""

    def __init__(self, folder):
        self.folder = folder / "mariadb"
        self.url = ""

    def __enter__(self):
        out = subprocess.run([machine.ROOT / "tools" / "mariadb-private", "start", self.folder],
                             capture_output=True, text=True, check=False)
        if out.returncode != 0:
            raise machine.Failure(out.stderr.strip().splitlines()[-1])
        for line in out.stdout.splitlines():
            name, _, value = line.partition("=")
            if name == "SOUK_TEST_MYSQL_URL":
                self.url = value
        return self

    def __exit__(self, *_):
        subprocess.run([machine.ROOT / "tools" / "mariadb-private", "stop", self.folder],
                       check=False)


def disk_sync(folder, size=32 << 10):
    """How often a second the disk makes `size` appended bytes durable."""
    return machine.helper("disk_sync", folder=folder, bytes=size, seconds=2)
