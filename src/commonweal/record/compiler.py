"""From a layout and a file's header to SQL: one query that reads, converts and checks every row.

The query's shape, each level a projection over the one below, all in one streaming pass:

    source    the columns that the mapping uses, trimmed, empty as null
    parsed    each leaf conversion once (dates, numbers, keys)
    valued    every target column, and whether each target takes the row
    checked   `disposition`: 0 loaded, > 0 the rule that refused the row, < 0 the exclusion; the offending value

The result is the table ``mapped``; `copies` then write one canonical table each from it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.errors import BadInput
from commonweal.record.expressions import Check, Code, Compiler, hashed, identifier, lookup_name, quote, trimmed
from commonweal.record.mapping import BoundLayout, Each, Layout, Target
from commonweal.record.paths import list_sql, path_sql, structure
from commonweal.record.rules import schema_checks
from commonweal.record.schema import SUBJECT, TABLES

NO_TABLE = -32000
"""The disposition of a row that no target takes."""

NO_RECORD = -32001
"""The disposition of a JSON line that is no record; it is counted as unparsed."""

UNPLANNED = -32003
"""The disposition of a row of a kind that the plan was not made for (see `build`); no load keeps one."""

_CONSTANT = re.compile(r"'(?:[^']|'')*'|CAST\((?:NULL|'(?:[^']|'')*'|[\d.-]+) AS [A-Z]+\)|TRUE|FALSE")

PERSONAL = frozenset(SUBJECT.column_names) - {
    "subject_key", "feed", "nhs_number_status", "birth_date_precision", "sex", "ethnic_category", "language", "lsoa21",
    "practice_code", "valid_from", "valid_to", "load_id", "record_number",
}  # fmt: skip
"""Subject columns whose values never appear in quarantine or messages."""


@dataclass(frozen=True)
class CompiledTarget:
    """One target: SQL for its columns over ``mapped`` (or over its unnested items)."""

    table: str
    columns: Mapping[str, str]
    codes: Mapping[str, Code]
    take: str
    items: str = ""
    item_parses: Mapping[str, str] = field(default_factory=dict)
    item_checks: tuple[Check, ...] = ()
    item_personal: bool = False


@dataclass(frozen=True)
class Plan:
    """What one file becomes."""

    bound: BoundLayout
    query: str
    """Selects the rows of ``mapped``."""
    targets: tuple[CompiledTarget, ...]
    checks: tuple[Check, ...]
    """Refusals: `disposition` n is ``checks[n - 1]``."""
    blanks: tuple[Check, ...]
    """Blanked values: column ``b<n>`` of ``mapped`` holds the value where it happened."""
    exclusions: tuple[str, ...]
    """Reasons: `disposition` -n is ``exclusions[n - 1]``."""
    subject_keys: tuple[str, ...]
    """Aliases of the subject keys of fact targets, for the orphan rule."""
    key: str = ""
    """The alias of what identifies a record within its file, as 64 bits of a hash."""
    identity: str = ""
    """The alias of what identifies it across files, likewise; null where the record does not say."""
    revised: str = ""
    stage: str = ""
    """Where rows look things up: the query for table ``staged`` (columns, and ``k_<lookup>``), read before `query`."""
    personal_columns: frozenset[str] = frozenset()
    deferred: Mapping[str, str] = field(default_factory=dict)
    """Subject keys of ``mapped`` that hold the identifier itself, and its namespace: a file names each person many times, and
    a key is costly, so it is made once for each (``key_<alias>``, see `record.reading`)."""


def _mentions_item(node: Any) -> bool:
    if isinstance(node, dict):
        return "item" in node or "position" in node or any(_mentions_item(part) for part in node.values())
    return isinstance(node, list) and any(_mentions_item(part) for part in node)


class _Builder:
    """Compiles one layout against the columns that a file has."""

    def __init__(self, bound: BoundLayout, present: Mapping[str, str], site: Mapping[str, Collection[str]]) -> None:
        self.bound, self.layout = bound, bound.layout
        layout = self.layout
        self.compiler = Compiler(
            columns=present,
            absent={name for name in layout.optional if name not in present},
            zone=layout.zone,
            namespace=bound.family.namespace,
            dates=layout.dates,
            site=site,
            references=layout.format == "fhir_bundle",
        )
        self.values: dict[str, str] = {}
        self.checks: list[Check] = []

    def alias(self, sql: str) -> str:
        """The alias of a value in the `valued` projection; equal SQL is computed once, and a constant stands for itself."""
        if _CONSTANT.fullmatch(sql):
            return sql
        return self.values.setdefault(sql, f"v{len(self.values)}")

    def possible(self, target: Target, place: int) -> bool:
        """Whether any row can belong to a target: not where it needs a list of codes that the site does not give."""
        where = f"{self.layout.name}.tables[{place}].when"
        return target.when is None or self.compiler.condition(target.when, where) != "FALSE"

    def target(self, target: Target, place: int) -> CompiledTarget:
        where = f"{self.layout.name}.tables[{place}]"
        take = "TRUE" if target.when is None else self.alias(self.compiler.condition(target.when, f"{where}.when"))
        before = len(self.compiler.checks)
        guard = "" if take == "TRUE" else take
        items, inner = "", None
        if target.each is not None:
            items = self.alias(self._items(target.each, f"{where}.each"))
            inner = self._item_compiler()
        columns: dict[str, str] = {}
        codes: dict[str, Code] = {}
        sources: dict[str, frozenset[str]] = {}
        table = TABLES[target.table]
        for name, node in target.columns.items():
            itemised = inner is not None and _mentions_item(node)
            compiler = inner if itemised and inner is not None else self.compiler
            spot = f"{where}.columns.{name}"
            if name in table and table[name].concept:
                code = compiler.code(node, spot, name, "" if itemised else guard)
                codes[name] = (
                    code
                    if itemised
                    else Code(*(self._constant_or_alias(part) for part in (code.code, code.system, code.term)))
                )
            else:
                sql = compiler.target(node, name, spot, "" if itemised else guard)
                if name in table:
                    # A constant has no source type: give it the column's.
                    sql = (
                        f"CAST({sql} AS {table[name].duckdb_type})" if re.fullmatch(r"NULL|'.*'|[\d.-]+", sql) else sql
                    )
                columns[name] = sql if itemised else self.alias(sql)
            sources[name] = frozenset(compiler._touched)
        found = self.compiler.checks[before:]
        del self.compiler.checks[before:]
        row_columns = {name: columns[name] for name in columns if not (inner and _mentions_item(target.columns[name]))}
        row_codes = {name: codes[name].code for name in codes if not (inner and _mentions_item(target.columns[name]))}
        self.checks += found
        self.checks += schema_checks(target, row_columns, row_codes, sources, guard)
        item_checks: tuple[Check, ...] = ()
        if inner is not None:
            item_columns = {name: columns[name] for name in columns if name not in row_columns}
            item_codes = {name: codes[name].code for name in codes if name not in row_codes}
            item_checks = (*inner.checks, *schema_checks(target, item_columns, item_codes, sources, ""))
        return CompiledTarget(
            target.table, columns, codes, take, items, dict(inner.parses) if inner else {}, item_checks,
            target.table == "subject",
        )  # fmt: skip

    def _constant_or_alias(self, sql: str) -> str:
        return sql if sql == "NULL" else self.alias(sql)

    def _items(self, each: Each, where: str) -> str:
        if each.columns:
            return "[" + ", ".join(self.compiler.value(name, where) for name in each.columns) + "]"
        if each.split is not None:
            text = self.compiler.value(each.split, f"{where}.split")
            if each.match:
                return f"regexp_extract_all({text}, {quote(each.match)})"
            return f"string_split({text}, {quote(each.separator)})"
        if each.list not in self.layout.lists:
            raise BadInput("`each` names a list that the layout lacks", where=where, value=each.list)
        return self.compiler.value(each.list, where)

    def _item_compiler(self) -> Compiler:
        """A compiler over the unnested rows: source columns are carried along under aliases."""
        carried = _Carried(self)
        outer = self.compiler
        return Compiler(
            columns=carried, absent=outer.absent, zone=outer.zone, namespace=outer.namespace, dates=outer.dates,
            site=outer.site, references=outer.references,
            parses=_PrefixedParses(),
        )  # fmt: skip


class _PrefixedParses(dict[str, str]):
    """Aliases of conversions over items: ``q0``…, apart from those over rows."""

    def setdefault(self, key: str, default: str = "") -> str:  # type: ignore[override]
        if key not in self:
            self[key] = f"q{len(self)}"
        return self[key]


class _Carried(dict[str, str]):
    """Source columns as seen from items: looked up in the row's projection when first named."""

    def __init__(self, builder: _Builder) -> None:
        super().__init__()
        self.builder = builder

    def __contains__(self, name: object) -> bool:
        return name in self.builder.compiler.columns

    def __getitem__(self, name: str) -> str:
        self.builder.compiler.used.add(name)
        return self.builder.alias(self.builder.compiler.columns[name])


