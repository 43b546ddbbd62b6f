"""Stages that train in a pod of a Kubernetes cluster, started by Dagster's own Pipes client.

The pod runs the command that this machine would run, in the image that the profile names; the lake
lies on a volume that both mount under the same path. Not here: what a stage says (ops/entry.py).
Source: PipesK8sClient of dagster_k8s.
"""

import copy
import os
from collections.abc import Sequence
from typing import Any

import dagster as dg

from ops.errors import PipelineError, SettingsError
from resources.profile import PodConfig

LINES = 20
"""Of a cluster's complaint, which holds the pod's log, so many lines are told, the last ones."""


def rendered(pod: PodConfig, command: Sequence[str]) -> dict[str, Any]:
    """The pod as it would be created, but for its name and what Dagster tells it about the run.

    Raises:
        SettingsError: launch.pod.spec is no specification of a pod, or dagster-k8s is missing.
    """
    try:
        from dagster_k8s.pipes import build_pod_body
        from kubernetes import client
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"launch.pod needs the package dagster-k8s and {error.name} is not installed: run "
            f"make setup, or pip install -e '.[kubernetes]'"
        ) from error

    try:
        body = build_pod_body(
            pod_name="dagster-run",
            image=pod.image,
            command=list(command),
            env_vars={},
            base_pod_meta=None,
            base_pod_spec=copy.deepcopy(pod.spec),  # it is added to in place
        )
    except Exception as error:  # what the library raises has no type of its own
        told = " ".join(str(error).split())[:300]
        raise SettingsError(f"launch.pod.spec is no specification of a pod: {told}") from error
    plain: dict[str, Any] = client.ApiClient().sanitize_for_serialization(body)
    return plain


def run(pod: PodConfig, command: Sequence[str]) -> None:
    """Run the command in a pod to its end; the pod is deleted however it ends, as by Ctrl-C.

    Raises:
        SettingsError: as `rendered`.
        PipelineError: there is no cluster, it refused the pod, or the command failed.
    """
    rendered(pod, command)
    from dagster_k8s import PipesK8sClient
    from dagster_k8s.client import DagsterK8sError
    from kubernetes.client.exceptions import ApiException
    from kubernetes.config import ConfigException
    from urllib3.exceptions import HTTPError

    try:
        # The library reads the variable once, when it is imported.
        PipesK8sClient(kubeconfig_file=os.environ.get("KUBECONFIG")).run(
            context=dg.OpExecutionContext.get(),
            image=pod.image,
            command=list(command),
            namespace=pod.namespace,
            base_pod_spec=copy.deepcopy(pod.spec),
        )
    except ConfigException as error:
        raise PipelineError(
            f"launch.pod: no Kubernetes cluster is known here ({error}); set KUBECONFIG, or run "
            f"Dagster inside the cluster"
        ) from error
    except (ApiException, HTTPError, DagsterK8sError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise PipelineError("launch.pod: " + " | ".join(lines[-LINES:])) from error
