"""The map as a user gets it: what is in the picture, in three languages, and what is refused."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from celery_safe.cli.map import command
from lint_rules._engine.diagram import graph, svg
from lint_rules._engine.diagram.dot import as_dot
from lint_rules._engine.diagram.graph import Badge, Edge, Graph, Node
from lint_rules._engine.diagram.layers import columns, without_overlap
from lint_rules._engine.diagram.layout import CHAR, lay_out, width_of
from lint_rules._engine.diagram.mermaid import as_mermaid
from lint_rules._engine.diagram.when import when
from lint_rules._engine.inventory import of_paths
from lint_rules._engine.inventory.records import BeatEntry

SHOP = {
    "shop/__init__.py": "",
    "shop/app.py": """
from celery import Celery
from celery.schedules import crontab
app = Celery("shop")
app.conf.beat_schedule = {
    "nightly": {"task": "shop.tasks.report", "schedule": crontab(minute=0, hour=3)},
    "gone": {"task": "shop.tasks.gone", "schedule": 300},
}
""",
    "shop/tasks.py": """
from shop.app import app

@app.task(queue="money")
def charge(order): send_receipt.delay(order)

@app.task
def send_receipt(order): send_receipt.apply_async((order,), queue="late")

@app.task
def report(): ...
""",
    "shop/views.py": """
from django.db import transaction
from shop.tasks import charge

def place_order(order, task):
    with transaction.atomic():
        charge.delay(order)
    task.delay()
""",
    "tests/test_views.py": "from shop.tasks import report\nreport.delay()\n",
}


def draw(*args: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in args])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in SHOP.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def texts(picture: str) -> list[str]:
    tag = "{http://www.w3.org/2000/svg}text"
    return [e.text or "" for e in ElementTree.fromstring(picture).iter(tag)]


def test_svg_has_tasks_queues_schedules_and_callers(shop: Path) -> None:
    result = draw(shop)
    assert result.exit_code == 0, result.output
    shown = texts(result.stdout)
    assert {"queue money", "queue celery", "not in these files"} <= set(shown)
    assert {"charge", "send_receipt", "report", "views", "tasks"} <= set(shown)
    assert {"cron 0 3 * * *", "every 5 min", "sends itself", "also late"} <= set(shown)
    assert any("sends that resolve to no task here: 1," in t for t in shown)
    assert "test_views" not in result.stdout
    assert "edge atomic" in result.stdout, "the send inside the transaction"
    assert "shop/views.py:7" in result.stdout
    assert "prefers-color-scheme:dark" in result.stdout


def test_a_narrow_picture_has_room_for_its_legend(tmp_path: Path) -> None:
    shop = "from celery import shared_task\n@shared_task\ndef a(unknown):\n    unknown.delay()\n"
    (tmp_path / "shop.py").write_text(shop)
    picture = draw(tmp_path).stdout
    legend = next(t for t in texts(picture) if "sends that resolve" in t)
    assert width_of(legend) < float(ElementTree.fromstring(picture).attrib["width"])


def test_mermaid_and_dot_say_the_same(shop: Path) -> None:
    mermaid = draw(shop, "--output-format", "mermaid").stdout
    assert "flowchart LR" in mermaid
    views, charge, receipt = (
        re.search(rf'(n\d+)[(\[]"{name}', mermaid)[1]  # type: ignore[index]
        for name in ("views", "tasks.charge", "tasks.send_receipt")
    )
    assert f"{views} -.-> {charge}" in mermaid
    assert f"{charge} --> {receipt}" in mermaid
    assert "cron 0 3 #42; #42; #42;" in mermaid
    dot = draw(shop, "--output-format", "dot").stdout
    assert '"code shop.views" -> "shop.tasks.charge" [style=dashed]' in dot
    assert 'label="tasks.report\\ncron 0 3 * * *"' in dot


def test_task_and_depth_narrow_it(shop: Path) -> None:
    only = draw(shop, "--task", "*.charge", "--depth", "0", "--output-format", "mermaid").stdout
    assert "tasks.charge" in only
    assert "send_receipt" not in only
    near = draw(shop, "--task", "*.charge", "--output-format", "mermaid").stdout
    assert "send_receipt" in near
    assert "report" not in near


def test_a_task_stands_in_the_queue_that_its_sends_name(shop: Path) -> None:
    (shop / "shop" / "more.py").write_text("""
from shop.app import app

@app.task
def export(): ...

@app.task
def clean(): ...

def start(queue):
    export.apply_async(queue="exports")
    clean.apply_async(queue="exports")
    clean.apply_async(queue=queue)
    clean.delay()

