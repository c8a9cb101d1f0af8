"""Manifests say what they say, or are refused with the exact place; no input does anything else."""

from __future__ import annotations

import io
import json
import os
import stat
import threading
import time
import tracemalloc

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gwctl.core.manifest import Reader, read, resolve_secret, split_cell
from gwctl.core.manifest.scalars import resolve
from gwctl.errors import Invalid, Usage


@pytest.fixture
def manifest(tmp_path):
    """Writes one file and returns a reader of it."""

    def make(content, name="m.yaml", **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Reader([str(path)], **options)

    return make


def read_all(reader):
    return [(entry.group, entry.data) for entry in reader.entries() if not entry.flawed]


def flaws(reader):
    """What is wrong, as line, column and message, after all entries were read."""
    for _ in reader.entries():
        pass
    return [(problem.line, problem.column, problem.message) for problem in reader.problems]


def only_flaw(reader):
    found = flaws(reader)
    assert len(found) == 1, found
    return found[0]


class TestYaml:
    def test_groups_documents_and_places(self, manifest):
        reader = manifest(
            "# a comment\n"
            "teams:\n"
            "  - team_alias: research\n"
            "    members: [{user: ada, role: admin}]\n"
            "keys:\n"
            "- key_alias: a\n"
            "- {key_alias: b, models: [x]}\n"
            "---\n"
            "---\n"
            "keys: [{key_alias: c}]\n"
            "budgets:\n"
            "---\n"
            "# nothing\n"
        )
        found = list(reader.entries())
        assert [(entry.group, entry.data) for entry in found] == [
            ("teams", {"team_alias": "research", "members": [{"user": "ada", "role": "admin"}]}),
            ("keys", {"key_alias": "a"}),
            ("keys", {"key_alias": "b", "models": ["x"]}),
            ("keys", {"key_alias": "c"}),
        ]
        assert [entry.index for entry in found] == [(0, "teams", 0), (0, "keys", 0), (0, "keys", 1), (2, "keys", 0)]
        assert [entry.position for entry in found] == [(3, 5), (6, 3), (7, 3), (10, 8)]
        assert not any(entry.textual for entry in found)
        assert reader.problems == ()

    def test_it_is_read_again_from_the_start(self, manifest):
        reader = manifest("keys: [{a: 1}, {a: 1, a: 2}]\n")
        assert read_all(reader) == read_all(reader) == [("keys", {"a": 1})]
        assert len(reader.problems) == 1

    @pytest.mark.parametrize(
        "content", ["", "\n", "---\n", "# x\n", "~\n", "null", "---\n---\n...\n", "{}", "keys:\n", "keys: []", "\ufeff"]
    )
    def test_nothing_is_fine(self, manifest, content):
        reader = manifest(content)
        assert (read_all(reader), reader.problems) == ([], ())

    def test_a_byte_order_mark_and_windows_line_ends(self, manifest):
        reader = manifest("\ufeffkeys:\r\n- a: ü\r\n- a: 1\r\n  b: 2\r\n")
        assert read_all(reader) == [("keys", {"a": "ü"}), ("keys", {"a": 1, "b": 2})]
        entry = list(reader.entries())[1]
        assert reader.locate(entry, ("b",)) == (4, 6)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("5", 5), ("-5", -5), ("+5", 5), ("0", 0), ("-0", 0), ("0x1f", 31), ("0o17", 15),
            ("1.5", 1.5), ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-1.5E-2", -0.015), ("0.1", 0.1),
            ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
            ("010", "010"), ("007", "007"), ("00.5", "00.5"), ("1_000", "1_000"), ("1:30", "1:30"), ("0b1", "0b1"),
            ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("nUll", "nUll"), ("tRUE", "tRUE"),
            ("2026-01-31", "2026-01-31"), ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("1.2.3", "1.2.3"), ("-", "-"), (".", "."), ("+", "+"), ("30d", "30d"), ("1e", "1e"), ("e1", "e1"),
            ("=", "="), ("0x", "0x"), ("٣", "٣"), ("12345678901234567890", 12345678901234567890),
        ],
    )  # fmt: skip
    def test_what_plain_texts_mean(self, text, value):
        assert (resolve(text), type(resolve(text))) == (value, type(value))

    def test_quotes_and_tags_make_texts(self, manifest):
        reader = manifest(
            "keys: [{a: '5', b: \"true\", c: !!str 5, d: ! 5, e: 5, f: !!int '5'}]\nteams:\n- g: |-\n    5\n"
        )
        assert read_all(reader) == [
            ("keys", {"a": "5", "b": "true", "c": "5", "d": "5", "e": 5, "f": 5}),
            ("teams", {"g": "5"}),
        ]

    def test_names_of_fields_are_texts_as_written(self, manifest):
        reader = manifest("keys: [{a: {1: x, null: y, true: z, 010: w, 1.50: v}}]\n")
        assert read_all(reader) == [("keys", {"a": {"1": "x", "null": "y", "true": "z", "010": "w", "1.50": "v"}})]

    def test_anchors_and_merges(self, manifest):
        reader = manifest(
            "keys:\n"
            "  - &base {team: research, models: [a, b], metadata: {x: 1}}\n"
            "  - {<<: *base, key_alias: one, team: other}\n"
            "  - <<: [{team: first}, *base]\n"
            "    key_alias: two\n"
            "  - {'<<': plain}\n"
            "  - &name name: *name\n"
            "    *name : 1\n"
        )
        _, one, two, plain = read_all(reader)
        assert one[1] == {"key_alias": "one", "team": "other", "models": ["a", "b"], "metadata": {"x": 1}}
        assert two[1] == {"key_alias": "two", "team": "first", "models": ["a", "b"], "metadata": {"x": 1}}
        assert plain[1] == {"<<": "plain"}
        assert [(line, column) for line, column, _ in flaws(reader)] == [(8, 5)]

    def test_an_alias_is_a_copy(self, manifest):
        reader = manifest("keys:\n- &a {models: [x], m: {y: 1}}\n- *a\nteams: &l [{t: 1}]\norgs: *l\n")
        first, second, team, org = [entry.data for entry in reader.entries()]
        assert first == second
        assert team == org
        first["models"].append("z")
        first["m"]["y"] = 2
        assert second == {"models": ["x"], "m": {"y": 1}}
        assert [entry.position for entry in reader.entries()] == [(2, 3), (3, 3), (4, 12), (5, 7)]

    def test_anchors_end_with_their_document(self, manifest):
        assert only_flaw(manifest("keys: [&a {x: 1}]\n---\nkeys: [*a]\n"))[:2] == (3, 8)


