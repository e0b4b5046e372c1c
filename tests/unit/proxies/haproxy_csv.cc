#include "haproxy_csv.h"

#include <utility>

namespace proxy_telemetry {

HaproxyCsv::HaproxyCsv()
    : HaproxyCsv({"pxname",   "svname",   "qcur",       "scur",    "stot",     "bin",         "bout",
                  "status",   "act",      "pid",        "type",    "hrsp_1xx", "hrsp_2xx",    "hrsp_3xx",
                  "hrsp_4xx", "hrsp_5xx", "hrsp_other", "req_tot", "last_chk", "intercepted", "-"}) {}

HaproxyCsv::HaproxyCsv(std::vector<std::string> columns) : columns_(std::move(columns)), text_("# ") {
  for (const std::string& column : columns_) text_ += column + ",";
  text_ += "\n";
}

HaproxyCsv& HaproxyCsv::Frontend(const std::string& proxy, Cells cells) {
  cells.insert({{"pxname", proxy}, {"svname", "FRONTEND"}, {"status", "OPEN"}, {"type", "0"}});
  return Row(std::move(cells));
}

HaproxyCsv& HaproxyCsv::Backend(const std::string& proxy, Cells cells) {
  cells.insert({{"pxname", proxy}, {"svname", "BACKEND"}, {"status", "UP"}, {"type", "1"}});
  return Row(std::move(cells));
}

HaproxyCsv& HaproxyCsv::Server(const std::string& proxy, const std::string& name, const std::string& status,
                               Cells cells) {
  cells.insert({{"pxname", proxy}, {"svname", name}, {"status", status}, {"act", "1"}, {"type", "2"}});
  return Row(std::move(cells));
}

HaproxyCsv& HaproxyCsv::Row(Cells cells) {
  for (const std::string& column : columns_) text_ += cells[column] + ",";
  text_ += "\n";
  return *this;
}

HaproxyCsv::Cells Answers(int ok, int redirects, int server_errors) {
  return {{"hrsp_1xx", "0"},
          {"hrsp_2xx", std::to_string(ok)},
          {"hrsp_3xx", std::to_string(redirects)},
          {"hrsp_4xx", "0"},
          {"hrsp_5xx", std::to_string(server_errors)},
          {"hrsp_other", "0"},
          {"req_tot", std::to_string(ok + redirects + server_errors)}};
}

}  // namespace proxy_telemetry
