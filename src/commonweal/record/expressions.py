"""The mapping language: small declared expressions that become SQL.

An expression is a column name, or a mapping with one operation:

    NAME                                   the column, trimmed, empty as null
    {constant: v}                          a fixed text, number or truth value
    {map: E, values: {a: b}, default: d}   a code map; without `default`, an unknown code is refused (`unknown: keep|null`)
    {coalesce: [E, …]}  {concat: [E, …], separator: s}
    {date: E, formats: […]}                a date (`iso` or strptime patterns)
    {timestamp: E, time: E, formats: […]}  UTC, from a time with an offset or in the layout's zone
    {local_date: E}                        the local date (Europe/London) of a time
    {partial_date: E} {precision: E}       a FHIR date that may be a year or a month, and D, M or Y
    {number: E} {integer: E} {pence: E}    numbers; pounds to integer pence
    {boolean: E, true: […], false: […]}
    {upper: E} {lower: E} {text: E, from: n, length: n} {pad: E, length: n, with: c} {replace: E, pattern: r, with: s}
    {extract: E, pattern: r}               the first group of a regular expression, or the whole match
    {code: E, system: s, term: E, within: […]}   a concept: interned in the dictionary (dots removed for ICD-10 and OPCS-4)
    {subject: E, namespace: n}  {key: [provider, identifier], kind: contact}   keyed 63-bit hashes
    {reference: E}                         the identifier that a FHIR reference points at
    {null_if: E, values: […]}              absent-value codes
    {days_between: [E, E]} {minutes_between: [E, E]}
    {case: [{when: C, then: E}, …], else: E}
    {postcode: E} {nhs_number: E, pseudonym: true}
    {item: field} {position: true}         within `each`
    {lookup: NAME, column: c}              a value found by one of the layout's lookups
    {add: [E, …]} {multiply: [E, …]} {financial_month: [year, month]}   the first day of a month such as 202526, 1 (April)

A condition is {column: E, in|not_in: […]}, {column: E, matches: r}, {column: E, in_site: list}, {column: E, above|below: n},
{present: E}, {absent: E}, {all: […]}, {any: […]} or {not: C}.

Nothing here reads data: `Compiler` turns declarations into SQL text and lists the checks that go with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from commonweal.errors import BadInput

LOCAL_ZONE = "Europe/London"
MOST_CASES = 16
"""Members of a list above which one ``IN`` is cheaper than a chain of cases."""
_COLUMN = re.compile(r'(?:CAST\()?(?:"(?:[^"]|"")+"|\w+)(?: AS VARCHAR\))?')
NHS_WEIGHTED = " + ".join(f"CAST(substr({{n}}, {place}, 1) AS INTEGER) * {11 - place}" for place in range(1, 10))


def quote(text: object) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(sql: str, empty: bool = True) -> str:
    """SQL for a text without the spaces around it, null where nothing is left. Most values have none: look before trimming.

    `empty` says whether the reader may give an empty text; the CSV reader gives null for it.
    """
    nothing = f" OR {sql} = ''" if empty else ""
    return f"CASE WHEN {sql} LIKE ' %' OR {sql} LIKE '% '{nothing} THEN nullif(trim({sql}), '') ELSE {sql} END"


def among(sql: str, members: Collection[object], *, outside: bool = False) -> str:
    """SQL, never null: whether a text is one of `members` (or, `outside`, is none of them and not null).

    A chain of cases stops at the first member that fits, where ``IN`` compares every row with every member; but it works
    `sql` out for each, so that it is for columns only.
    """
    listed = list(dict.fromkeys(map(str, members)))
    if not listed:
        return "FALSE"
    if len(listed) > MOST_CASES or not _COLUMN.fullmatch(sql):
        return f"coalesce({sql} {'NOT IN' if outside else 'IN'} ({', '.join(map(quote, listed))}), FALSE)"
    whens = " ".join(f"WHEN {quote(member)} THEN {'FALSE' if outside else 'TRUE'}" for member in listed)
    return f"CASE {sql} {whens} ELSE {f'{sql} IS NOT NULL' if outside else 'FALSE'} END"


def hashed(sql: str) -> str:
    """SQL for 64 bits of the MD5 of a text, null where it is null.

    The same bits as the database's own ``md5_number_lower``, which makes them by way of a text of 128 digits and takes
    three times as long. MD5, because the database's fast hash may change between its versions and keys are kept.
    """
    return f"CAST(md5_number({sql}) >> 64 AS UBIGINT)"


def literal(value: object) -> str:
    """A SQL literal for a YAML scalar."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return quote(value)


