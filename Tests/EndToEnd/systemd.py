"""A private systemd as pid 1 of its own namespaces, with this tree installed in it: the service under its real unit and sandbox.

The machine's own files are seen through overlays whose upper layers lie in a tmpfs, so that nothing outside changes and everything
is gone with the namespace. Needs root, and a kernel with overlayfs; no container tool.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile

from harness import BINARIES, ROOT, wait_until

# The order matters: make-rshared, or credentials come as an empty directory; the overlays before /tmp and /run are hidden.
INIT = r"""
set -eu
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs "$SCRATCH"
for top in usr etc var; do
    mkdir -p "$SCRATCH/$top/upper" "$SCRATCH/$top/work"
    lower=/$top
    if [ -d "$STAGE/$top" ]; then lower=$STAGE/$top:/$top; fi
    mount -t overlay -o "lowerdir=$lower,upperdir=$SCRATCH/$top/upper,workdir=$SCRATCH/$top/work" overlay "/$top"
done
ip link set lo up
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=ns /lib/systemd/systemd --system --unit=basic.target
"""


class PrivateSystemd:
    """Use as a context manager; `run` executes a command inside."""

    def __init__(self, configuration, drop_in="", files=None):
        """`configuration` is the text of monitord.yaml; `drop_in` goes to the unit; `files` maps further paths to text."""
        # Not below /tmp, which is replaced inside.
        self.folder = tempfile.mkdtemp(prefix="monitord-systemd-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.stage = os.path.join(self.folder, "stage")
        self.scratch = os.path.join(self.folder, "scratch")
        os.makedirs(self.scratch)
        self.process = None
        self.pid = None
        try:
            self._install(configuration, drop_in, files or {})
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _install(self, configuration, drop_in, files):
        # A debug binary is larger by its symbols and takes the toolchain's libraries from where the toolchain happens to be.
        subprocess.run(
            ["make", "-s", "-C", ROOT, "install", f"DESTDIR={self.stage}", "UNITDIR=/usr/lib/systemd/system"],
            check=True, env={**os.environ, "MONITORD_BIN": BINARIES, "MAKEFLAGS": ""})
        libraries = os.path.join(self.stage, "usr/lib/monitord-toolchain")
        listing = subprocess.run(["ldd", os.path.join(BINARIES, "monitord")], capture_output=True, text=True, check=False).stdout
        outside = [path for path in re.findall(r"=> (/\S+)", listing) if not path.startswith(("/lib", "/usr/lib"))]
        environment = ""
        if outside:
            os.makedirs(libraries)
            for path in outside:
                shutil.copy(path, libraries)
            environment = "Environment=LD_LIBRARY_PATH=/usr/lib/monitord-toolchain\n"
        self.write("/etc/monitord/monitord.yaml", configuration)
        self.write("/etc/systemd/system/monitord.service.d/test.conf", f"[Service]\n{environment}{drop_in}\n")
        for path, text in files.items():
            self.write(path, text)

    def write(self, path, text, mode=0o644):
        """Before the start: puts a file into the tree that the service will see."""
        target = self.stage + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(target, mode)

    def __enter__(self):
        try:
            self._boot()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _boot(self):
        self.console = open(os.path.join(self.folder, "console.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc", "--uts", "--ipc", "--net", "--cgroup",
             "bash", "-c", INIT],
            env={"PATH": os.environ["PATH"], "STAGE": self.stage, "SCRATCH": self.scratch},
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT, start_new_session=True)
        self.pid = wait_until("unshare has a child", 10, self._child)
        wait_until("systemd is up", 60, self._is_up)
        self.run("systemd-sysusers", "/usr/lib/sysusers.d/monitord.conf")

    def _child(self):
        if self.process.poll() is not None:
            self.console.seek(0)
            raise AssertionError("the namespaces could not be made: " + self.console.read())
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        return int(children[0]) if children else None

    def _is_up(self):
        self._child()
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state if state in ("running", "degraded") else None

    def __exit__(self, *_):
        if self.pid is not None:
            # Pid 1 of the namespace takes everything in it along.
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.process is not None:
            self.process.wait(timeout=20)
            self.console.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command, check=True, timeout=60, user=None, text=None):
        """Runs a command inside with `text` as its input; `user` is "name" or "name:group"."""
        prefix = ["nsenter", "-t", str(self.pid), "-a"]
        if user is not None:
            name, _, group = user.partition(":")
            prefix += ["setpriv", f"--reuid={name}", f"--regid={group or name}", "--clear-groups"]
        result = subprocess.run(prefix + list(command), capture_output=True, text=True, timeout=timeout, cwd="/", input=text,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_COLORS": "0"})
        if check and result.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}{result.stderr}\n{self.journal()}")
        return result

    def put(self, path, text):
        """While it runs: writes a file inside."""
        self.run("mkdir", "-p", os.path.dirname(path))
        self.run("tee", path, text=text)

    def spawn(self, *command, **options):
        """Starts a process in the namespace's network only: it sees the machine's files."""
        return subprocess.Popen(["nsenter", "-t", str(self.pid), "-n", *command], **options)

    def show(self, *properties, unit="monitord.service"):
        """The unit's properties as a dictionary."""
        names = [f"--property={name}" for name in properties]
        lines = self.run("systemctl", "show", unit, *names).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def main_pid(self):
        """The daemon's pid as seen inside."""
        return int(self.show("MainPID")["MainPID"])

    def journal(self):
        result = subprocess.run(["nsenter", "-t", str(self.pid), "-a", "journalctl", "-u", "monitord", "--no-pager", "-o", "cat"],
                                capture_output=True, text=True, timeout=30, cwd="/")
        return result.stdout

    def wait_active(self, deadline=30):
        return wait_until("monitord.service is active", deadline,
                          lambda: self.show("ActiveState")["ActiveState"] == "active")
