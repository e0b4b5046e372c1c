#include "pages_landing.h"

#include "http_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>proxy-telemetry</title>
<style>
:root { --text: #1d2433; --faint: #5b6577; --line: #dfe3ea; --link: #0b57b8; --back: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e7ee; --faint: #98a2b3; --line: #303846; --link: #7fb4ff; --back: #14181f; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
       max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0; }
h1 small { font-size: .9rem; font-weight: normal; color: var(--faint); }
h2 { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--faint); margin: 2rem 0 .25rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .45rem 0; border-top: 1px solid var(--line); }
li span { color: var(--faint); margin-left: auto; }
a, code { font: .9rem ui-monospace, monospace; overflow-wrap: anywhere; }
a { color: var(--link); }
</style>
</head>
<body>
)";

void AppendRow(std::string_view element, std::string_view what, std::string& page) {
  page.append("<li>").append(element).append("<span>").append(what).append("</span></li>\n");
}

// `path` begins with "/": shown so, linked relative to this page.
void AppendLink(std::string_view path, std::string_view what, std::string& page) {
  std::string link = "<a href=\"" + EscapeHtml(path.substr(1)) + "\">" + EscapeHtml(path) + "</a>";
  AppendRow(link, what, page);
}

}  // namespace

std::string LandingPage(std::string_view version, std::string_view telemetry_path, std::string_view example_host) {
  std::string page(kHead);
  page.append("<h1>proxy-telemetry <small>").append(EscapeHtml(version)).append("</small></h1>\n");
  page.append("<p>Per-host metrics of reverse proxies: scraped, kept, and answered for.</p>\n");

  page.append("<h2>Metrics</h2>\n<ul>\n");
  AppendLink(telemetry_path, "Prometheus text, OpenMetrics when asked for", page);
  page.append("</ul>\n<h2>History</h2>\n<ul>\n");
  AppendLink("/telemetry/hosts", "hosts that have history, JSON", page);
  const std::string host = example_host.empty() ? "example.localhost" : PercentEncode(example_host);
  AppendLink("/telemetry/history?host=" + host + "&range=1h", "requests, errors, p99 and backends of a host, JSON",
             page);
  page.append("</ul>\n<h2>State</h2>\n<ul>\n");
  AppendLink("/targets", "what is scraped, how it went, and what to do where it did not", page);
  AppendLink("/api/v1/targets", "the same as JSON, in Prometheus' shape", page);
  AppendLink("/-/healthy", "200 while the process serves", page);
  AppendLink("/-/ready", "200 once the first scrape round is over", page);
  AppendRow("<code>POST /-/reload</code>", "apply the configuration again, with --web.enable-lifecycle", page);
  AppendRow("<code>POST /-/quit</code>", "stop, with --web.enable-lifecycle", page);
  page.append("</ul>\n</body>\n</html>\n");
  return page;
}

}  // namespace proxy_telemetry
