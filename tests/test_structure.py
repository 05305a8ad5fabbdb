"""How the house is built: gates, imports, sizes, and where names may stand. A rule with an exception names its reason."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Flask
from werkzeug.routing import Map

from engage.base import links
from engage.base.config import ROOT, City, Settings
from engage.base.links import Links

CODE = ("engage", "bots", "migrations", "benchmarks")
OURS = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_FACE = 400, 60, 30

# Migrations are history, and say in one piece what was done.
LONG_FUNCTIONS = {
    ("migrations/versions/0001_a_walking_city.py", "upgrade"),
    ("migrations/versions/0006_importing.py", "upgrade"),
}

# Imports inside functions: each is heavy, and used by one process or command only.
LATE_IMPORTS = {
    "engage/activities/importing/child.py": "the limits are set before what they limit is loaded",
    "engage/activities/importing/feeds.py": "the words are needed only where somebody reads them",
    "engage/activities/importing/reading/workbooks.py": "openpyxl: only a process that reads a workbook needs it",
    "engage/activities/recurrence.py": "holidays: only where dates are planned",
    "engage/app.py": "Alembic takes 11 MB, and only a process that migrates needs it; the doors, only one that opens them",
    "engage/cli.py": "each command loads what it needs; `--help` and `engage understand` wait for nothing else",
    "engage/dialog/understanding/dates.py": "dateparser: a second and 30 MB for one message in thousands",
    "engage/dialog/understanding/intervals.py": "holidays: only where somebody names a feast",
    "engage/statistics/report/files.py": "openpyxl, python-docx and lxml: 35 MB for what is asked for every other year",
    "engage/web/login/city.py": "httpx and Authlib: 10 MB that only an installation with a directory needs",
    "engage/registrations/certificates/keys.py": "cryptography: 10 MB for who downloads a credential or looks for a key",
    "engage/web/development.py": "the standard library's grammar of headers: only where mails are read, in the development mode",
    "engage/activities/pictures.py": "Pillow: only a process that is sent a picture needs it",
    "engage/web/paper.py": "fpdf2 and fontTools: a third of a second for what is asked for once in thousands of pages",
    "engage/service/program.py": "each process loads its own part, after the database is there",
    "engage/service/schema.py": "Alembic is heavy, and used by one check",
}

# Blueprints whose gate is no function of `web.who`, or that have none, and why.
OTHER_GATES = {
    "development": "lets in the machine itself only, in the development mode",
    "security": "Flask-Security knows who may open which of its pages; how often, and that it is a form, is said beside it",
}
NO_GATE = {"statics": "files that are the same for everybody; they are only read, and never ask the database"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All there is in a file: walked once, since several tests look at each."""
    return tuple(ast.walk(tree_of(path)))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def late_imports(path: Path) -> list[int]:
    """The lines of a file on which something is imported inside a function."""
    imports = [node.lineno for node in nodes_of(path) if isinstance(node, ast.Import | ast.ImportFrom)]
    spans = [(function.lineno, function.end_lineno or 0) for function in functions(path)]
    return [line for line in imports if any(first <= line <= last for first, last in spans)]


def test_every_blueprint_has_exactly_one_gate(migrated_app: Flask) -> None:
    assert migrated_app.blueprints
    for blueprint in set(migrated_app.blueprints) - set(NO_GATE):
        gates = migrated_app.before_request_funcs.get(blueprint, [])
        assert len(gates) == 1, f"{blueprint} has {len(gates)} gates"
        if blueprint not in OTHER_GATES:
            assert gates[0].__module__ == "engage.web.who", blueprint
    assert {*OTHER_GATES, *NO_GATE} <= set(migrated_app.blueprints), "an exception for what is not there"


def test_what_has_no_gate_can_only_be_read(migrated_app: Flask) -> None:
    for rule in migrated_app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in NO_GATE:
            assert rule.methods is not None
            assert rule.methods <= {"GET", "HEAD", "OPTIONS"}, rule.rule


def test_every_address_belongs_to_a_blueprint_and_so_has_a_gate(migrated_app: Flask) -> None:
    free = {rule.endpoint for rule in migrated_app.url_map.iter_rules() if "." not in rule.endpoint}
    assert free <= {"static"}, free


def test_every_link_in_a_message_leads_to_a_page(migrated_app: Flask, settings: Settings) -> None:
    pages: Map = migrated_app.url_map
    adapter = pages.bind("here")
    made = Links("https://here/")
    paths = [
        made.activity("abcd2345", "rent-vand"), made.occurrence("abcd2345", "rent-vand", "efgh6789"), made.confirm("a.b-c_d"), made.offer("a.b-c_d"),
        made.registration("a.b-c_d"), made.cancel("a.b-c_d"), made.ticket("a.b-c_d"), made.door("a-b_c"), made.privacy(), made.chat(), made.contact(), made.questions(), made.desk(), made.propose(), made.confirm_proposal("a-b_c"), made.proposals(), made.proposal("a"), made.own_proposal("a.b-c"),
        made.coming("a.b-c_d"), made.feedback("a.b-c_d"), made.unsubscribe("reminders", "a.b-c_d"),
        made.organisation("abcd2345", "biblioteket"), made.own_activity("abcd2345"), made.picture("abcd2345", "large-0a1b"),
        made.mine(), made.own_data(), made.enter("a-b_c"), made.link("a-b_c"), made.own_calendar("a.b-c_d"),
        made.own_certificates(), made.certificate("abcd2345"), made.credential_issuer(), made.credential_keys(), made.credential_key("a-b_c"), made.credential_status(0),
        made.listing(), made.topics(), made.begin_to_follow("a-b_c"), made.stop_topics("a.b-c_d"),
        made.sign_in(), made.account(), made.new_password("a.b-c_d"), made.invitation("a.b-c_d"),
        made.email_change("a.b-c_d"), made.stop_email_change("a.b-c_d"), made.forgotten_password(),
    ]  # fmt: skip
    assert len(paths) == len(
        [each for each in dir(Links) if not each.startswith("_") and callable(getattr(Links, each))]
    )
    for path in paths:
        assert "<" not in path
        assert "//" not in path.removeprefix("https://")
        assert adapter.match(path.removeprefix("https://here"), method="GET")[0]
    templates = {value for key, value in vars(links).items() if key.isupper()}
    assert templates <= {rule.rule for rule in pages.iter_rules()}, "the doors take their routes from here"


