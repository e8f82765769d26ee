import json
from pathlib import Path

import pytest

from app.settings import RECENT_LIMIT, SETTINGS, VERSION, Settings, SettingsError, default_path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    settings.set("steps", 42)
    settings.set("concavity", 1)
    settings.write()
    assert json.loads(path.read_text())["version"] == VERSION
    again = Settings(path)
    assert again.get("steps") == 42
    assert again.get("concavity") == 1
    assert again.get("guidance") == 5.0


def test_every_default_fits_its_own_row(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    for row in SETTINGS:
        settings.set(row.id, row.default)
        assert row.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("steps", "30"), ("steps", True), ("seed_locked", 1), ("recent_files", [1]), ("steps", 1.5)],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(TypeError, match=name):
        Settings(tmp_path / "settings.json").set(name, value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1, "steps": "many"}', "\x00\xff"])
def test_a_damaged_file_means_the_first_values(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="latin-1")
    assert Settings(path).get("steps") == 30


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    text = json.dumps({"version": VERSION + 1, "steps": 99})
    path.write_text(text)
    settings = Settings(path)
    assert settings.get("steps") == 30
    settings.write()
    assert path.read_text() == text


def test_the_first_release_can_be_read(tmp_path: Path) -> None:
    """A file as version 1 wrote it; to be kept for ever."""
    path = tmp_path / "settings.json"
    path.write_text('{"brush_radius": 20.0, "recent_files": ["/a.png"], "version": 1}')
    settings = Settings(path)
    assert settings.get("brush_radius") == 20.0
    assert settings.get("recent_files") == ["/a.png"]


def test_recent_files_are_newest_first_and_few(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    for k in range(RECENT_LIMIT + 3):
        settings.add_recent(tmp_path / f"{k}.png")
    settings.add_recent(tmp_path / "5.png")
    recent = settings.get("recent_files")
    assert len(recent) == RECENT_LIMIT
    assert recent[0] == str(tmp_path / "5.png")
    assert len(set(recent)) == RECENT_LIMIT
    assert settings.get("last_folder") == str(tmp_path)
    settings.forget_recent(tmp_path / "5.png")
    assert str(tmp_path / "5.png") not in settings.get("recent_files")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="could not be stored"):
        Settings(tmp_path / "file" / "settings.json").write()


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNDM_CONFIG_DIR", str(tmp_path))
    assert default_path() == tmp_path / "settings.json"
    monkeypatch.delenv("ASYNDM_CONFIG_DIR")
    assert default_path().name == "settings.json"
