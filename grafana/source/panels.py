"""Panels as all dashboards have them: units, colours, legends, limits, one place for each."""
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import heatmap, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from queries import at_end

SOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
STAT_HEIGHT, GRAPH_HEIGHT = 4, 8

GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE, GREY = (
    "#7EB26D", "#EAB839", "#EF843C", "#E24D42", "#6ED0E0", "#BA43A9", "#8F8F8F")
STATUS_COLOURS = {"1xx": PURPLE, "2xx": GREEN, "3xx": BLUE, "4xx": ORANGE, "5xx": RED, "other": "#705DA0", "unknown": GREY}
QUANTILES = {"p50": (0.5, GREEN), "p90": (0.9, YELLOW), "p99": (0.99, RED)}
ERROR_RATIO_STEPS = ((0, GREEN), (0.01, YELLOW), (0.05, RED))
SECONDS_STEPS = ((0, GREEN), (0.5, YELLOW), (2, RED))
NONE_DOWN_STEPS = ((0, GREEN), (1, RED))
PLAIN_STEPS = ((0, BLUE),)
UP_STEPS = ((0, RED), (1, GREEN))
UP_DOWN = {"0": ("down", RED), "1": ("up", GREEN)}
# What an axis shows at least, so that noise about zero does not look like a mountain.
SOFT_MAX = {"percentunit": 0.01, "s": 0.01, "reqps": 1, "ops": 1, "cps": 1, "short": 1, "bytes": 1, "Bps": 1000}


def query(expr, legend="", ref="A", instant=False, form=PromQueryFormat.TIME_SERIES):
    target = prometheus.Dataquery().datasource(SOURCE).expr(expr).legend_format(legend).ref_id(ref).format(form)
    return target.instant() if instant else target.range()


def queries(*pairs):
    """(legend, expression) each."""
    return [query(expr, legend, chr(ord("A") + i)) for i, (legend, expr) in enumerate(pairs)]


def steps(pairs):
    """(from this value on, colour) each; the first counts from the lowest value."""
    return dashboards.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(
        [models.Threshold(value=None if i == 0 else value, color=colour) for i, (value, colour) in enumerate(pairs)])


def prop(name, value):
    return models.DynamicConfigValue(id_val=name, value=value)


def fixed(colour):
    return prop("color", {"mode": "fixed", "fixedColor": colour})


def texts(words):
    """Words and colours instead of values."""
    return [models.ValueMap(options={value: models.ValueMappingResult(text=text, color=colour)
                                     for value, (text, colour) in words.items()})]


def number(title, description, unit, expr, thresholds=PLAIN_STEPS, decimals=None, words=None, link=None):
    """A stat with its course behind it. No value now is no number: the last one there was would pass for one of now."""
    expr = f"({expr}) and on () ({at_end(expr)})"
    panel = (stat.Panel().title(title).description(description).datasource(SOURCE).unit(unit).min(0)
             .height(STAT_HEIGHT).span(4).with_target(query(expr, title))
             .color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.AREA)
             .reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
             .thresholds(steps(thresholds)).color_scheme(dashboards.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
             .no_value("no data"))
    if decimals is not None:
        panel = panel.decimals(decimals)
    if words:
        panel = panel.mappings(texts(words))
    return panel.data_links([link]) if link else panel


def graph(title, description, unit, targets, width=8, stacked=False, decimals=None, soft_max=None):
    """Lines over time, from 0 up."""
    # Beside names that only the data knows there is no room for numbers.
    values = [] if stacked or any("{{" in target.build().legend_format for target in targets) else ["lastNotNull", "max"]
    panel = (timeseries.Panel().title(title).description(description).datasource(SOURCE).unit(unit).min(0)
             .axis_soft_max(soft_max or SOFT_MAX[unit]).height(GRAPH_HEIGHT).span(width).targets(targets)
             .line_width(1).fill_opacity(60 if stacked else 8).show_points(common.VisibilityMode.NEVER)
             .legend(common_builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
                     .placement(common.LegendPlacement.BOTTOM).show_legend(True).calcs(values))
             .tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI)
                      .sort(common.SortOrder.DESCENDING)))
    if stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    return panel.decimals(decimals) if decimals is not None else panel