def build(
    bound: BoundLayout,
    reader: str,
    present: Mapping[str, str],
    site: Mapping[str, Collection[str]],
    received: str,
    unplanned: Collection[str] = (),
) -> Plan:
    """The plan for one file.

    `reader` is SQL for the table function that reads it, `present` maps each column it has to SQL over that function's
    columns, `received` is the ISO date on which it arrived. Rows whose column ``resource`` is in `unplanned` are not
    planned for and get the disposition `UNPLANNED`, unless they are excluded.
    """
    layout = bound.layout
    builder = _Builder(bound, _readable(layout, present), site)
    builder.checks += _lookup_checks(layout)
    targets = tuple(
        builder.target(target, place) for place, target in enumerate(layout.tables) if builder.possible(target, place)
    )
    exclusions = _exclusions(builder)
    key = _key(builder)
    identity, revised = _across_files(builder, key)
    personal = _personal_columns(layout, targets, builder)
    refusals, blanks = _refusals_and_blanks([_masked(check, personal) for check in builder.checks])
    stage = _stage(builder, reader, present) if layout.lookups else ""
    deferred = _defer_keys(builder, targets, [check.condition for check in (*refusals, *blanks)])
    return Plan(
        bound=bound,
        query=_query(
            builder,
            reader,
            present,
            exclusions,
            refusals,
            blanks,
            targets,
            (key, identity, revised),
            received,
            _of_kinds(builder, unplanned),
        ),
        targets=targets,
        checks=refusals,
        blanks=blanks,
        exclusions=tuple(reason for reason, _ in exclusions),
        subject_keys=_subject_keys_of_facts(targets),
        key=key,
        identity=identity,
        revised=revised,
        stage=stage,
        personal_columns=personal,
        deferred=deferred,
    )


