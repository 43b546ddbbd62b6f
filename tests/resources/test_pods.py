"""Stages in pods: what would be created, and a stage that runs in one of a small cluster."""

import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from typer.testing import CliRunner

from ops.errors import InputError, PipelineError, SettingsError
from pipeline.cli.__main__ import app
from resources.launcher import Launcher, ranked
from resources.pods import rendered
from resources.profile import LaunchConfig, PodConfig, load

from .cluster import Cluster, serving

ROOT = Path(__file__).parents[2]
POD = PodConfig(image="registry.example/apprentice:1", namespace="training")
# Dagster's own client calls what Dagster calls a preview.
pytestmark = pytest.mark.filterwarnings("ignore:Function `PipesMessageReader:Warning")
STAGE = """
import os, signal
from pydantic import BaseModel
from ops import entry, progress
from ops.errors import InputError

class Spec(BaseModel):
    do: str

def work(spec, out):
    if spec.do == "refuse":
        raise InputError("the file is not there; name another")
    if spec.do == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    for step in range(1, 41):
        progress.note("stage_in_pod", step, 40, f"loss {1 / step}") if step == 2 else None
        progress.report("stage_in_pod", step, 40, loss=1 / step)
    (out / "data").write_text("made")
    return {"steps": 40}

if __name__ == "__main__":
    entry.start(Spec, work, "for tests")
"""


def test_without_its_package_a_pod_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dagster_k8s.pipes", None)
    with pytest.raises(SettingsError, match=r"needs the package dagster-k8s .*kubernetes"):
        rendered(POD, ["true"])


def test_the_pod_of_a_shipped_profile() -> None:
    launch = load("worker_9b").launch
    assert launch.pod is not None
    command = ["python", *ranked("ops.kd", launch.ranks), "--spec", "s", "--out", "o"]
    pod = rendered(launch.pod, command)
    (container,) = pod["spec"]["containers"]
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=8"]
    assert container["command"] == ["python", *torchrun, "-m", "ops.kd", *command[-4:]]
    assert container["image"] == "registry.example/apprentice:latest"
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "8", "memory": "512Gi"}
    assert container["volumeMounts"][0]["name"] == pod["spec"]["volumes"][0]["name"]
    assert pod["spec"]["restartPolicy"] == "Never"
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"] == {"claimName": "apprentice-lake"}


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(app, ["pod", "--profile", "worker_9b"], catch_exceptions=False)
    assert yaml.safe_load(done.stdout)["spec"]["containers"][0]["workingDir"] == "/srv/apprentice"
    with pytest.raises(InputError, match=r"profile tiny sets no launch\.pod"):
        CliRunner().invoke(app, ["pod", "--profile", "tiny"], catch_exceptions=False)


@pytest.mark.parametrize(
    "spec", [{"volumez": []}, {"containers": [{"resources": []}]}, {"restartPolicy": "Always"}]
)
def test_what_is_no_pod_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"launch\.pod\.spec is no specification of a pod: "):
        rendered(POD.model_copy(update={"spec": spec}), ["python"])


def trained(do: str, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Figures of the stage in an asset that starts it, and what Dagster's log holds."""
    found: dict[str, Any] = {}

    @dg.asset
    def student() -> dg.MaterializeResult:
        launch = LaunchConfig(pod=POD)
        found.update(Launcher().train("stage_in_pod", {"do": do}, out, launch))
        return dg.MaterializeResult()

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([student], instance=instance)
        told = [one.user_message for one in instance.all_logs(done.run_id)]
    return found, told


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A cluster that has the stage, and a folder on the volume."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "stage_in_pod.py").write_text(STAGE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path / 'code'}")
    (tmp_path / "draft").mkdir()
    with serving(tmp_path) as (made, told):
        monkeypatch.setenv("KUBECONFIG", str(told))
        yield made


def test_a_stage_runs_in_a_pod_and_nothing_of_it_is_left(cluster: Cluster, tmp_path: Path) -> None:
    out = tmp_path / "draft"
    figures, told = trained("train", out)
    assert figures == {"steps": 40}
    assert [path.name for path in out.iterdir()] == ["data"]
    assert "stage_in_pod 2/40  note loss 0.5" in told
    assert "stage_in_pod 40/40  loss 0.025" in told
    (name,) = cluster.pods
    assert cluster.deleted == [name]


@pytest.mark.parametrize(
    ("do", "kind", "what"),
    [
        ("refuse", InputError, "^the file is not there; name another$"),
        ("die", PipelineError, "^launch.pod: Pod .* terminated but some containers exited"),
    ],
)
def test_a_stage_that_fails_tells_why(
    cluster: Cluster, tmp_path: Path, do: str, kind: type[PipelineError], what: str
) -> None:
    with pytest.raises(kind, match=what):
        trained(do, tmp_path / "draft")
    assert cluster.deleted == list(cluster.pods)


def test_without_a_cluster_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    (tmp_path / "draft").mkdir()
    with pytest.raises(PipelineError, match="no Kubernetes cluster is known here"):
        trained("train", tmp_path / "draft")
