"""SLURM's accounting on one machine: slurmdbd with a MariaDB of its own, both on the loopback.

Needs the Debian packages slurmdbd and mariadb-server besides those of the cluster. Data, socket and
configuration lie in the cluster's folder; a MariaDB that runs on the machine is not touched.
"""

import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from cluster import Cluster, free_ports, search_path, until

PROGRAMS = ("slurmdbd", "sacct", "sacctmgr", "mariadbd", "mariadb-install-db")
ACCOUNT = "group"

SLURM_CONF = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge.socket
AccountingStorageEnforce=associations
AccountingStoreFlags=job_comment"""

CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={ports[0]}
SlurmUser=root
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={ports[1]}
StorageUser=slurm
StoragePass={password}
StorageLoc=accounting
"""


def missing() -> str:
    """Return why no accounting can be started here, or an empty text."""
    lacking = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    return f"SLURM's accounting is not installed: no {', '.join(lacking)}" if lacking else ""


class Database:
    """slurmdbd and its MariaDB.

    Args:
        folder: The cluster's.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._ports = free_ports(2)
        self._password = secrets.token_hex(16)
        self._processes: list[subprocess.Popen] = []

    @property
    def slurm_conf(self) -> str:
        """What slurm.conf says of it."""
        return SLURM_CONF.format(folder=self.folder, port=self._ports[0])

    def start(self, cluster: Cluster) -> None:
        """Start both daemons and enter the cluster and the account in which root may run jobs.

        Args:
            cluster: Its munged runs, and its slurmctld does not yet.
        """
        self._start_mariadb(cluster)
        conf = self.folder / "slurmdbd.conf"
        conf.touch(mode=0o600)  # slurmdbd refuses one that others may read
        conf.write_text(CONF.format(folder=self.folder, ports=self._ports, password=self._password))
        self._run(cluster, "slurmdbd", "-D")
        until(lambda: _answers(cluster), 60, lambda: f"slurmdbd did not start:\n{self.log()}")
        cluster.command("sacctmgr", "-i", "add", "cluster", "test")
        cluster.command("sacctmgr", "-i", "add", "account", ACCOUNT, "cluster=test")
        cluster.command("sacctmgr", "-i", "add", "user", "root", f"account={ACCOUNT}")

    def stop(self) -> None:
        """End both daemons, slurmdbd first."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def log(self) -> str:
        """Return the ends of the daemons' words."""
        files = [self.folder / f"{name}.out" for name in ("mariadbd", "slurmdbd")]
        texts = [file.read_text(errors="replace")[-2000:] for file in files if file.exists()]
        return "\n".join(texts)

    def _start_mariadb(self, cluster: Cluster) -> None:
        data = self.folder / "mariadb"
        # No file of /etc/mysql is read: it may name another data folder, user or socket.
        cluster.command(
            "mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}",
            "--auth-root-authentication-method=normal", "--skip-test-db",
        )  # fmt: skip
        users = self.folder / "users.sql"
        users.touch(mode=0o600)
        users.write_text(
            f"CREATE USER slurm@'127.0.0.1' IDENTIFIED BY '{self._password}';\n"
            "GRANT ALL ON accounting.* TO slurm@'127.0.0.1';\n"
        )
        self._run(
            cluster, "mariadbd", "--no-defaults", "--user=root", f"--datadir={data}",
            f"--socket={self.folder}/mariadb.socket", f"--pid-file={self.folder}/mariadb.pid",
            "--bind-address=127.0.0.1", f"--port={self._ports[1]}", "--skip-name-resolve",
            f"--init-file={users}", "--innodb-flush-log-at-trx-commit=0",
        )  # fmt: skip
        until(self._takes_connections, 60, lambda: f"MariaDB did not start:\n{self.log()}")

    def _takes_connections(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._ports[1])) == 0

    def _run(self, cluster: Cluster, program: str, *arguments: str) -> None:
        path = shutil.which(program, path=search_path())
        with open(self.folder / f"{program}.out", "ab") as out:
            process = subprocess.Popen(
                [path, *arguments], stdout=out, stderr=out, env=cluster.environment,
                start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)


def _answers(cluster: Cluster) -> bool:
    try:
        cluster.command("sacctmgr", "-nP", "list", "cluster")
    except RuntimeError:
        return False
    return True
