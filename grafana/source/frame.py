"""What every dashboard has around its panels: variables, links, annotations, rows."""
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.models import dashboard as models

from panels import SOURCE
from queries import TARGET

TAG = "proxy-telemetry"
PREFIX = "proxy-telemetry"

# Of a table's cell or a panel to another dashboard, at the same time and of the same proxies.
KEEP = "${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}"


def uid(name):
    return f"{PREFIX}-{name}"


def url(name, more=KEEP):
    return f"/d/{uid(name)}/?{more}"


def link(title, name, more=KEEP):
    return dashboards.DashboardLink(title).url(url(name, more))


def choice(name, label, query, include_all=True):
    """Several values or all, read anew when the time changes."""
    return (dashboards.QueryVariable(name).label(label).datasource(SOURCE).query(query).definition(query)
            .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
            .multi(True).include_all(include_all).all_value(".+"))


def source_variable():
    return dashboards.DatasourceVariable("datasource").label("Data source").type("prometheus")


def variables(job_of, host_label="Host", all_hosts=True):
    """`job_of`: a selector's inside, of the series that tell jobs and instances."""
    # Of a log that leaves counting to the proxy, only durations tell hosts.
    hosts = ('__name__=~"proxy_http_requests_total|proxy_backend_requests_total|proxy_backends'
             '|proxy_http_request_duration_seconds_count"')
    return [
        source_variable(),
        choice("job", "Job", f"label_values({{{job_of}}}, job)"),
        choice("instance", "Instance", f'label_values({{{job_of}, job=~"$job"}}, instance)'),
        choice("host", host_label, f"label_values({{{hosts}, {TARGET}}}, host)", include_all=all_hosts)]


def annotation(name, expr, colour, title, text):
    return (dashboards.AnnotationQuery().name(name).datasource(SOURCE).enable(True).icon_color(colour)
            .expr(expr).step("60s").title_format(title).text_format(text))


def row(title, panels, collapsed=True):
    made = dashboards.Row(title).collapsed(collapsed)
    for panel in panels:
        made = made.with_panel(panel)
    return made


def dashboard(name, title, description, made_variables, annotations):
    return (dashboards.Dashboard(title).uid(uid(name)).description(description).tags([TAG]).readonly()
            .tooltip(models.DashboardCursorSync.CROSSHAIR).time("now-1h", "now").refresh("1m").timezone("browser")
            .variables(made_variables).annotations(annotations)
            .link(dashboards.DashboardLink("Dashboards").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
                  .as_dropdown(True).include_vars(True).keep_time(True).icon("external link").tooltip("").url("")))