class TestYamlFlaws:
    @pytest.mark.parametrize(
        ("content", "line", "column", "word"),
        [
            ("- a\n", 1, 1, "map of group names"),
            ("text\n", 1, 1, "map of group names"),
            ("keys: 5\n", 1, 7, "list of objects"),
            ("keys: text\n", 1, 7, "list of objects"),
            ("keys:\n  a: 1\n", 2, 3, "list of objects"),
            ("keys:\n- a: 1\n- text\n", 3, 3, "map of fields"),
            ("keys:\n- a: 1\n-\n", 3, 2, "map of fields"),
            ("keys:\n- [a]\n", 2, 3, "map of fields"),
            ("<<: {a: 1}\n", 1, 1, "merge"),
            ("? [a]\n: []\n", 1, 3, "name of a field"),
            ("keys:\n- {[a]: 1}\n", 2, 4, "name of a field"),
            ("keys:\n- a: 1\n  b: 2\n  a: 3\n", 4, 3, "twice, first in line 2"),
            ("keys:\n- m:\n    x: 1\n    'x': 2\n", 4, 5, "twice, first in line 3"),
            ("keys: []\nteams: []\nkeys: []\n", 3, 1, "twice, first in line 1"),
            ("keys:\n\t- a: 1\n", 2, 1, "a tab"),
            ("keys:\n- a: 1\n\tb: 2\n", 3, 1, "a tab"),
            ("keys:\n- a: @x\n", 2, 6, "quote it"),
            ("keys:\n- a: `x\n", 2, 6, "quote it"),
            ("keys:\n- a: b: c\n", 2, 7, "colon"),
            ("keys:\n  - a: 1\n b: 2\n", 3, 2, "indentation"),
            ("keys:\n- a: 'x\n\n", 4, 1, "not closed (what begins in line 2)"),
            ("keys: [{a: 1}\n", 2, 1, "not closed"),
            ("keys: [a: {\n", 2, 1, "not closed"),
            ("keys:\n- a: !!python/object/apply:os.system ['x']\n", 2, 6, "tag"),
            ("keys:\n- a: !Env NAME\n", 2, 6, "tag !Env"),
            ("keys:\n- a: !!timestamp 2026-01-01\n", 2, 6, "tag !!timestamp"),
            ("keys:\n- !!set {a}\n", 2, 3, "tag !!set"),
            ("keys:\n- !!binary x: 1\n", 2, 3, "tag !!binary"),
            ("keys:\n- a: *nothing\n", 2, 6, "*nothing"),
            ("keys:\n- &a {x: *a}\n", 2, 10, "*a"),
            ("keys: *nothing\n", 1, 7, "*nothing"),
            ("keys:\n- <<: 5\n", 2, 7, "merge"),
            ("keys:\n- <<: [{a: 1}, 5]\n", 2, 7, "merge"),
            ("keys:\n- a: .inf\n", 2, 6, "infinity"),
            ("keys:\n- a: -.INF\n", 2, 6, "infinity"),
            ("keys:\n- a: .nan\n", 2, 6, "not-a-number"),
            ("keys:\n- a: 1e999\n", 2, 6, "too large"),
            ("keys:\n- a: " + "9" * 5000 + "\n", 2, 6, "too many digits"),
            ('keys:\n- a: "x\\0y"\n', 2, 6, "NUL"),
            ('keys:\n- a: !!str "x\\0y"\n', 2, 6, "NUL"),
            ('keys:\n- "x\\0y": 1\n', 2, 3, "NUL"),
            ('keys:\n- a: "\\ud800"\n', 2, 9, "escape"),
            ("keys:\n- a: x\x00y\n", 2, 7, "U+0000"),
            ("keys:\n- a: x\x1by\n", 2, 7, "U+001B"),
            (b"keys:\n- a: \xc3\xbc\xff\n", 2, 7, "not UTF-8"),
            (b"keys:\n- a: \xc3", 2, 6, "not UTF-8"),
            ("keys:\n- a: " + "x" * (1 << 20) + "y\n", 2, 6, "1,048,576"),
            ("keys:\n- a: ü\n  b: ü @\n  ü: @\n", 4, 6, "quote it"),
            ("keys: " + "[" * 100 + "]" * 100 + "\n", 1, 8, "map of fields"),
            ("keys: " + "[" * 101 + "]" * 101 + "\n", 1, 107, "100 deep"),
            ("keys: " + "[" * 5000 + "\n", 1, None, "nested"),
            ("keys: " + "[{a: " * 500 + "\n", 1, None, "100 deep"),
        ],
    )
    def test_the_place_and_the_reason(self, manifest, content, line, column, word):
        found_line, found_column, message = only_flaw(manifest(content))
        assert word in message
        assert (found_line, found_column) == (line, column if column is not None else found_column)

    def test_entries_beside_a_flawed_one_still_come(self, manifest):
        reader = manifest("keys:\n- a: 1\n- b: 1\n  b: 2\n  c: .nan\n- text\n- d: 1\nteams: 5\norgs:\n- e: 1\n")
        assert [data for _, data in read_all(reader)] == [{"a": 1}, {"d": 1}, {"e": 1}]
        assert [(problem.line, problem.path) for problem in reader.problems] == [
            (4, "keys[1].b"),
            (5, "keys[1].c"),
            (6, "keys[2]"),
            (8, "teams"),
        ]

    def test_a_syntax_error_ends_its_file_only(self, manifest, tmp_path):
        reader = manifest("keys:\n- a: 1\n- @\n- b: 1\n", "a.yaml")
        (tmp_path / "b.yaml").write_text("keys: [{c: 1}]\n")
        reader = Reader([str(tmp_path)])
        assert [data for _, data in read_all(reader)] == [{"a": 1}, {"c": 1}]
        assert len(reader.problems) == 1

    def test_messages_do_not_repeat_values(self, manifest):
        for content in (
            "keys: [{key: 'sk-hidden}",
            'keys: [{key: "sk-hidden\\0"}]',
            "keys: sk-hidden",
            "keys: [sk-hidden]",
        ):
            reader = manifest(content)
            assert flaws(reader)
            assert "hidden" not in repr(reader.problems)

    def test_problems_without_end_are_counted(self, manifest):
        reader = manifest("keys:\n" + "- x\n" * 1500)
        assert len(flaws(reader)) == 1001
        assert reader.problems[-1].message == "and 500 more problems"