@dataclass(frozen=True)
class Check:
    """A row rule found while compiling: rows where `condition` holds break `rule`.

    `action` is ``refuse`` (the row goes to quarantine) or ``blank`` (the value becomes null and is noted). `value` is SQL
    text for what to show; empty where the value could identify someone.
    """

    rule: str
    condition: str
    column: str
    value: str
    message: str
    action: str = "refuse"
    source_columns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Code:
    """A concept column before interning: SQL for its code, system and term."""

    code: str
    system: str
    term: str = "NULL"


@dataclass
class Compiler:
    """Compiles the expressions of one layout.

    `columns` maps each column that the file has to SQL; `absent` names optional columns that it lacks. `parses` collects
    leaf conversions (SQL to alias), computed once each in the first projection.
    """

    columns: Mapping[str, str]
    absent: Collection[str] = ()
    zone: str = LOCAL_ZONE
    namespace: str = ""
    dates: tuple[str, ...] = ("iso",)
    site: Mapping[str, Collection[str]] = field(default_factory=dict)
    references: bool = False
    parses: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    keyed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Each subject key's alias among `parses`: its namespace and SQL for its identifier."""
    _touched: set[str] = field(default_factory=set)
    _column: str = ""
    _guard: str = ""

    # ---- entry points

    def target(self, node: Any, column: str, where: str, guard: str = "") -> str:
        """SQL for one target column; its checks are named by the source columns that it reads."""
        self._touched, self._column, self._guard = set(), column, guard
        return self.value(node, where)

    def value(self, node: Any, where: str) -> str:
        """SQL for an expression. Raises `BadInput` that names the place in the mapping."""
        if isinstance(node, str):
            return self._source(node, where)
        if node is None or isinstance(node, bool | int | float):
            return literal(node)
        if not isinstance(node, dict) or not node:
            raise BadInput("not an expression", where=where, value=node, remedy="use a column name or {operation: …}")
        operation = next(iter(node))
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise BadInput(
                "no such operation", where=where, value=operation, remedy=f"use one of: {', '.join(OPERATIONS)}"
            )
        unknown = set(node) - {operation} - OPTIONS.get(operation, set())
        if unknown:
            raise BadInput(f"operation {operation!r} has no option {', '.join(sorted(map(str, unknown)))}", where=where)
        return handler(self, node, f"{where}.{operation}")

    def code(self, node: Any, where: str, column: str, guard: str = "") -> Code:
        """A concept expression: ``{code: …}``, or a `case` of them."""
        self._touched, self._column, self._guard = set(), column, guard
        if not isinstance(node, dict) or "code" not in node:
            raise BadInput("a coded column needs {code: …, system: …}", where=where, value=node)
        unknown = set(node) - {"code", "system", "term", "within"}
        if unknown or "system" not in node:
            raise BadInput("a code takes `system`, and may take `term` and `within`", where=where, value=sorted(node))
        system = (
            quote(node["system"]) if isinstance(node["system"], str) else self.value(node["system"], f"{where}.system")
        )
        term = self.value(node["term"], f"{where}.term") if node.get("term") is not None else "NULL"
        touched = set(self._touched)
        self._touched = set()
        code = self.value(node["code"], f"{where}.code")
        self._touched |= touched if isinstance(node["system"], dict) else set()
        plain = isinstance(node["system"], str)
        if node["system"] in ("icd10", "opcs4") or (not plain and ("'icd10'" in system or "'opcs4'" in system)):
            dotless = f"replace(upper({code}), '.', '')"
            code = dotless if plain else f"CASE WHEN {system} IN ('icd10', 'opcs4') THEN {dotless} ELSE {code} END"
        if node.get("within"):
            self._check(
                "code_unknown",
                f"NOT regexp_full_match({code}, {quote(node['within'])})",
                code,
                "not a code of its system",
            )
        return Code(code, system, term)

    def condition(self, node: Any, where: str) -> str:
        """SQL for a condition, never null; ``FALSE`` where nothing can meet it, such as a site's list that is empty."""
        if not isinstance(node, dict) or not node:
            raise BadInput("not a condition", where=where, value=node)
        if "all" in node or "any" in node:
            word = "all" if "all" in node else "any"
            parts = [self.condition(part, f"{where}.{word}[{place}]") for place, part in enumerate(node[word])]
            if "FALSE" in parts and (word == "all" or set(parts) == {"FALSE"}):
                return "FALSE"
            return "(" + (" AND " if word == "all" else " OR ").join(parts) + ")"
        if "not" in node:
            return f"(NOT {self.condition(node['not'], where + '.not')})"
        if "present" in node:
            return f"({self.value(node['present'], where)} IS NOT NULL)"
        if "absent" in node:
            return f"({self.value(node['absent'], where)} IS NULL)"
        if "column" not in node:
            raise BadInput(
                "a condition starts with column, present, absent, all, any or not", where=where, value=sorted(node)
            )
        value = self.value(node["column"], where)
        if "in" in node or "not_in" in node:
            word = "in" if "in" in node else "not_in"
            return among(f"CAST({value} AS VARCHAR)", node[word], outside=word == "not_in")
        if "in_site" in node:
            return among(value, sorted(self.site.get(node["in_site"], ())))
        return f"coalesce({self._comparison(node, value, where)}, FALSE)"

    def _comparison(self, node: dict[str, Any], value: str, where: str) -> str:
        if "matches" in node:
            return f"regexp_full_match({value}, {quote(node['matches'])})"
        if "above" in node:
            return f"{value} > {literal(node['above'])}"
        if "below" in node:
            return f"{value} < {literal(node['below'])}"
        raise BadInput("a comparison is in, not_in, in_site, matches, above or below", where=where, value=sorted(node))

    # ---- helpers

    def _source(self, name: str, where: str) -> str:
        if name in self.columns:
            self.used.add(name)
            self._touched.add(name)
            return self.columns[name]
        if name in self.absent:
            return "CAST(NULL AS VARCHAR)"
        raise BadInput("the mapping names a column that the layout lacks", where=where, value=name)

    def _parse(self, sql: str) -> str:
        return self.parses.setdefault(sql, f"p{len(self.parses)}")

    def _check(self, rule: str, condition: str, value: str, message: str, action: str = "refuse") -> None:
        condition = f"{self._guard} AND ({condition})" if self._guard else condition
        names = ", ".join(sorted(self._touched)) or self._column
        self.checks.append(Check(rule, condition, names, value, message, action, frozenset(self._touched)))

    def _typed(self, raw: str, sql: str, what: str) -> str:
        alias = self._parse(sql)
        self._check("type", f"{raw} IS NOT NULL AND {alias} IS NULL", raw, f"not {what}")
        return alias

    def date_sql(self, raw: str, formats: tuple[str, ...]) -> str:
        """SQL that reads `raw` as a date by the first format that fits."""
        options = []
        patterns = [pattern for pattern in formats if pattern not in ("iso", "compact")]
        if "iso" in formats:
            options.append(f"try_cast({raw} AS DATE)")
        if "compact" in formats:
            options.append(f"CASE WHEN length({raw}) = 8 THEN CAST(try_strptime({raw}, '%Y%m%d') AS DATE) END")
        if patterns:
            options.append(f"CAST(try_strptime({raw}, [{', '.join(map(quote, patterns))}]) AS DATE)")
        return options[0] if len(options) == 1 else f"coalesce({', '.join(options)})"


