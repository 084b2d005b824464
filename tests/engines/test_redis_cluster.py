"""The example of Redis in a cluster, as it says to change it."""

import subprocess
import time
from pathlib import Path

from flask_preconditions.conformance.races import run_lost_updates
from snippets.tools.serve import free_port
from tests.needs import need

from .engines import REDIS
from .engines import left_to_make_engines
from .examples import served
from .servers import running_together

MASTERS = 3
DEADLINE_SECONDS = 30


@left_to_make_engines
def test_a_cluster_loses_nothing(tmp_path: Path) -> None:
    need("redis-server")
    cluster = f"{REDIS} 1000 1000 --cluster-enabled yes --cluster-port"
    with running_together([f"{cluster} {free_port()}" for _ in range(MASTERS)]) as masters:
        addresses = [master.address for master in masters]
        create = ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(create, check=True, capture_output=True)
        until = time.monotonic() + DEADLINE_SECONDS
        while any("cluster_state:ok" not in asked(master.port) for master in masters):
            assert time.monotonic() < until, [asked(master.port) for master in masters]
        settings = {"REDIS_URL": f"redis://{addresses[0]}"}
        changed = ("redis.Redis.from_url", "redis.RedisCluster.from_url")
        with served("redis", tmp_path, settings, changed=changed) as client:
            for name in "abc":  # of each master
                made = client.send(
                    "PUT", f"/docs/{name}", [("If-None-Match", "*")], b'{"body": ""}'
                )
                assert made.response.status == 201
                report = run_lost_updates(client, f"/docs/{name}", clients=4, rounds=5)
                assert len(report.present) == 20


def asked(port: int) -> str:
    """Ask a master whether its cluster is ready."""
    ask = ["redis-cli", "-p", str(port), "cluster", "info"]
    return subprocess.run(ask, check=True, capture_output=True, text=True).stdout