BOMB = "keys:\n" + "".join(
    f"- &a{level} {{{', '.join(f'k{i}: *a{level - 1}' for i in range(9)) if level else 'k: lol'}}}\n"
    for level in range(12)
)
CHAIN = "keys:\n- &a0 {k: x}\n" + "".join(f"- &a{level} {{k: *a{level - 1}}}\n" for level in range(1, 3000))
FLOOD = "keys:\n- &a {m: [" + "x, " * 4000 + "x]}\n" + "- *a\n" * 100_000
DOCUMENTS = ("keys:\n- &a {m: [" + "x, " * 400 + "x]}\n" + "- *a\n" * 200 + "---\n") * 100


class TestBombs:
    @pytest.mark.parametrize("content", [BOMB, CHAIN, FLOOD])
    def test_aliases_cannot_grow_without_end(self, manifest, content):
        reader = manifest(content)
        tracemalloc.start()
        start = time.process_time()
        (problem,) = flaws(reader)
        assert "expand" in problem[2] or "deep" in problem[2]
        assert time.process_time() - start < 5
        assert tracemalloc.get_traced_memory()[1] < 100e6
        tracemalloc.stop()

    def test_nor_by_many_documents(self, manifest):
        reader = manifest(DOCUMENTS)
        assert len(flaws(reader)) == 1

    def test_a_common_map_merged_into_many_entries_passes(self, manifest):
        base = "keys:\n- &base {" + ", ".join(f"field_{i}: [a, b]" for i in range(20)) + "}\n"
        reader = manifest(base + "".join(f"- {{<<: *base, key_alias: k{i}}}\n" for i in range(5000)))
        assert len(read_all(reader)) == 5001
        assert reader.problems == ()

    def test_memory_does_not_grow_with_the_number_of_entries(self, tmp_path):
        path = tmp_path / "big.yaml"
        with path.open("w") as file:
            file.write("keys:\n")
            for i in range(20_000):
                file.write(f"- key_alias: key-{i}\n  metadata: {{owner: someone-{i}, n: {i}}}\n")
        tracemalloc.start()
        assert sum(1 for _ in read([str(path)])) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 8e6
        tracemalloc.stop()