Handler = Callable[[Compiler, dict[str, Any], str], str]


def _constant(_: Compiler, node: dict[str, Any], where: str) -> str:
    return literal(node["constant"])


def _map(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value = compiler.value(node["map"], where)
    pairs = node.get("values")
    if not isinstance(pairs, dict) or not pairs:
        raise BadInput("a map needs `values`", where=where)
    whens = " ".join(f"WHEN {quote(source)} THEN {literal(result)}" for source, result in pairs.items())
    if "default" in node:
        return f"CASE {value} {whens} ELSE {literal(node['default'])} END"
    unknown = node.get("unknown", "refuse")
    if unknown == "keep":
        return f"CASE {value} {whens} ELSE {value} END"
    action = "blank" if unknown == "null" else "refuse"
    compiler._check("code_unknown", among(value, tuple(pairs), outside=True), value, "a code outside its list", action)
    return f"CASE {value} {whens} END"


def _coalesce(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    return f"coalesce({', '.join(compiler.value(part, where) for part in node['coalesce'])})"


def _concat(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    parts = ", ".join(compiler.value(part, where) for part in node["concat"])
    return f"nullif(concat_ws({quote(node.get('separator', ' '))}, {parts}), '')"


def _date(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["date"], where)
    formats = tuple(node.get("formats", compiler.dates))
    return compiler._typed(raw, compiler.date_sql(raw, formats), "a date (" + " or ".join(formats) + ")")


def _timestamp(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["timestamp"], where)
    if "time" in node:  # without its time, a moment is not known
        clock = compiler.value(node["time"], f"{where}.time")
        raw = f"(left({raw}, 10) || ' ' || {clock})"
    # The session's time zone is the layout's, so that a time without an offset is read in that zone.
    moment = f"timezone('UTC', try_cast({raw} AS TIMESTAMPTZ))"
    patterns = [pattern for pattern in node.get("formats", ()) if pattern != "iso"]
    if patterns:
        parsed = f"try_strptime({raw}, [{', '.join(map(quote, patterns))}])"
        moment = f"coalesce({moment}, timezone('UTC', timezone({quote(compiler.zone)}, {parsed})))"
    return compiler._typed(raw, moment, "a date and time")


def _local_date(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    moment = _timestamp(compiler, {"timestamp": node["local_date"], "formats": node.get("formats", ())}, where)
    return compiler._parse(f"CAST(timezone('{LOCAL_ZONE}', timezone('UTC', {moment})) AS DATE)")


def _partial_date(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    """A FHIR date: a year, a month, a day or a moment; a partial one is its first day."""
    raw = compiler.value(node["partial_date"], where)
    moment = f"CAST(timezone('{LOCAL_ZONE}', try_cast({raw} AS TIMESTAMPTZ)) AS DATE)"
    sql = (
        f"CASE length({raw}) WHEN 4 THEN try_cast({raw} || '-01-01' AS DATE) WHEN 7 THEN try_cast({raw} || '-01' AS DATE) "
        f"WHEN 10 THEN try_cast({raw} AS DATE) ELSE {moment} END"
    )
    return compiler._typed(raw, sql, "a date")


def _precision(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    return f"CASE length({compiler.value(node['precision'], where)}) WHEN 4 THEN 'Y' WHEN 7 THEN 'M' ELSE 'D' END"


def _number(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["number"], where)
    sql = f"CASE WHEN isfinite(try_cast({raw} AS DOUBLE)) THEN try_cast({raw} AS DOUBLE) END"
    return compiler._typed(raw, sql, "a number")


def _integer(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["integer"], where)
    return compiler._typed(
        raw, f"CASE WHEN try_cast({raw} AS DOUBLE) % 1 = 0 THEN try_cast({raw} AS BIGINT) END", "a whole number"
    )


def _pence(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["pence"], where)
    amount = f"try_cast(regexp_replace({raw}, '[£,]', '', 'g') AS DECIMAL(18, 4))"
    return compiler._typed(raw, f"try_cast(round({amount} * 100) AS BIGINT)", "an amount in pounds")


def _boolean(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["boolean"], where)
    if "true" not in node and "false" not in node:
        return compiler._typed(raw, f"try_cast({raw} AS BOOLEAN)", "true or false")
    yes = " ".join(f"WHEN {quote(str(word).lower())} THEN TRUE" for word in node.get("true", ()))
    no = " ".join(f"WHEN {quote(str(word).lower())} THEN FALSE" for word in node.get("false", ()))
    sql = f"CASE lower({raw}) {yes} {no} END"
    return compiler._typed(raw, sql, "true or false")


def _wrapped(template: str, word: str) -> Handler:
    def handler(compiler: Compiler, node: dict[str, Any], where: str) -> str:
        return template.format(compiler.value(node[word], where))

    return handler


def _text(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    length = f", {int(node['length'])}" if "length" in node else ""
    return f"nullif(substr({compiler.value(node['text'], where)}, {int(node.get('from', 1))}{length}), '')"


def _pad(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value, length = compiler.value(node["pad"], where), int(node["length"])
    return f"CASE WHEN length({value}) < {length} THEN lpad({value}, {length}, {quote(node.get('with', '0'))}) ELSE {value} END"


def _replace(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value = compiler.value(node["replace"], where)
    return f"nullif(regexp_replace({value}, {quote(node['pattern'])}, {quote(node.get('with', ''))}, 'g'), '')"


def _extract(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    group = 1 if "(" in str(node["pattern"]) else 0
    return f"nullif(regexp_extract({compiler.value(node['extract'], where)}, {quote(node['pattern'])}, {group}), '')"


def _subject(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value, namespace = compiler.value(node["subject"], where), str(node.get("namespace", compiler.namespace))
    alias = compiler._parse(f"subject_key({quote(namespace)}, {value})")
    compiler.keyed[alias] = (namespace, value)
    return alias


def _key(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    parts = node["key"] if isinstance(node["key"], list) else [node["key"]]
    values = [compiler.value(part, where) for part in parts]
    owner = f"coalesce({values[0]}, '')" if len(values) > 1 else quote(compiler.namespace)
    rest = values[1:] if len(values) > 1 else values
    whole = rest[0] if len(rest) == 1 else " || chr(30) || ".join(f"CAST({part} AS VARCHAR)" for part in rest)
    return compiler._parse(f"row_key({quote(node['kind'])}, {owner}, {whole})")


def _reference(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    raw = compiler.value(node["reference"], where)
    if not compiler.references:
        return (
            f"nullif(CASE WHEN starts_with({raw}, 'urn:uuid:') THEN substr({raw}, 10) "
            f"WHEN contains({raw}, '/') THEN split_part({raw}, '/', -1) ELSE split_part({raw}, '|', -1) END, '')"
        )
    # Within a bundle `urn:uuid:` names another entry; `resolved` is the bundle's own index of them.
    resolved = f"element_at(getvariable('references'), {raw})[1]"
    alias = compiler._parse(
        f"CASE WHEN {raw} LIKE 'urn:%' THEN {resolved} ELSE regexp_replace({raw}, '^(.*/|.*[|])', '') END"
    )
    compiler._check(
        "dangling_reference",
        f"{raw} IS NOT NULL AND {alias} IS NULL",
        raw,
        "the bundle holds no entry with this address",
    )
    return alias


def _null_if(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value = compiler.value(node["null_if"], where)
    listed = ", ".join(quote(member) for member in node["values"])
    return f"CASE WHEN CAST({value} AS VARCHAR) IN ({listed}) THEN NULL ELSE {value} END"


def _between(unit: str) -> Handler:
    word = f"{unit}s_between"

    def handler(compiler: Compiler, node: dict[str, Any], where: str) -> str:
        start, end = (compiler.value(part, where) for part in node[word])
        if unit == "minute":
            return f"CAST(floor(epoch({end} - {start}) / 60) AS INTEGER)"
        return f"date_diff('{unit}', {start}, {end})"

    return handler


def _case(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    branches = " ".join(
        f"WHEN {compiler.condition(branch['when'], where)} THEN {compiler.value(branch['then'], where)}"
        for branch in node["case"]
    )
    other = compiler.value(node["else"], where) if node.get("else") is not None else "NULL"
    return f"CASE {branches} ELSE {other} END"


def _postcode(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value = compiler.value(node["postcode"], where)
    plain = f"upper(replace({value}, ' ', ''))"
    return f"CASE WHEN length({plain}) >= 5 THEN left({plain}, -3) || ' ' || right({plain}, 3) ELSE {plain} END"


def nhs_number_valid(number: str) -> str:
    """SQL: ten digits whose modulus-11 check digit is right. Source: NHS Data Dictionary, NHS NUMBER."""
    total = NHS_WEIGHTED.format(n=number)
    return (
        f"CASE WHEN regexp_full_match({number}, '[0-9]{{10}}') THEN "
        f"(11 - ({total}) % 11) % 11 = CAST(substr({number}, 10, 1) AS INTEGER) ELSE FALSE END"
    )


def _nhs_number(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    value = compiler.value(node["nhs_number"], where)
    digits = compiler._parse(f"nullif(regexp_replace({value}, '[ -]', '', 'g'), '')")
    if not node.get("pseudonym"):
        wrong = f"{digits} IS NOT NULL AND NOT ({nhs_number_valid(digits)})"
        compiler._check("nhs_number", wrong, value, "not a valid NHS number: ten digits with a check digit", "blank")
    return digits


def _item(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    name = node["item"]
    compiler._touched.add("(item)")
    return (
        "nullif(trim(CAST(item AS VARCHAR)), '')" if name is True else f"nullif(trim(item.{identifier(str(name))}), '')"
    )


def _position(_: Compiler, node: dict[str, Any], where: str) -> str:
    return f'("position" + {int(node.get("plus", 0))})'


def _lookup(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    return compiler._source(lookup_name(node["lookup"], node.get("column", "")), where)


def lookup_name(lookup: str, column: str) -> str:
    """The name under which a looked-up value stands among a row's columns."""
    return f"{lookup}:{column}"


def _add(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    return "(" + " + ".join(compiler.value(part, where) for part in node["add"]) + ")"


def _multiply(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    return "round(" + " * ".join(compiler.value(part, where) for part in node["multiply"]) + ")"


def _financial_month(compiler: Compiler, node: dict[str, Any], where: str) -> str:
    """Financial years run from April: month 1 of 202526 is April 2025."""
    year, month = (compiler.value(part, where) for part in node["financial_month"])
    first = f"try_cast(left(regexp_replace({year}, '[^0-9]', '', 'g'), 4) AS INTEGER)"
    number = f"CASE WHEN try_cast({month} AS INTEGER) BETWEEN 1 AND 12 THEN try_cast({month} AS INTEGER) END"
    sql = f"CAST(make_date({first}, 4, 1) + to_months(CAST({number} - 1 AS INTEGER)) AS DATE)"
    return compiler._typed(f"concat_ws(' ', {year}, {month})", sql, "a financial year and month")


OPERATIONS: dict[str, Handler] = {
    "constant": _constant, "map": _map, "coalesce": _coalesce, "concat": _concat, "date": _date,
    "timestamp": _timestamp, "local_date": _local_date, "number": _number, "integer": _integer, "pence": _pence,
    "boolean": _boolean, "upper": _wrapped("upper({})", "upper"), "lower": _wrapped("lower({})", "lower"),
    "text": _text, "pad": _pad, "replace": _replace, "extract": _extract, "subject": _subject, "key": _key,
    "reference": _reference, "null_if": _null_if, "days_between": _between("day"),
    "minutes_between": _between("minute"), "case": _case, "postcode": _postcode, "nhs_number": _nhs_number,
    "partial_date": _partial_date, "precision": _precision, "item": _item, "position": _position, "lookup": _lookup, "add": _add, "multiply": _multiply, "financial_month": _financial_month,
}  # fmt: skip

OPTIONS: dict[str, set[str]] = {
    "map": {"values", "default", "unknown"}, "concat": {"separator"}, "date": {"formats"}, "timestamp": {"formats", "time"}, "lookup": {"column"},
    "local_date": {"formats"}, "boolean": {"true", "false"}, "text": {"from", "length"}, "pad": {"length", "with"},
    "replace": {"pattern", "with"}, "extract": {"pattern"}, "subject": {"namespace"}, "key": {"kind"},
    "null_if": {"values"}, "case": {"else"}, "nhs_number": {"pseudonym"}, "position": {"plus"},
}  # fmt: skip