def _readable(layout: Layout, present: Mapping[str, str]) -> dict[str, str]:
    """What a mapping can name in a file: its columns, and those that its rows look up."""
    named = {name: identifier(name) for name in present}
    for name, lookup in layout.lookups.items():
        named |= {lookup_name(name, column): identifier(lookup_name(name, column)) for column in (*lookup.columns, "")}
    return named


def _exclusions(builder: _Builder) -> list[tuple[str, str]]:
    """Each reason to leave a row out, with the alias of its condition."""
    layout = builder.layout
    found = [
        (rule.reason, builder.compiler.condition(rule.when, f"{layout.name}.exclude[{place}]"))
        for place, rule in enumerate(layout.exclude)
    ]
    return [(reason, builder.alias(condition)) for reason, condition in found]


def _key(builder: _Builder) -> str:
    """The alias of what identifies a record within its file (hashed); empty where the layout names nothing."""
    layout = builder.layout
    if not layout.key:
        return ""
    parts = [f"coalesce({builder.compiler.value(name, f'{layout.name}.key')}, '')" for name in layout.key]
    return builder.alias(hashed(" || chr(31) || ".join(parts)))


def _refusals_and_blanks(checks: Iterable[Check]) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """The checks that refuse a row and those that blank a value. Two tables of one row may ask the same: the second answer
    is never reached."""
    first: dict[str, Check] = {}
    blanks: list[Check] = []
    for check in checks:
        if check.action == "refuse":
            first.setdefault(check.condition, check)
        elif check.action == "blank":
            blanks.append(check)
    return tuple(first.values()), tuple(blanks)


def _of_kinds(builder: _Builder, kinds: Collection[str]) -> str:
    """The condition that a row is a resource of one of `kinds`; empty for none."""
    if not kinds:
        return ""
    return f"({builder.compiler.value('resource', builder.layout.name)} IN ({', '.join(map(quote, sorted(kinds)))}))"