def test_the_citys_name_stands_in_no_code(settings: Settings) -> None:
    """Another learning city changes one file. What is data (TOML, JSON, translations, documents) may name it."""
    city: City = settings.city
    spelled = {
        city.name,
        city.name.casefold(),
        city.name.replace("ø", "oe").replace("Ø", "Oe"),
        city.name.replace("ø", "o"),
    }
    found = []
    for folder in ("engage", "bots", "migrations"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".py", ".html", ".js", ".css", ".txt", ".xml"} or "dist" in path.parts:
                continue
            text = path.read_text("utf-8").casefold()
            found += [name(path) for word in spelled if word.casefold() in text]
    assert found == []


# One test looks at all files and names each that breaks its rule: a test for each file took longer to be counted than to look.


def test_every_module_says_first_what_lives_in_it() -> None:
    assert [name(path) for path in OURS if not ast.get_docstring(tree_of(path))] == []


def test_every_test_file_says_first_what_it_is_about() -> None:
    written = [path for path in TESTS if path.read_text("utf-8").strip()]
    assert len(written) > 100
    assert [name(path) for path in written if not ast.get_docstring(tree_of(path))] == []


def test_no_file_is_too_long_to_be_read() -> None:
    lines = {name(path): path.read_text("utf-8").count("\n") for path in OURS if "migrations" not in path.parts}
    assert {path: number for path, number in lines.items() if number > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_be_read() -> None:
    long = {
        (name(path), function.name): length
        for path in OURS
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert {place: length for place, length in long.items() if place not in LONG_FUNCTIONS} == {}
    assert set(long) >= LONG_FUNCTIONS, "an exception that nothing needs"


def test_the_face_of_a_component_is_short() -> None:
    for path in (ROOT / "engage").glob("*/__init__.py"):
        assert path.read_text("utf-8").count("\n") <= LONGEST_FACE, name(path)


def test_nothing_is_imported_inside_a_function_without_a_reason() -> None:
    late = [
        f"{name(path)}:{line}"
        for path in OURS
        if not any(name(path) == place or name(path).startswith(f"{place}/") for place in LATE_IMPORTS)
        for line in late_imports(path)
    ]
    assert late == []


def test_every_exception_for_a_late_import_is_still_needed() -> None:
    for place in LATE_IMPORTS:
        paths = [path for path in OURS if name(path) == place or name(path).startswith(f"{place}/")]
        assert any(late_imports(path) for path in paths), place


def test_what_others_may_use_says_what_it_promises() -> None:
    """Public classes, and public functions of a module in the rooms of rules and channels."""
    rooms = {("engage", room) for room in RULES}
    public = {
        f"{name(path)}: {node.name}": ast.get_docstring(node)
        for path in OURS
        if path.relative_to(ROOT).parts[:2] in rooms
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert len(public) > 500
    assert [place for place, words in public.items() if not words] == []


RULES = (
    "base", "people", "goals", "accounts", "outbox", "inbox", "channels", "activities", "registrations", "questions", "following",
    "proposals", "statistics",
)  # fmt: skip


def test_rules_never_ask_the_web_nor_the_clock() -> None:
    """They take what they need as arguments; only a channel, which is called by nobody but the post office, may look itself."""
    for room in RULES:
        for path in (ROOT / "engage" / room).rglob("*.py"):
            text = path.read_text("utf-8")
            for word in (
                "import request",
                "import session",
                "flask import g",
                "datetime.now(",
                "datetime.utcnow(",
                "time.time(",
            ):
                assert word not in text or name(path) == "engage/base/clock.py", f"{name(path)}: {word}"


def test_no_sentence_stands_inside_a_formatted_string() -> None:
    # The extractor does not look into them, so that such a sentence is never translated.
    marked = {"_", "_l", "gettext", "ngettext", "lazy_gettext"}
    found = [
        f"{name(path)}:{node.lineno}"
        for path in OURS
        for node in nodes_of(path)
        if isinstance(node, ast.JoinedStr)
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in marked
    ]
    assert found == []


def test_no_rule_commits() -> None:
    # These talk to the network, and hold no transaction meanwhile.
    wires = {
        "engage/outbox/delivery.py", "engage/outbox/chats.py", "engage/channels/webchat.py", "engage/channels/sms.py",
        "engage/registrations/feeds.py",
    }  # fmt: skip
    # A file is read by a process of its own, which takes seconds; no transaction is held meanwhile.
    wires.add("engage/registrations/import_queue.py")
    # One update, one transaction: its effects and that it is done.
    wires.add("engage/inbox/handling.py")
    allowed = {"engage/base/db.py", *wires}
    for room in RULES:
        for path in (ROOT / "engage" / room).rglob("*.py"):
            text = path.read_text("utf-8")
            if name(path) not in allowed:
                assert ".commit()" not in text, name(path)
                assert "with transaction()" not in text, name(path)


def test_no_name_says_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [name(path) for path in OURS if path.stem in nothing] == []
