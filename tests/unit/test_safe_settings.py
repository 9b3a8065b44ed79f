"""SafeSettings: every setting of Celery, from everywhere, and back."""

from __future__ import annotations

import json
import runpy
import sys
import types
from datetime import timedelta
from pathlib import Path

import celery
import pytest
from celery.app.defaults import NAMESPACES, flatten
from pydantic import ValidationError

from celery_safe import MissingExtra, SafeCelery, SafeSettings, SettingsError, UnsafeSetting
from celery_safe.defaults import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_of_the_installed_celery_has_a_field_that_takes_its_default():
    for name, option in flatten(NAMESPACES):
        assert name in SafeSettings.model_fields, name
        settings = SafeSettings(**{name: option.default})
        assert settings.to_celery() == {name: option.default}


def test_every_setting_of_ours_is_one():
    for row in SETTINGS:
        settings = SafeSettings(**{row.setting: row.value})
        if not row.setting.startswith("safe_") and row.setting not in dict(flatten(NAMESPACES)):
            continue  # of a newer Celery
        assert settings.to_celery() == {row.setting: row.value}


@pytest.mark.skipif(not celery.__version__.startswith("5.7"), reason="the fields are those of 5.7")
def test_the_fields_are_what_the_script_writes():
    script = runpy.run_path(str(ROOT / "scripts/safe_settings.py"))
    written = set(script["of_celery"]())
    fields = {name for name in SafeSettings.model_fields if not name.startswith("safe_")}
    assert written == fields, "run scripts/safe_settings.py"
    source = (ROOT / "celery_safe/_settings_fields.py").read_text(encoding="utf-8")
    for name, kind in script["of_celery"]().items():
        assert f"    {name}: {kind}" in source, "run scripts/safe_settings.py"


def test_an_app_takes_it_and_the_defaults_stay():
    app = SafeCelery("shop", set_as_current=False)
    app.config_from_object(SafeSettings(broker_url="memory://", task_time_limit=90, timezone="UTC"))
    assert (app.conf.broker_url, app.conf.task_time_limit, app.conf.timezone) == (
        "memory://",
        90,
        "UTC",
    )
    assert app.conf.task_acks_late is True
    assert app.conf.task_serializer == "json"


def test_the_name_of_one_is_refused(monkeypatch, tmp_path):
    (tmp_path / "conf_by_name.py").write_text(
        "from celery_safe import SafeSettings\nsettings = SafeSettings(timezone='UTC')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    app = SafeCelery("shop", set_as_current=False)
    app.config_from_object("conf_by_name:settings")
    with pytest.raises(UnsafeSetting, match="give it the object itself"):
        _ = app.conf.timezone


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"task_time_limt": 3}, "no setting 'task_time_limt'; did you mean 'task_time_limit'"),
        ({"BROKER_URL": "x"}, "old name of 'broker_url'"),
        ({"CELERYD_CONCURRENCY": 3}, "old name of 'worker_concurrency'"),
        ({"TASK_TIME_LIMIT": 3}, "old name of 'task_time_limit'"),
        ({"safe_max_redelivery": 3}, "did you mean 'safe_max_redeliveries'"),
        ({"zzz": 1}, "no setting 'zzz'"),
        ({"task_time_limit": "soon"}, "task_time_limit\n.*valid number"),
        ({"enable_utc": "perhaps"}, "enable_utc\n.*boolean"),
        ({"safe_when_store_away": "wait"}, "'hold' or 'run'"),
    ],
)
def test_what_is_no_setting(given, message):
    with pytest.raises(ValidationError, match=message):
        SafeSettings(**given)


def test_a_wrong_value_later():
    settings = SafeSettings()
    settings.task_time_limit = 60
    assert settings.to_celery() == {"task_time_limit": 60}
    with pytest.raises(ValidationError):
        settings.task_time_limit = "soon"  # type: ignore[assignment]
    with pytest.raises(ValidationError, match="did you mean 'task_time_limit'"):
        settings.task_time_limt = 3


def test_none_that_is_written_counts():
    assert SafeSettings(task_time_limit=None).to_celery() == {"task_time_limit": None}
    assert SafeSettings().to_celery() == {}
    assert repr(SafeSettings(timezone="UTC")) == "SafeSettings(timezone='UTC')"


def test_from_the_environment():
    found = SafeSettings.from_env(
        environ={
            "CELERY_BROKER_URL": "redis://", "CELERY_TASK_TIME_LIMIT": "60", "CELERY_TASK_ACKS_LATE": "False",
            "CELERY_WORKER_CONCURRENCY": "4", "CELERY_ACCEPT_CONTENT": '["json"]', "CELERY_TIMEZONE": "UTC",
            "CELERY_TASK_ROUTES": '{"a": {"queue": "b"}}', "CELERY_BROKER_PASSWORD": "0123",
            "CELERY_SAFE_MAX_REDELIVERIES": "5", "CELERY_APP": "proj", "CELERY_BIN": "/usr/bin/celery", "PATH": "/",
        }
    )  # fmt: skip
    assert found.to_celery() == {
        "broker_url": "redis://", "task_time_limit": 60.0, "task_acks_late": False, "worker_concurrency": 4,
        "accept_content": ["json"], "timezone": "UTC", "task_routes": {"a": {"queue": "b"}},
        "broker_password": "0123", "safe_max_redeliveries": 5,
    }  # fmt: skip
    assert (
        SafeSettings.from_env("SHOP_", {"SHOP_TIMEZONE": "UTC", "CELERY_TIMEZONE": "x"}).timezone
        == "UTC"
    )


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("CELERY_TASK_TIME_LIMT", "3", "CELERY_TASK_TIME_LIMT is no setting; did you mean 'CELERY_TASK_TIME_LIMIT'"),
        ("CELERY_TASK_TIME_LIMIT", "soon", "environment: task_time_limit: .*it is 'soon'"),
        ("CELERY_ACCEPT_CONTENT", "[json", "accept_content: is no JSON"),
    ],
)  # fmt: skip
def test_a_variable_that_is_wrong(variable, text, message):
    with pytest.raises(SettingsError, match=message):
        SafeSettings.from_env(environ={variable: text})


