import threading

from tunesmith.jobs.watch import FolderWatch


def test_the_bell_rings_for_writing_and_not_for_reading(tmp_path):
    rung = threading.Event()
    path = tmp_path / "events.jsonl"
    path.write_text("")
    watch = FolderWatch(lambda _: rung.set())
    watch.add(tmp_path)
    try:
        path.read_text()
        assert not rung.wait(0.2)

        with path.open("a") as file:
            file.write("x\n")
        assert rung.wait(10)
    finally:
        watch.close()


def test_a_folder_that_cannot_be_watched_is_told(tmp_path, caplog):
    watch = FolderWatch(lambda _: None)
    try:
        watch.add(tmp_path / "absent")
    finally:
        watch.close()

    assert "cannot watch absent" in caplog.text


def test_a_listener_that_has_gone_does_not_end_the_watch(tmp_path):
    calls = threading.Semaphore(0)

    def ring(_):
        calls.release()
        raise RuntimeError("Event loop is closed")

    watch = FolderWatch(ring)
    watch.add(tmp_path)
    try:
        (tmp_path / "one").write_text("1")
        assert calls.acquire(timeout=10)
        while calls.acquire(timeout=0.3):
            pass

        (tmp_path / "two").write_text("2")
        assert calls.acquire(timeout=10)
    finally:
        watch.close()


def test_a_file_that_takes_another_s_place_is_told_under_its_new_name(tmp_path):
    told, rung = [], threading.Event()

    def ring(path):
        told.append(path)
        if path == str(tmp_path / "rows.csv"):
            rung.set()

    (tmp_path / "rows.csv").write_text("old")
    (tmp_path / "rows.csv~").write_text("new")
    watch = FolderWatch(ring)
    watch.add(tmp_path)
    try:
        (tmp_path / "rows.csv~").replace(tmp_path / "rows.csv")

        assert rung.wait(10), told
    finally:
        watch.close()