def _subject_keys_of_facts(targets: tuple[CompiledTarget, ...]) -> tuple[str, ...]:
    found = (target.columns.get("subject_key") for target in targets if target.table != "subject")
    return tuple(dict.fromkeys(alias for alias in found if alias is not None))


def _across_files(builder: _Builder, key: str) -> tuple[str, str]:
    """Aliases of what identifies a record across files (hashed), and of when its sender made this version; empty where unknown."""
    layout, identity = builder.layout, key
    if layout.identity:
        parts = [builder.compiler.value(name, f"{layout.name}.identity") for name in layout.identity]
        identity = builder.alias(hashed(" || chr(31) || ".join(f"CAST({part} AS VARCHAR)" for part in parts)))
    revised = builder.alias(builder.compiler.value(layout.revised, f"{layout.name}.revised")) if layout.revised else ""
    return identity, revised


def _defer_keys(builder: _Builder, targets: tuple[CompiledTarget, ...], conditions: Collection[str]) -> dict[str, str]:
    """Put the identifier in place of each key that only fact rows carry and that rules only test for null.

    Rows of people themselves name each person once: there the key is made in the row.
    """
    parses, found = builder.compiler.parses, {}
    for alias, (namespace, value) in builder.compiler.keyed.items():
        name, identifier_sql = builder.values.get(alias), f"CAST({value} AS VARCHAR)"
        if name is None or identifier_sql in parses:
            continue
        named = [column for target in targets for column, sql in target.columns.items() if sql == name]
        owners = [target for target in targets if target.table == "subject" and name in target.columns.values()]
        others = [sql for sql in (*parses, *builder.values) if sql != alias and _names(alias, sql)]
        tested = [sql.replace(f"{name} IS NULL", "") for sql in conditions]
        if (
            owners
            or others
            or set(named) != {"subject_key"}
            or any(_names(alias, s) or _names(name, s) for s in tested)
        ):
            continue
        found[name] = namespace
        builder.compiler.parses = parses = {(identifier_sql if a == alias else sql): a for sql, a in parses.items()}
    return found


def _names(alias: str, sql: str) -> bool:
    return re.search(rf"\b{alias}\b", sql) is not None


def _lookup_checks(layout: Layout) -> list[Check]:
    return [
        Check(
            "orphan",
            f"{identifier(lookup_name(name, ''))} IS NULL",
            name,
            "",
            f"no {lookup.table or lookup.layout} with this key",
        )
        for name, lookup in layout.lookups.items()
        if lookup.required
    ]


def _source(builder: _Builder, reader: str, present: Mapping[str, str]) -> str:
    """The first projection: the columns that the mapping uses, trimmed, empty as null."""
    layout = builder.layout
    used = sorted(builder.compiler.used & set(present), key=list(present).index)
    # JSON has no padding to trim, and its reader gives null for what is not there.
    parquet = any(sql.startswith("CAST(") for sql in present.values())
    columns = [
        f"{present[name] if layout.is_json else trimmed(present[name], parquet)} AS {identifier(name)}" for name in used
    ]
    return f"SELECT {', '.join([*columns, _nothing(layout)])} FROM {reader}"


def _stage(builder: _Builder, reader: str, present: Mapping[str, str]) -> str:
    outer = builder.compiler
    keys = Compiler(columns={name: identifier(name) for name in present}, absent=outer.absent, zone=outer.zone,
                    namespace=outer.namespace, dates=outer.dates, site=outer.site)  # fmt: skip
    found = {
        name: composite(keys.value(part, f"{builder.layout.name}.lookups.{name}") for part in lookup.key)
        for name, lookup in builder.layout.lookups.items()
    }
    outer.used |= keys.used
    level = _source(builder, reader, present)
    for group in parse_levels(keys.parses):
        level = f"SELECT *, {', '.join(f'{sql} AS {alias}' for sql, alias in group)} FROM ({level})"
    aliases = f" EXCLUDE ({', '.join(keys.parses.values())})" if keys.parses else ""
    return f"SELECT *{aliases}, {', '.join(f'{sql} AS k_{name}' for name, sql in found.items())} FROM ({level})"


def composite(parts: Iterable[str]) -> str:
    """SQL for one key of several parts; null where a part is."""
    whole = list(parts)
    return whole[0] if len(whole) == 1 else " || chr(30) || ".join(f"CAST({part} AS VARCHAR)" for part in whole)


