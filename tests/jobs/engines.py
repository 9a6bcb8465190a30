"""Stand-ins for the Python that runs a job: scripts that are started in its place.

They are what a job can be at its best and at its worst, seen from outside.
"""

import sys
from pathlib import Path

from tunesmith.settings import Settings
from tunesmith.wire.spec import DataSpec, JobSpec, ModelSpec, PromptSpec

HEAD = """#!{python}
import json, os, signal, sys, time
from pathlib import Path
if sys.argv[2] == "-c":
    sys.exit(0)
assert sys.argv[1:4] == ["-P", "-m", "tunesmith.engine"]
run_dir = Path(sys.argv[4])
path = run_dir / "events.jsonl"
seq = path.read_text().count("\\n") if path.exists() else 0
def say(kind, **fields):
    global seq
    seq += 1
    with (run_dir / "events.jsonl").open("a") as file:
        file.write(json.dumps({{"seq": seq, "at_s": 0.0, "kind": kind, **fields}}) + "\\n")
def started():
    say("started", pid=os.getpid(), pid_started=0.0, device="cpu", dtype="float32", versions={{}})
"""
OBEDIENT = """
started()
while not (run_dir / "cancel").exists():
    time.sleep(0.02)
say("cancelled", step=3, checkpoint="checkpoints/3")
"""
STUBBORN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
started()
time.sleep(60)
"""
POLITE = """
signal.signal(signal.SIGTERM, lambda *_: (say("cancelled", step=5), sys.exit(0)))
started()
time.sleep(60)
"""
QUICK = """
started()
say("warning", message="one")
say("finished", report="report.html", seconds=0.1, summary="done")
"""
UNLUCKY_ONCE = """
if seq == 0:
    started()
    os.kill(os.getpid(), signal.SIGKILL)
say("resumed", pid=os.getpid(), pid_started=0.0, step=3)
say("finished", report="report.html", seconds=0.1, summary="done")
"""
CRASHING = """
started()
os.kill(os.getpid(), signal.SIGKILL)
"""
ENVIRONMENT = """
print(os.environ["TOKENIZERS_PARALLELISM"], os.getsid(0) == os.getpid(), sys.stdin.read() == "")
"""


def engine(folder: Path, body: str) -> Settings:
    """Settings whose Python behaves like `body` when it is asked to run a job."""
    script = folder / "python"
    script.write_text(HEAD.format(python=sys.executable) + body)
    script.chmod(0o755)
    return Settings(engine_python=str(script))


def spec(workspace: Path, run_id: str) -> JobSpec:
    """A job, with nothing in it that these engines read."""
    return JobSpec(
        run_id=run_id,
        kind="train",
        workspace=str(workspace),
        prompt=PromptSpec(path="p.prompt", text="Hi", render_hash="r", settings_hash="s"),
        data=DataSpec(train="d.csv", target="label", labels=("a", "b"), fingerprint="f"),
        model=ModelSpec(name="builtin/x", path="/nowhere"),
        task="classification",
        template="chat",
        method="lora",
        train={"epochs": 1},
        eval={},
        seed=0,
        command="tunesmith tune p.prompt",
        version="0",
    )