class TestPlacesOfFields:
    @pytest.mark.parametrize(
        ("path", "name", "place"),
        [
            ((), False, (3, 5)),
            (("key_alias",), False, (3, 16)),
            (("key_alias",), True, (3, 5)),
            (("members", 1, "max_budget"), False, (6, 35)),
            (("members", 1, "max_budget"), True, (6, 23)),
            (("members", 0), False, (5, 9)),
            (("members", 1, "role"), False, (6, 9)),  # not there: the map that would hold it
            (("models",), False, (3, 5)),
            (("metadata", "deep", "ü"), False, (9, 12)),
        ],
    )
    def test_in_yaml(self, manifest, path, name, place):
        reader = manifest(
            "---\n"
            "keys:\n"
            "  - key_alias: 'ü'\n"
            "    members:\n"
            "      - user: ada\n"
            "      - {user: 'bü', max_budget: x}\n"
            "    metadata:\n"
            "      deep:\n"
            "        ü: 5\n"
            "  - key_alias: other\n"
        )
        entry = next(reader.entries())
        if path == ("members", 1, "max_budget"):
            place = (6, 22 if name else 34)
        assert reader.locate(entry, path, name=name) == place

    def test_in_the_middle_of_a_flow(self, manifest):
        reader = manifest('\ufeff{"keys": [{"a": 1}, {"b": 2,\n "c": [3, {"d": 4}]}]}')
        second = list(reader.entries())[1]
        assert second.position == (1, 21)
        assert reader.locate(second, ("b",)) == (1, 27)
        assert reader.locate(second, ("c", 1, "d")) == (2, 17)

    def test_behind_unusual_line_ends(self, manifest):
        reader = manifest("# \u2028\r\n# \x85\rkeys:\n- a: 1\n  b: 2\n")
        entry = next(reader.entries())
        assert reader.locate(entry, ("b",)).column == 6
        assert reader.locate(entry, ("b",)).line == entry.position.line + 1

    @pytest.mark.parametrize("name", ["m.json", "m.yaml"])
    def test_in_json(self, manifest, name):
        reader = manifest(
            '{\n "teams": [],\n "keys": [\n  {"a": "x", "b": [1, {"c": null}]},\n  {"d": 1e5}\n ]\n}', name
        )
        first, second = reader.entries()
        assert (first.position, second.position) == ((4, 3), (5, 3))
        assert reader.locate(first, ("b", 1, "c")) == (4, 29)
        assert reader.locate(first, ("b", 1, "c"), name=True) == (4, 24)
        assert reader.locate(second, ("d",)) == (5, 9)
        assert reader.locate(second, ("e",)) == (5, 3)

    def test_in_json_lines(self, manifest):
        reader = manifest('\n{"kind": "keys", "a": [1, 2]}\n  {"kind": "keys", "ü": {"b": 3}}\n', "m.jsonl")
        first, second = reader.entries()
        assert (first.position, second.position) == ((2, 1), (3, 3))
        assert reader.locate(first, ("a", 1)) == (2, 27)
        assert reader.locate(second, ("ü", "b")) == (3, 31)

    def test_in_csv(self, manifest):
        reader = manifest('kind,key_alias,"max,budget"\nkeys,"a\nb",x\nkeys,"c ""d""",y\n', "m.csv")
        first, second = reader.entries()
        assert (first.position, second.position) == ((2, 1), (4, 1))
        assert reader.locate(first, ("key_alias",)) == (2, 6)
        assert reader.locate(first, ("max,budget",)) == (3, 4)
        assert reader.locate(second, ("max,budget",)) == (4, 16)
        assert reader.locate(second, ("max,budget",), name=True) == (1, 16)
        assert reader.locate(second, ("unknown",)) == (4, 1)

    def test_a_problem_of_the_callers(self, manifest):
        reader = manifest("keys:\n- a: {b: [x]}\n", "m.yaml")
        entry = next(reader.entries())
        problem = reader.problem(entry, ("a", "b", 0), "is not right")
        assert str(problem).endswith("m.yaml:2:11: keys[0].a.b[0]: is not right")

    def test_a_file_that_went_away(self, manifest, tmp_path):
        reader = manifest("keys:\n- a: 1\n")
        entry = next(reader.entries())
        (tmp_path / "m.yaml").unlink()
        assert reader.locate(entry, ("a",)) == (2, 3)

    def test_thousands_of_places_in_a_large_file(self, manifest):
        reader = manifest("keys:\n" + "".join(f"- key_alias: key-{i}\n  models: [a]\n" for i in range(3000)))
        start = time.process_time()
        for number, entry in enumerate(reader.entries()):
            assert reader.locate(entry, ("models", 0)) == (3 + 2 * number, 12)
        assert time.process_time() - start < 10


