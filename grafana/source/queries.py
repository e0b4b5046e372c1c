"""PromQL that several panels share.

Two kinds of series are read. Recorded ones (grafana/rules/recording.yml), named level:metric:operation, where a panel is about
all hosts: they cost the same at 10 and at 10,000 hosts. Raw ones over $__rate_interval where a host is chosen.
"""

import re

TARGET = 'job=~"$job", instance=~"$instance"'
HOST = f'{TARGET}, host=~"$host"'

# The program itself: process_* of other programs have the same names.
PROGRAM = f"and on (job, instance) proxy_telemetry_build_info{{{TARGET}}}"


def recorded(name, labels=TARGET, offset=""):
    return f"{name}{{{labels}}}{offset}"


def rate(name, labels=TARGET, offset=""):
    return f"rate({name}{{{labels}}}[$__rate_interval]{offset})"


def quantile(share, buckets):
    """Of buckets summed by le and what else; without requests there is no value, instead of NaN."""
    return f"histogram_quantile({share}, {buckets}) >= 0"


def slowest_quantile(share, buckets):
    """Of buckets summed by job and le, that of the slowest job: bounds differ from one kind of proxy to another, and buckets of
    different bounds do not add up."""
    return f"max({quantile(share, buckets)})"


def ratio(errors, requests):
    """Both vectors of the same labels, or of none. Without requests there is no value."""
    return f"{errors} / ({requests} > 0)"


def _of_host(metric, offset, more="", by=""):
    return f"sum by (job, instance, host{by}) ({rate(metric, HOST + more, offset)})"


def host_requests(offset="", by=""):
    """Of a host by target, and by what `by` adds. Backends answer only for hosts that have no counter of their own."""
    own = _of_host("proxy_http_requests_total", offset)
    return (f"{_of_host('proxy_http_requests_total', offset, by=by)}"
            f" or {_of_host('proxy_backend_requests_total', offset, by=by)} unless on (job, instance, host) {own}")


def host_errors(offset=""):
    """5xx of a host by target, 0 without any; where a proxy tells no codes, what it calls errors. No value where it tells
    neither. As job_instance_host:proxy_http_errors:rate5m."""
    def with_codes(metric):
        failed = _of_host(metric, offset, ', code=~"5.."')
        return f"{failed} or 0 * {_of_host(metric, offset, ', code!=' + chr(34) * 2)}"

    own = _of_host("proxy_http_requests_total", offset)
    return (f"{with_codes('proxy_http_requests_total')} or ({with_codes('proxy_backend_requests_total')}) unless {own}"
            f" or {_of_host('proxy_http_request_errors_total', offset)}")


def host_error_ratio(offset=""):
    """Of those targets that tell errors."""
    errors = host_errors(offset)
    requests = f"({host_requests(offset)}) and on (job, instance, host) ({errors})"
    return ratio(f"sum({errors})", f"sum({requests})")


def host_quantile(share, offset="", metric="proxy_http_request_duration_seconds_bucket"):
    return slowest_quantile(share, f"sum by (job, le) ({rate(metric, HOST, offset)})")


def host_requests_by_class():
    """By label code, which is a class. By way of another label, for two codes of a class are two series until they are added up."""
    by_code = f"sum by (code) ({host_requests(by=', code')})"
    by_class = f'label_replace(label_replace({by_code}, "class", "$1", "code", "(.*)"), "class", "${{1}}xx", "code", "([1-5])..")'
    return f'sum by (code) (label_replace(sum by (class) ({by_class}), "code", "$1", "class", "(.*)"))'


def at_end(expr):
    """The expression as it is at the end of the time shown."""
    return re.sub(r"(\{[^}]*\}(?:\[[^\]]*\])?)", r"\1 @ end()", expr)


def busiest(limit, by, value):
    """The `limit` greatest by their value at the end of the time shown: the same ones along the whole graph."""
    return f"and on ({by}) topk({limit}, {value})"