def _joined(layout: Layout) -> str:
    """The staged rows with what they looked up; ``place`` keeps the order of the file."""
    columns = [
        f"l_{name}.{identifier(column)} AS {identifier(lookup_name(name, column))}"
        for name, lookup in layout.lookups.items()
        for column in lookup.columns
    ]
    columns += [f"l_{name}.key AS {identifier(lookup_name(name, ''))}" for name in layout.lookups]
    joins = " ".join(f"LEFT JOIN lookup_{name} l_{name} ON l_{name}.key = s.k_{name}" for name in layout.lookups)
    return f"SELECT s.*, s.rowid AS place, {', '.join(columns)} FROM staged s {joins}"


def _personal_columns(layout: Layout, targets: tuple[CompiledTarget, ...], builder: _Builder) -> frozenset[str]:
    """The source columns that feed an identifying subject column, or any subject key."""
    found: set[str] = set()
    probe = Compiler(columns=builder.compiler.columns, absent=builder.compiler.absent, zone=layout.zone,
                     references=builder.compiler.references)  # fmt: skip
    for target in layout.tables:
        for name, node in target.columns.items():
            if (target.table == "subject" and name in PERSONAL) or name == "subject_key":
                probe.used = set()
                if not _mentions_item(node):
                    probe.value(node, layout.name)
                found |= probe.used
    return frozenset(found)


def _masked(check: Check, personal: frozenset[str]) -> Check:
    if not (check.source_columns & personal):
        return check
    return Check(check.rule, check.condition, check.column, "", check.message, check.action, check.source_columns)


def _query(
    builder: _Builder,
    reader: str,
    present: Mapping[str, str],
    exclusions: list[tuple[str, str]],
    refusals: tuple[Check, ...],
    blanks: tuple[Check, ...],
    targets: tuple[CompiledTarget, ...],
    also: tuple[str, ...],
    received: str,
    strange: str,
) -> str:
    lookups = builder.layout.lookups
    level = _joined(builder.layout) if lookups else _source(builder, reader, present)
    for group in parse_levels(builder.compiler.parses):
        level = f"SELECT *, {', '.join(f'{sql} AS {alias}' for sql, alias in group)} FROM ({level})"
    values = [f"{sql} AS {alias}" for sql, alias in builder.values.items()]
    # Checks read raw source columns and conversions too, so they stay visible until the last projection.
    level = f"SELECT *, {', '.join([*values, f'DATE {quote(received)} AS received'])} FROM ({level})"
    whens = [f"WHEN nothing THEN {NO_RECORD}::SMALLINT"] if builder.layout.is_json else []
    whens += [f"WHEN {alias} THEN {-place}::SMALLINT" for place, (_, alias) in enumerate(exclusions, start=1)]
    whens += [f"WHEN {strange} THEN {UNPLANNED}::SMALLINT"] if strange else []
    whens += [f"WHEN {check.condition} THEN {place}::SMALLINT" for place, check in enumerate(refusals, start=1)]
    takes = [target.take for target in targets]
    if "TRUE" not in takes:
        nothing = f"NOT ({' OR '.join(takes)})" if takes else "TRUE"
        whens.append(f"WHEN {nothing} THEN {NO_TABLE}::SMALLINT")
    disposition = f"CASE {' '.join(whens)} ELSE 0::SMALLINT END" if whens else "0::SMALLINT"
    bad = " ".join(
        f"WHEN {place} THEN CAST({check.value} AS VARCHAR)"
        for place, check in enumerate(refusals, start=1)
        if check.value
    )
    level = f"SELECT *, {disposition} AS disposition FROM ({level})"
    kept = [*_needed(builder, targets, also), "nothing", *(["place"] if lookups else [])]
    flagged = [
        f"CASE WHEN {check.condition} THEN {f'coalesce(CAST({check.value} AS VARCHAR), {quote(chr(32))})' if check.value else quote('')} END AS b{place}"
        for place, check in enumerate(blanks)
    ]
    final = [
        *kept,
        "disposition",
        f"CASE WHEN disposition > 0 THEN CASE disposition {bad} END END AS bad"
        if bad
        else "CAST(NULL AS VARCHAR) AS bad",
        *flagged,
    ]
    return f"SELECT {', '.join(final)} FROM ({level})"