class TestJson:
    def test_groups(self, manifest):
        reader = manifest(
            ' {"keys": [ {"a": "\\ud83d\\ude00"} , {"b": [1, 2.5, true, null]} ], "teams": [], "x": null} ', "m.json"
        )
        assert read_all(reader) == [("keys", {"a": "\U0001f600"}), ("keys", {"b": [1, 2.5, True, None]})]
        assert reader.problems == ()

    @pytest.mark.parametrize(
        ("content", "line", "column", "word"),
        [
            ("[]", 1, 1, "object of group names"),
            ("5", 1, 1, "object of group names"),
            ('{"keys": {}}', 1, 10, "list of objects"),
            ('{"keys": [\n 5]}', 2, 2, "map of fields"),
            ('{"keys": [{}],\n}', 2, 1, "comma too many"),
            ('{"keys": [{},\n]}', 2, 1, "comma too many"),
            ('{"keys": [{}', 1, 13, "a comma or ]"),
            ('{"keys": [{"a": 1} {}]}', 1, 20, "a comma or ]"),
            ('{"keys"', 1, 8, "a colon"),
            ("{keys: []}", 1, 2, "double quotes"),
            ('{"keys": []} x', 1, 14, "behind"),
            ('{"keys": [{"a": 1, "a": 2}]}', 1, 20, "`a` is given twice"),
            ('{"keys": [{"m": {"a": 1,\n"a": 2}}]}', 2, 1, "`a` is given twice"),
            ('{"keys": [],\n "keys": [{}]}', 2, 2, "`keys` is given twice"),
            ('{"keys": [{"a": NaN}]}', 1, 17, "not-a-number"),
            ('{"keys": [{"a": [1, -Infinity]}]}', 1, 21, "infinity"),
            ('{"keys": [{"a": 1e999}]}', 1, 17, "too large"),
            ('{"keys": [{"a": ' + "9" * 5000 + "}]}", 1, 17, "digits"),
            ('{"keys": [{"a": "\\u0000"}]}', 1, 17, "NUL"),
            ('{"keys": [{"\\u0000": 1}]}', 1, 12, "NUL"),
            ('{"keys": [{"a": "\\ud800"}]}', 1, 17, "surrogate"),
            ('{"keys": [{"a": "x\ny"}]}', 1, 19, "control character"),
            ('{"keys": [{"a": "x}]}', 1, 17, "unterminated"),
            ('{"keys": [{"a" 1}]}', 1, 16, "':'"),
            ('{"keys": [' + "[" * 200 + "]" * 200 + "]}", 1, 111, "100 deep"),
            ('{"keys": [' + "[" * 90_000, 1, 111, "100 deep"),
            (b'{"keys":\n [{"a": "\xff"}]}', 2, 10, "not UTF-8"),
            ('{"keys": [{"a": "' + "x" * (1 << 20) + 'y"}]}', 1, 17, "1,048,576"),
        ],
    )
    def test_the_place_and_the_reason(self, manifest, content, line, column, word):
        found = only_flaw(manifest(content, "m.json"))
        assert word in found[2]
        assert found[:2] == (line, column)


