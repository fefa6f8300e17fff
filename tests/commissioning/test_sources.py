"""The tables of the five documents hold what their notes say."""

from collections import Counter
from decimal import Decimal

from commonweal.commissioning import engagement, intentions, sources, targets


def test_row_counts_are_those_of_the_published_tables():
    counts = {
        loader.__name__: len(loader())
        for loader in (
            sources.intentions,
            sources.targets,
            sources.engagement,
            sources.events,
            sources.bodies,
            sources.named_systems,
            sources.pathways,
            sources.procurement_pipeline,
            sources.enhanced_services,
            sources.strategic_fit,
            sources.decision_grid,
        )
    }
    assert counts == {
        "intentions": 1161,
        "targets": 406,
        "engagement": 242,
        "events": 48,
        "bodies": 201,
        "named_systems": 338,
        "pathways": 133,
        "procurement_pipeline": 10,
        "enhanced_services": 21,
        "strategic_fit": 13,
        "decision_grid": 38,
    }
    assert sum(row.inferred for row in sources.engagement()) == 175


def test_intentions_by_document_and_kind():
    by_document = Counter(row.source for row in intentions.register())
    assert by_document == {
        "wl-2014-15": 283,
        "harrow-2017-19": 287,
        "jhosc-2019-10": 282,
        "nwl-2020-21": 258,
        "swl-2016-17": 51,
    }
    nwl = Counter(row.kind for row in intentions.register() if row.source == "nwl-2020-21")
    assert nwl["strategic_change"] == 116
    assert nwl["contract_change"] == 110


def test_every_link_leads_to_a_target_and_every_reference_is_used_once():
    known = {row.id for row in sources.targets()}
    assert len(known) == 406
    for row in (*sources.intentions(), *sources.pathways()):
        assert set(row.target_ids) <= known, row.id
    assert len({row.id for row in sources.intentions()}) == 1161


def test_borough_partnership_sections_belong_to_their_borough():
    places = Counter(row.place for row in intentions.register() if row.source == "jhosc-2019-10")
    assert places["Hillingdon"] == 6
    assert places["Hammersmith and Fulham"] == 4
    assert places["North West London"] == 282 - 29


def test_money_becomes_whole_pence():
    assert sources.pence(Decimal("0.439802"), "m") == 43_980_200  # £439,802 as printed
    assert sources.pence(Decimal("1500"), "k") == 150_000_000
    assert sources.pence(None, "k") is None


def test_pod_variance_keeps_its_printed_misprint_of_a_tenth():
    rows = sources.rows("pod_variance_nwl_2019_20_m4")
    items = sum(Decimal(row["total_m"]) for row in rows if row["row_type"] == "item")
    printed = next(Decimal(row["total_m"]) for row in rows if row["row_type"] == "total")
    assert (items, printed) == (Decimal("-54.70"), Decimal("-54.60"))


def test_recovery_schemes_add_to_66_million():
    rows = sources.rows("recovery_schemes_nwl_2019_20")
    assert sum(Decimal(row["opportunity_m"]) for row in rows if row["row_type"] == "item") == 66


def test_target_dates_end_their_period():
    due = {target.id: target.due_date for target in targets.register()}
    assert str(due["t-nwl-fds-28"]) == "2020-04-30"
    assert str(due["t-jh-28d"]) == "2020-03-31"
    assert str(due["t-swl-130"]) == "2017-04-01"
    assert due["t-jh-smi-60"] is None


def test_inferred_statuses_never_read_as_stated():
    rows = engagement.responses()
    inferred = [row for row in rows if "inferred" in row.status_words]
    assert len(inferred) == 175
    assert {row.basis for row in inferred} == {"inferred"}
    assert all(row.status_words == row.status.capitalize() for row in rows if row.basis == "stated")


def test_themes_count_stated_apart_from_inferred():
    themes = engagement.by_theme(engagement.responses())
    assert sum(row.total for row in themes) == 242
    assert sum(count for row in themes for _, count in row.inferred) == 175
    assert sum(count for row in themes for _, count in row.stated) == 67


def test_calendar_reads_every_period():
    events = engagement.calendar()
    assert len(events) == 48
    by_id = {event.id: event for event in events}
    assert (str(by_id["ev-01"].starts), str(by_id["ev-01"].ends)) == ("2013-09-01", "2013-10-31")
    assert (str(by_id["ev-16"].starts), str(by_id["ev-16"].ends)) == ("2015-04-01", "2016-03-31")
    assert str(by_id["ev-38"].starts) == "2019-10-30"
    assert all(event.starts is not None for event in events)