def _needed(builder: _Builder, targets: tuple[CompiledTarget, ...], also: tuple[str, ...]) -> list[str]:
    """The values that later steps read; what only a check or an exclusion needs is not stored."""
    read = [*also]
    for target in targets:
        read += [*target.columns.values(), target.take, target.items, *target.item_parses]
        read += [part for code in target.codes.values() for part in (code.code, code.system, code.term)]
        read += [check.condition for check in target.item_checks]
    named = {word for sql in read for word in re.findall(r"\bv\d+\b", sql)}
    return [alias for alias in builder.values.values() if alias in named]


def _nothing(layout: Layout) -> str:
    """Whether a JSON record holds nothing: the reader leaves a malformed line so. Other formats never do."""
    if layout.format == "fhir_bundle":
        return '(entry.resource IS NULL OR entry.resource."resourceType" IS NULL) AS nothing'
    if layout.format == "fhir_ndjson":
        return '("resourceType" IS NULL) AS nothing'
    if layout.is_json:
        return f"(coalesce({', '.join(f'CAST({identifier(name)} AS VARCHAR)' for name in structure(layout))}) IS NULL) AS nothing"
    return "FALSE AS nothing"


def parse_levels(parses: Mapping[str, str]) -> list[list[tuple[str, str]]]:
    """The conversions grouped so that each group reads only earlier groups."""
    depth: dict[str, int] = {}
    groups: list[list[tuple[str, str]]] = []
    for sql, alias in parses.items():
        depends = [depth[name] for name in re.findall(r"\b[pq]\d+\b", sql) if name in depth]
        depth[alias] = max(depends, default=-1) + 1
        while len(groups) <= depth[alias]:
            groups.append([])
        groups[depth[alias]].append((sql, alias))
    return groups


def source_columns(layout: Layout, format_: str, header: Collection[str] = ()) -> dict[str, str]:
    """Each column of the layout to SQL over its reader: for CSV ``c<n>`` in the header's order; for JSON its path."""
    if layout.is_json:
        root = "entry.resource" if layout.format == "fhir_bundle" else ""
        found = {name: path_sql(path, root) for name, path in layout.fields.items()}
        found.update({name: list_sql(item.path, item.fields, root) for name, item in layout.lists.items()})
        return found
    if format_ == "parquet":
        return {name: f"CAST({identifier(name)} AS VARCHAR)" for name in header}
    return {name: f"c{place}" for place, name in enumerate(header)}


def columns_used(bound: BoundLayout) -> set[str]:
    """Every source column that the mapping names."""
    everything = _AnyColumn()
    builder = _Builder(bound, everything, {})
    for place, target in enumerate(bound.layout.tables):
        builder.target(target, place)
    for rule in bound.layout.exclude:
        builder.compiler.condition(rule.when, f"{bound.layout.name}.exclude")
    for name in bound.layout.key:
        builder.compiler.value(name, f"{bound.layout.name}.key")
    for name, lookup in bound.layout.lookups.items():
        for part in lookup.key:
            builder.compiler.value(part, f"{bound.layout.name}.lookups.{name}")
    looked_up = {
        lookup_name(name, column) for name, lookup in bound.layout.lookups.items() for column in lookup.columns
    }
    unknown = {
        name for name in builder.compiler.used if ":" in name and name.split(":")[0] in bound.layout.lookups
    } - looked_up
    if unknown:
        raise BadInput("a lookup has no such column", where=bound.layout.name, value=sorted(unknown))
    return builder.compiler.used - looked_up


class _AnyColumn(dict[str, str]):
    """Has every column: to find out which ones a mapping names."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __getitem__(self, name: str) -> str:
        return identifier(name)


def check_layout(bound: BoundLayout, file: str) -> None:
    """Compile a layout against itself, so that a mistake in a mapping is found when it is read, not when a file comes."""
    layout = bound.layout
    try:
        used = columns_used(bound)
        if layout.is_json:
            known = set(layout.fields) | set(layout.lists)
            if used - known:
                raise BadInput(
                    "the mapping names fields that it does not declare", where=layout.name, value=sorted(used - known)
                )
            structure(layout)
    except BadInput as error:
        raise BadInput(error.message, where=f"{file}: {error.where}", value=error.value, remedy=error.remedy) from None