class TestJsonLines:
    def test_kinds_and_blank_lines(self, manifest):
        reader = manifest(
            '\ufeff{"kind": "keys", "a": 1}\r\n\r\n{"b": 2}\n   \n{"kind": "teams", "c": 3}', "m.jsonl", kind="budgets"
        )
        assert read_all(reader) == [("keys", {"a": 1}), ("budgets", {"b": 2}), ("teams", {"c": 3})]
        assert [entry.position.line for entry in reader.entries()] == [1, 3, 5]
        assert [entry.index[2] for entry in reader.entries()] == [0, 1, 2]

    @pytest.mark.parametrize(
        ("line", "column", "word"),
        [
            ("{", 2, "not JSON"),
            ("5", 1, "one object"),
            ("[]", 1, "one object"),
            ("{} {}", 4, "behind"),
            ('{"a": 1}', 1, "no kind"),
            ('{"kind": 5}', 1, "no kind"),
            ('{"kind": ""}', 1, "no kind"),
            ('{"kind": "keys", "a": 1, "a": 1}', 26, "twice"),
            ('{"kind": "keys", "a": NaN}', 23, "not-a-number"),
            ('{"kind": "keys", "a": Infinity}', 23, "infinity"),
            ('{"kind": "keys", "a": "\\u0000"}', 23, "NUL"),
            ('{"kind": "keys", "a": "ü', 23, "unterminated"),
            ("{'kind': 'keys'}", 2, "double quotes"),
        ],
    )
    def test_the_place_and_the_reason(self, manifest, line, column, word):
        good = '{"kind": "keys", "n": 1}\n'
        reader = manifest(good + line + "\n" + good, "m.jsonl")
        found = only_flaw(reader)
        assert word in found[2]
        assert found[:2] == (2, column)
        assert len(read_all(reader)) == 2

    def test_bytes_that_are_no_text(self, manifest):
        reader = manifest(b'{"kind": "keys"}\n{"kind": "\xc3\xbc\xff"}\n{"kind": "keys"}\n', "m.jsonl")
        assert only_flaw(reader)[:2] == (2, 12)
        assert len(read_all(reader)) == 2


class TestCsv:
    def test_cells(self, manifest):
        reader = manifest(
            "\ufeffkind, key_alias ,max_budget,models,metadata\r\n"
            'keys,a,5,x;y,"{""owner"": ""ada""}"\r\n'
            ",,,,\r\n"
            "\r\n"
            'keys,b,,"[""x"", ""y,z""]",\r\n',
            "m.csv",
        )
        found = list(reader.entries())
        assert [(entry.group, entry.data) for entry in found] == [
            ("keys", {"key_alias": "a", "max_budget": "5", "models": "x;y", "metadata": {"owner": "ada"}}),
            ("keys", {"key_alias": "b", "models": ["x", "y,z"]}),
        ]
        assert [entry.position.line for entry in found] == [2, 5]
        assert all(entry.textual for entry in found)
        assert reader.problems == ()

    def test_one_kind_for_all(self, manifest):
        assert read_all(manifest("a\n1\n", "m.csv", kind="teams")) == [("teams", {"a": "1"})]

    def test_lists_in_a_cell(self):
        assert split_cell("a; b;;c ") == ["a", "b", "c"]
        assert split_cell("") == []

    @pytest.mark.parametrize(
        ("content", "line", "column", "word"),
        [
            ("a,b\n1,2\n", 1, 1, "no kind"),
            ("kind,a,a\n", 1, 1, "`a` is there twice"),
            ("kind,,a\n", 1, 1, "column 2 has no name"),
            ("kind;a\nkeys;1\n", 1, 1, "commas"),
            ("kind,a\nkeys,1,2\n", 2, 1, "3 cells"),
            ("kind,a\nkeys\n", 2, 1, "1 cells"),
            ("kind,a\n,1\n", 2, 1, "no kind"),
            ("kind,a\nkeys,[x\n", 2, 6, "a: not JSON"),
            ("kind,a\nkeys,[1] x\n", 2, 6, "is JSON"),
            ('kind,a\nkeys,"{""b"": NaN}"\n', 2, 6, "not-a-number"),
            ('kind,a\nkeys,"x\n\n', 2, 1, "not closed"),
            ('kind,a\nkeys,"x"y\n', 2, 1, "behind a quoted"),
            ("kind,a\nkeys,1\nkeys," + "x" * 200_000 + "\n", 3, 1, "131,072"),
            (b"kind,a\nkeys,\xfc\n", 2, 6, "not UTF-8"),
        ],
    )
    def test_the_place_and_the_reason(self, manifest, content, line, column, word):
        found = only_flaw(manifest(content, "m.csv"))
        assert word in found[2]
        assert found[:2] == (line, column)