def coloured(panel, colours):
    """Fixed colours by name of the series."""
    for name, colour in colours.items():
        panel = panel.override_by_name(name, [fixed(colour)])
    return panel


def status_graph(title, description, expr, width=8):
    """`expr` by label code, which is a class."""
    named = f'label_replace({expr}, "code", "unknown", "code", "")'
    return coloured(graph(title, description, "reqps", queries(("{{code}}", named)), width, stacked=True), STATUS_COLOURS)


def quantile_graph(title, description, quantile_of, width=8):
    """`quantile_of(share)` is the expression."""
    targets = queries(*((name, quantile_of(share)) for name, (share, _) in QUANTILES.items()))
    return coloured(graph(title, description, "s", targets, width), {name: colour for name, (_, colour) in QUANTILES.items()})


def heat(title, description, expr, width=12):
    """`expr` by label le."""
    return (heatmap.Panel().title(title).description(description).datasource(SOURCE).unit("reqps").height(GRAPH_HEIGHT).span(width)
            .with_target(query(expr, "{{le}}", form=PromQueryFormat.HEATMAP)).calculate(False).cell_gap(1)
            .y_axis(heatmap.YAxisConfig().unit("s").axis_placement(common.AxisPlacement.LEFT))
            .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
            .tooltip(heatmap.HeatmapTooltip().mode(common.TooltipDisplayMode.SINGLE).y_histogram(True)))


def timeline(title, description, expr, legend, width=12):
    """Whether something is up, over time."""
    return (statetimeline.Panel().title(title).description(description).datasource(SOURCE).unit("short").height(GRAPH_HEIGHT)
            .span(width).with_target(query(expr, legend)).mappings(texts(UP_DOWN)).show_value(common.VisibilityMode.NEVER)
            .merge_values(True).row_height(0.8).line_width(0).fill_opacity(80)
            .legend(common_builders.VizLegendOptions().show_legend(False).display_mode(common.LegendDisplayMode.LIST)
                    .placement(common.LegendPlacement.BOTTOM))
            .tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE)))


class Column:
    """Of a table: a query with one value for each row, or (`label`) what tells the rows apart."""

    def __init__(self, name, unit="short", expr=None, label=None, properties=()):
        self.name, self.unit, self.expr, self.label, self.properties = name, unit, expr, label, list(properties)


def coloured_cells(pairs):
    return [prop("custom.cellOptions", {"type": "color-text"}), prop("color", {"mode": "thresholds"}),
            prop("thresholds", steps(pairs).build())]


def state_column(expr):
    """1 or 0 as up or down."""
    return Column("State", expr=expr, properties=[prop("mappings", texts(UP_DOWN)), *coloured_cells(UP_STEPS)])


def sources(columns):
    """Where each column's values come from: a label, or the value of a query as Grafana names it."""
    refs = iter("ABCDEFGHIJ")
    alone = sum(1 for column in columns if column.expr) == 1
    for column in columns:
        ref = next(refs) if column.expr else None
        yield column, ref, column.label or ("Value" if alone else f"Value #{ref}")


def rows(title, description, columns, sort_by, descending=True, width=24, height=10, empty="-"):
    """A table: a row for each set of labels, what hurts most on top. `empty` is also what a cell without a value shows."""
    panel = (table.Panel().title(title).description(description).datasource(SOURCE).unit("short").height(height).span(width)
             .no_value(empty).cell_height(common.TableCellHeight.SM)
             .sort_by([common_builders.TableSortByFieldState().display_name(sort_by).desc(descending)]))
    renamed, order = {}, {}
    for place, (column, ref, source) in enumerate(sources(columns)):
        if ref:
            panel = panel.with_target(query(column.expr, ref=ref, instant=True, form=PromQueryFormat.TABLE))
        renamed[source], order[source] = column.name, place
        panel = panel.override_by_name(column.name, [prop("unit", column.unit)] + column.properties)
    return (panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
            .with_transformation(models.DataTransformerConfig(id_val="organize", options={
                "excludeByName": {"Time": True}, "indexByName": order, "renameByName": renamed})))