def test_from_files(tmp_path):
    expected = {"broker_url": "redis://", "task_time_limit": 60.0, "accept_content": ["json"]}
    toml = tmp_path / "celery.toml"
    toml.write_text(
        '[tool.celery]\nbroker_url = "redis://"\ntask_time_limit = 60\naccept_content = ["json"]\n'
    )
    assert SafeSettings.from_file(toml, table="tool.celery").to_celery() == expected
    plain = tmp_path / "celery.json"
    plain.write_text(json.dumps(expected))
    assert SafeSettings.from_file(str(plain)).to_celery() == expected
    for name in ("celery.yaml", "celery.yml", "celery.YML"):
        yaml = tmp_path / name
        yaml.write_text(
            "app:\n  celery:\n    broker_url: redis://\n    task_time_limit: 60\n    accept_content: [json]\n"
        )
        assert SafeSettings.from_file(yaml, table="app.celery").to_celery() == expected
    yaml.write_text("")
    assert SafeSettings.from_file(yaml).to_celery() == {}


def test_a_parser_that_is_not_installed(tmp_path, monkeypatch):
    for name, modules, message in (
        ("a.yaml", ["yaml"], r"pip install 'celery-safe\[yaml\]'"),
        ("a.toml", ["tomllib", "tomli"], "pip install tomli"),
    ):
        (tmp_path / name).write_text("")
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingExtra, match=message):
            SafeSettings.from_file(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "table", "message"),
    [
        ("a.toml", "x = ", None, "a.toml: "),
        ("b.toml", "broker_ulr = 'x'", None, "b.toml: no setting 'broker_ulr'; did you mean 'broker_url'"),
        ("c.json", '{"task_time_limit": "soon"}', None, "c.json: task_time_limit: .*it is 'soon'"),
        ("d.json", "[]", None, "not a list"),
        ("e.json", "{}", "celery", "no table 'celery'"),
        ("g.yaml", "a: [", None, "g.yaml: while parsing(.|\n)*line 1"),
        ("h.yaml", "task_time_limt: 3", None, "h.yaml: no setting 'task_time_limt'; did you mean"),
        ("i.yml", "- a", None, "i.yml: settings are names with values, not a list"),
        ("f.ini", "", None, "ends with .toml, .json"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong(tmp_path, name, text, table, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=message):
        SafeSettings.from_file(tmp_path / name, table)
    with pytest.raises(SettingsError, match="No such file"):
        SafeSettings.from_file(tmp_path / "none.toml")


def test_there_and_back():
    settings = SafeSettings(
        broker_url=["redis://a", "redis://b"], result_expires=timedelta(days=2), timezone="UTC",
        task_annotations={"*": {"rate_limit": "1/s"}}, safe_max_redeliveries=4,
    )  # fmt: skip
    assert SafeSettings.from_celery(settings.to_celery()) == settings
    django = settings.to_celery("CELERY")
    assert set(django) >= {
        "CELERY_BROKER_URL",
        "CELERY_RESULT_EXPIRES",
        "CELERY_SAFE_MAX_REDELIVERIES",
    }
    assert SafeSettings.from_celery(django, "CELERY") == settings


def test_plain_configuration_with_old_names():
    module = types.ModuleType("settings")
    vars(module).update(
        BROKER_URL="redis://", CELERY_TASK_SERIALIZER="json", CELERYD_CONCURRENCY=4, DEBUG=True, INSTALLED_APPS=[],
        CELERYBEAT_SCHEDULE={},
    )  # fmt: skip
    assert SafeSettings.from_celery(module).to_celery() == {
        "beat_schedule": {}, "broker_url": "redis://", "task_serializer": "json", "worker_concurrency": 4,
    }  # fmt: skip
    with pytest.raises(SettingsError, match="no setting 'task_tme_limit'; did you mean"):
        SafeSettings.from_celery({"task_tme_limit": 3})
    with pytest.raises(SettingsError, match="no setting 'CELERY_NONSENSE'"):
        SafeSettings.from_celery({"CELERY_NONSENSE": 3, "DEBUG": 1}, "CELERY")


@pytest.mark.skipif(celery.__version__.startswith("5.7"), reason="5.7 has them all")
def test_a_setting_of_a_newer_celery():
    with pytest.raises(
        SettingsError, match="has no setting 'task_repr_maxlevels'; a newer one has"
    ):
        SafeSettings(task_repr_maxlevels=5).to_celery()