app.conf.beat_schedule["export"] = {
    "task": "shop.more.export", "schedule": 60, "options": {"queue": "exports"},
}
""")
    nodes = graph.of(of_paths([shop])).nodes
    export, clean = nodes["shop.more.export"], nodes["shop.more.clean"]
    assert (export.queue, [b.text for b in export.badges]) == ("exports", ["every 1 min"])
    assert clean.queue == "celery"
    assert [b.text for b in clean.badges] == ["also exports", "also by a computed queue"]


def test_a_project_below_a_folder_called_tests_is_drawn(shop: Path, tmp_path: Path) -> None:
    below = tmp_path / "tests" / "shop"
    below.mkdir(parents=True, exist_ok=True)
    (below / "jobs.py").write_text(SHOP["shop/tasks.py"].replace("shop.app", "celery"))
    assert "charge" in texts(draw(below).stdout)


def test_output_is_written_to_a_file(shop: Path, tmp_path: Path) -> None:
    result = draw(shop, "-o", tmp_path / "map.svg")
    assert (result.exit_code, result.stdout) == (0, "")
    ElementTree.parse(tmp_path / "map.svg")
    result = draw(shop, "-o", tmp_path / "none" / "map.svg")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_what_cannot_be_drawn_is_2_with_the_next_step(shop: Path) -> None:
    large = draw(shop, "--max-tasks", "2")
    assert large.exit_code == 2
    assert "--task 'shop.tasks.*'   4 tasks" in large.stderr
    wrong = draw(shop, "--task", "shop.tasks.chrage")
    assert wrong.exit_code == 2
    assert "did you mean 'shop.tasks.charge'?" in wrong.stderr
    assert "goes with --task" in draw(shop, "--depth", "2").stderr
    assert "no such file" in draw(shop / "gone").stderr


def test_a_broken_file_is_2_and_the_rest_is_drawn(shop: Path) -> None:
    (shop / "broken.py").write_text("import celery\ndef f(:\n")
    result = draw(shop)
    assert result.exit_code == 2
    assert "charge" in texts(result.stdout)
    assert "broken.py syntax error" in result.stderr


def synthetic(count: int) -> Graph:
    """Many tasks of several queues and modules that send each other, with long and wide names."""
    nodes: dict[str, Node] = {}
    for n in range(count):
        label = f"task_{n}_" + "long" * (n % 17) + "漢" * (n % 5)
        badges = tuple(Badge(f"cron {n} * * * *", is_schedule=True) for _ in range(n % 3))
        key = f"shop.m{n % 13}.{label}"
        nodes[key] = Node(key, label, graph.TASK, f"m{n % 13}", f"q{n % 4}", badges, "a.py:1")
    for n in range(count // 2):
        nodes[f"code c{n}"] = Node(f"code c{n}", f"caller_{n}", graph.CODE, "", "", (), "b.py")
    keys = list(nodes)
    edges = [
        Edge(keys[(n * 7) % len(keys)], keys[(n * 13) % (count - 9)], ["a.py:1"])
        for n in range(2 * count)
    ]
    return Graph(nodes, tuple(edges), "", ())


Rect = tuple[float, float, float, float]


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one[0] < other[2] - 0.1 and other[0] < one[2] - 0.1
        and one[1] < other[3] - 0.1 and other[1] < one[3] - 0.1
    )  # fmt: skip


@pytest.mark.parametrize("count", [10, 40, 100])
def test_no_box_and_no_text_lies_over_another(count: int) -> None:
    layout = lay_out(synthetic(count), "shop")
    boxes = [b for lane in layout.lanes for b in lane.boxes] + layout.callers
    rects = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]
    assert not any(overlap(a, b) for a, b in combinations(rects, 2))
    assert all(r[0] >= 0 and r[2] <= layout.width and r[3] <= layout.height for r in rects)
    written = []
    for element in ElementTree.fromstring(svg.as_svg(synthetic(count), "shop")).iter(
        "{http://www.w3.org/2000/svg}text"
    ):
        x, y, text = float(element.attrib["x"]), float(element.attrib["y"]), element.text or ""
        cells = sum(2 if ord(c) > 0x3000 else 1 for c in text)
        size = 1.6 if element.get("class") == "title" else 1.0
        written.append((x, y - 10, x + cells * CHAR * size, y + 3))
    assert len(written) > count
    assert not any(overlap(a, b) for a, b in combinations(written, 2))


def test_names_cannot_break_out_of_the_text() -> None:
    name = 'a"b<c>&`[]{}|;#\\end'
    one = Graph({name: Node(name, name, graph.TASK, "g", 'q"', (), "p")}, (), "", ())
    assert name in texts(svg.as_svg(one, name))
    assert '["a#34;b#60;c#62;#38;#96;#91;#93;#123;#125;#124;#59;#35;#92;end"]' in as_mermaid(
        one, ""
    )
    assert '"a\\"b<c>&`[]{}|;#\\\\end" [label=' in as_dot(one, "")


def test_columns_follow_the_sends_and_circles_end() -> None:
    links = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c"), ("c", "d"), ("d", "d")]
    assert columns(["x", "a", "b", "c", "d"], links) == {"x": 0, "a": 0, "b": 1, "c": 2, "d": 3}


def test_boxes_stand_near_their_wish_without_overlap() -> None:
    assert without_overlap([(10, 10), (100, 10)], 2) == [5, 95]
    tops = without_overlap([(10, 10), (10, 10), (11, 10)], 2)
    assert tops[1] - tops[0] == tops[2] - tops[1] == 12
    assert abs(tops[1] - 5) < 2


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("crontab(minute=0, hour='3,15')", "cron 0 3,15 * * *"),
        ("crontab()", "cron * * * * *"),
        ("crontab(0, 4, 'mon')", "cron 0 4 * * mon"),
        ("crontab(minute=MINUTE)", "crontab(minute=MINUTE)"),
        ("timedelta(minutes=5)", "every 5 min"),
        ("datetime.timedelta(1)", "every 1 d"),
        ("schedule(run_every=timedelta(hours=2))", "every 2 h"),
        ("60 * 60", "every 1 h"),
        ("90", "every 90 s"),
        ("timedelta(minutes=X)", "timedelta(minutes=X)"),
        ("f(" + "x" * 50 + ")", "f(xxxxxxxxxxxxxx…xxxxxxxxxxxxxxxx)"),
        (None, "scheduled"),
    ],
)
def test_schedules_in_few_characters(code: str | None, text: str) -> None:
    entry = BeatEntry("p", 1, "n", "t", None, None, code, "other", True, None, None, None, None)
    assert when(entry) == text
