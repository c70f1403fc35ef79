"""The watch over leaks (conftest.py) sees what it is there to see."""

import os
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

LEAKY = """
import os, socket, threading

kept = []

def test_environment():
    os.environ["LEAKED_VARIABLE"] = "1"

def test_directory(tmp_path):
    os.chdir(tmp_path)

def test_thread_and_socket():
    kept.append(threading.Thread(target=threading.Event().wait, name="leaked-thread", daemon=True))
    kept[0].start()
    kept.append(socket.create_server(("127.0.0.1", 0)))

def test_clean(monkeypatch, tmp_path):
    monkeypatch.setenv("UNDONE_VARIABLE", "1")
    monkeypatch.chdir(tmp_path)
"""


def test_leaks_fail_the_test_that_leaves_them(tmp_path: Path) -> None:
    watch = Path(__file__).with_name("conftest.py").read_text()
    hasty = watch.replace("_PATIENCE = 30.0", "_PATIENCE = 0.1")
    assert hasty != watch
    (tmp_path / "conftest.py").write_text(hasty)
    (tmp_path / "test_leaky.py").write_text(LEAKY)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]

    # Without the plugins of other projects, whose import takes longer than all the rest.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert "4 passed, 3 errors" in result.stdout
    found = ["LEAKED_VARIABLE", "leaked-thread", "test_directory0", "socket "]
    assert [part for part in found if part not in result.stdout] == []
    assert "UNDONE_VARIABLE" not in result.stdout
