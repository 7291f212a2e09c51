"""Runs the cluster and prints what was counted; the exit code is 1 if a count is not what it has to be."""

from collections import Counter
from importlib import metadata
from pathlib import Path
from tools.bench.facts import facts
from tools.bench.instance import Instance
from tools.cluster import run
from tools.cluster import site
from tools.cluster.processes import Cluster

import argparse
import shutil
import sys
import tempfile
import time

_SIGN_INS, _SEED = 300, 1


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=_SIGN_INS, help="members who sign in, each once")
    parser.add_argument("--seed", type=int, default=_SEED, help="of the order of clients")
    parser.add_argument("--calm", action="store_true", help="nothing fails")
    parser.add_argument("--keep", type=Path, help="copy the logs of the clients into this folder")
    options = parser.parse_args()
    if shutil.which("redis-server") is None:
        print("redis-server is not there (on Debian: apt-get install redis-server)")
        return 2
    about, started = facts(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smsauth-cluster-") as name:
        folder = Path(name)
        database = Instance(folder=folder / "zeo", has_addon=True)
        database.write()
        say("making the site")
        site.run(database, options.sign_ins + run.MORE)
        with Cluster(folder, database) as cluster:
            say("signing in")
            going = run.Run(cluster, sign_ins=options.sign_ins, seed=options.seed, calm=options.calm, say=say)
            going.everything()
            problems = sum((client.problems() for client in cluster.clients), Counter[str]())
            if options.keep:
                for client in cluster.clients:
                    shutil.copy(client.log, options.keep / f"{client.log.parent.parent.name}.log")
        rows = going.rows(database.database, problems)
    print("\n".join(about).replace("FileStorage", f"two clients of one server, ZEO {metadata.version('ZEO')}"))
    for row in rows:
        goal = "" if row.goal is None else f"  ({row.goal}{'' if row.is_met else ', MISSED'})"
        print(f"{row.name:72}{row.count:6}{goal}")
    for words, count in problems.most_common():
        print(f"in the logs, {count} times: {words}")
    say(f"seed {options.seed}, {time.monotonic() - started:.0f} s")
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