class TestInputs:
    def test_folders_are_read_in_order_and_files_once(self, tmp_path):
        for name in ("b.yml", "a.yaml", "sub/c.json", "sub/.hidden/x.yaml", ".x.yaml", "notes.txt", "sub/d.jsonl"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                json.dumps({"keys": [{"f": name}]} if path.suffix != ".jsonl" else {"kind": "keys", "f": name})
            )
        reader = Reader([str(tmp_path / "b.yml"), str(tmp_path), str(tmp_path / "sub" / ".." / "a.yaml")])
        assert [data["f"] for _, data in read_all(reader)] == ["b.yml", "a.yaml", "sub/c.json", "sub/d.jsonl"]
        assert reader.problems == ()

    def test_json_in_the_place_of_yaml(self):
        """Escapes of two halves are JSON and no YAML."""
        text = '{"keys": [{"a": "\\ud83d\\ude00"}, {"b": 1, "b": 2}]}'
        reader = Reader(["-"], stdin=io.StringIO(text))
        assert read_all(reader) == [("keys", {"a": "\U0001f600"})]
        assert [(problem.line, problem.column) for problem in reader.problems] == [(1, 43)]

    def test_what_cannot_be_read(self, tmp_path):
        (tmp_path / "empty").mkdir()
        (tmp_path / "x.txt").write_text("keys: []")
        (tmp_path / "z.yaml").write_bytes(b"\x1f\x8b\x08...")
        (tmp_path / "u.yaml").write_bytes("keys: []".encode("utf-16"))
        (tmp_path / "b.csv").write_bytes(b"PK\x03\x04" + b"\0" * 9)
        names = ["missing.yaml", "empty", "x.txt", "z.yaml", "u.yaml", "b.csv"]
        reader = Reader([str(tmp_path / name) for name in names] + ["a\0b"])
        assert read_all(reader) == []
        words = ["no such file", "no manifest", "none of", "compressed", "UTF-16", "binary", "not a path"]
        assert [word in problem.message for word, problem in zip(words, reader.problems, strict=True)] == [True] * 7

    def test_a_format_for_other_names(self, tmp_path):
        (tmp_path / "x.txt").write_text("kind,a\nkeys,1\n")
        assert read_all(Reader([str(tmp_path / "x.txt")], format="csv")) == [("keys", {"a": "1"})]

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda data: io.BytesIO(data),
            lambda data: io.StringIO(data.decode()),
            lambda data: io.TextIOWrapper(io.BytesIO(data)),
        ],
    )
    def test_stdin_is_read_once_and_kept(self, wrap):
        reader = Reader(["-", "-"], stdin=wrap(b"keys:\n- a: 1\n- b: 2\n  c: x\n"))
        assert read_all(reader) == read_all(reader) == [("keys", {"a": 1}), ("keys", {"b": 2, "c": "x"})]
        second = list(reader.entries())[1]
        assert second.source.name == "<stdin>"
        assert [reader.locate(entry, ("c",)) for entry in reader.entries()] == [(2, 3), (4, 6)]

    @pytest.mark.parametrize(
        ("form", "text"),
        [("jsonl", '{"kind": "keys", "a": "1"}'), ("csv", "kind,a\nkeys,1"), (None, '{"keys": [{"a": "1"}]}')],
    )
    def test_formats_of_stdin(self, form, text):
        assert read_all(Reader(["-"], stdin=io.StringIO(text), format=form)) == [("keys", {"a": "1"})]

    def test_without_stdin(self):
        with pytest.raises(Usage):
            list(Reader(["-"]).entries())

    def test_a_pipe(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=("keys: [{a: 1}]\n",))
        writer.start()
        reader = Reader([str(pipe)])
        assert read_all(reader) == read_all(reader) == [("keys", {"a": 1})]
        writer.join()

    def test_read_raises_everything_at_the_end(self, tmp_path):
        (tmp_path / "a.yaml").write_text("keys:\n- a: 1\n  a: 2\n- b: 1\n")
        (tmp_path / "b.jsonl").write_text("{\n")
        came = []
        with pytest.raises(Invalid) as caught:
            came.extend(read([str(tmp_path)]))
        assert [entry.data for entry in came] == [{"b": 1}]
        places = [(problem.file, problem.line) for problem in caught.value.problems]
        assert places == [(str(tmp_path / "a.yaml"), 3), (str(tmp_path / "b.jsonl"), 1)]
        assert "2 problems" in caught.value.message


