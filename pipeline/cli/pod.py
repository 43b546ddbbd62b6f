"""`apprentice pod`: the pod that a stage would train in."""

import sys

import yaml

from ops.errors import InputError
from pipeline.cli.options import Profile, Sets
from pipeline.overrides import pair


def pod(profile: Profile = "tiny", sets: Sets = None) -> None:
    """Print the pod in which a stage that trains would run, for kubectl apply --dry-run=client."""
    from resources.launcher import ranked
    from resources.pods import rendered
    from resources.profile import load

    launch = load(profile, dict(map(pair, sets or []))).launch
    if launch.pod is None:
        raise InputError(f"profile {profile} sets no launch.pod; worker_9b is one that does")
    command = ["python", *ranked("ops.kd", launch.ranks), "--spec", "FILE", "--out", "DIR"]
    sys.stdout.write(yaml.safe_dump(rendered(launch.pod, command), sort_keys=False))