class TestSecretsElsewhere:
    def test_from_a_variable(self, tmp_path):
        assert resolve_secret({"env": "NAME"}, tmp_path, {"NAME": "sk-hidden"}).reveal() == "sk-hidden"

    @pytest.mark.parametrize("content", ["sk-hidden", "sk-hidden\n", "sk-hidden\r\n", "\ufeffsk-hidden\n"])
    def test_from_a_file_beside_the_manifest(self, tmp_path, content):
        (tmp_path / "key").write_bytes(content.encode())
        assert resolve_secret({"file": "key"}, tmp_path, {}).reveal() == "sk-hidden"
        assert resolve_secret({"file": str(tmp_path / "key")}, tmp_path / "x", {}).reveal() == "sk-hidden"

    @pytest.mark.parametrize(
        ("value", "word"),
        [
            ({"env": "UNSET"}, "UNSET is not set"),
            ({"env": "EMPTY"}, "EMPTY is empty"),
            ({"env": "sk-hidden"}, "not its value"),
            ({"env": ""}, "takes a name"),
            ({"env": ["NAME"]}, "takes a name"),
            ({"file": "missing"}, "no such file"),
            ({"file": "."}, "is a directory"),
            ({"file": "empty"}, "is empty"),
            ({"file": "bytes"}, "not UTF-8"),
            ({"file": "nul"}, "NUL"),
            ({"file": "large"}, "too large"),
            ({"file": "a\0b"}, "takes a name"),
            ({"env": "NAME", "file": "x"}, "not a secret's place"),
            ({}, "not a secret's place"),
            ("sk-hidden", "not a secret's place"),
            (None, "not a secret's place"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_else(self, tmp_path, value, word):
        (tmp_path / "empty").write_text("\n")
        (tmp_path / "bytes").write_bytes(b"hidden\xff")
        (tmp_path / "nul").write_bytes(b"hidden\0")
        (tmp_path / "large").write_bytes(b"h" * 2_000_000)
        with pytest.raises(Invalid) as caught:
            resolve_secret(value, tmp_path, {"EMPTY": "", "NAME": "sk-hidden"})
        assert word in caught.value.message
        assert "hidden" not in caught.value.message + caught.value.hint


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.dictionaries(st.sampled_from(["a", "b", "ü", "x y", "1", "null", "<<x", "- a", "#", "'"]), JSON, max_size=4)
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PIECES = [
    *("keys:", "a: ", "- ", "  ", "\n", "\t", "b: 1", "- a: 1\n", "&x ", "*x", "<<: ", "!!str ", "!t ", "? ", ": "),
    *("{", "}", "[", "]", ",", '"', "'", '{"a": ', '{"keys": [', "keys: [{", "|\n", ">-\n", "# c", "---\n", "...\n"),
    *("%YAML 1.1\n", "é", "😀", "\ufeff", "\u2028", "\r", "\0", "\x1b", "\\u0000", "\\ud800"),
    *("1e9", ".nan", "null", "kind,"),
]
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def all_places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from all_places(item, (*path, step))


class TestAnyInput:
    @RELAXED
    @given(st.lists(FIELDS, max_size=3))
    def test_what_is_written_is_what_is_read(self, tmp_path, values):
        expected = [("keys", value) for value in values]
        for name, content in (
            ("m.yaml", yaml.safe_dump({"keys": values}, default_style='"')),
            ("flow.yaml", yaml.safe_dump({"keys": values}, default_style='"', default_flow_style=True)),
            ("json.yaml", json.dumps({"keys": values}, ensure_ascii=False, indent=1)),
            ("ascii.yaml", json.dumps({"keys": values})),
            ("m.json", json.dumps({"keys": values})),
            ("m.jsonl", "".join(json.dumps({**value, "kind": "keys"}) + "\n" for value in values)),
        ):
            path = tmp_path / name
            path.write_text(content, encoding="utf-8", newline="")
            reader = Reader([str(path)])
            read_back = read_all(reader)
            assert reader.problems == (), (name, content)
            assert read_back == expected, (name, content)
            for entry in reader.entries():
                for place in all_places(entry.data):
                    found = reader.locate(entry, place)
                    assert found.line >= entry.position.line
                    if place:
                        assert found != entry.position, (name, content, place)

    @settings(RELAXED, max_examples=300)
    @given(FRAGMENTS | st.text(max_size=60) | st.binary(max_size=60), st.sampled_from(["yaml", "json", "jsonl", "csv"]))
    def test_no_input_raises_anything_but_invalid(self, content, form):
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        reader = Reader(["-"], stdin=io.BytesIO(data), format=form, kind="keys")
        for entry in reader.entries():
            assert isinstance(entry.data, dict)
            assert json.dumps(entry.data, allow_nan=False)
            assert "\0" not in repr(entry.data)
            for place in all_places(entry.data):
                assert reader.locate(entry, place).line >= 1
        for problem in reader.problems:
            assert problem.message
            assert problem.line >= 0
            assert problem.line <= data.count(b"\n") + data.count(b"\r") + 20
        if reader.problems:
            with pytest.raises(Invalid):
                reader.check()

    def test_the_kept_copy_of_stdin_is_private(self, monkeypatch):
        import tempfile

        made = []
        real = tempfile.TemporaryFile
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda *args: made.append(real(*args)) or made[-1])
        list(Reader(["-"], stdin=io.StringIO("keys: []")).entries())
        assert stat.S_IMODE(os.fstat(made[0].fileno()).st_mode) == 0o600
        assert os.fstat(made[0].fileno()).st_nlink == 0
