// HaproxyCsv: a small HAProxy statistics page, written row by row.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

class HaproxyCsv {
 public:
  // The columns that readers look at, and some they do not; `columns` instead where a test asks for others.
  HaproxyCsv();
  explicit HaproxyCsv(std::vector<std::string> columns);

  using Cells = std::map<std::string, std::string>;

  // Cells by column; those not given are empty. `cells` goes over what the row kind sets.
  HaproxyCsv& Frontend(const std::string& proxy, Cells cells = {});
  HaproxyCsv& Backend(const std::string& proxy, Cells cells = {});
  HaproxyCsv& Server(const std::string& proxy, const std::string& name, const std::string& status, Cells cells = {});
  HaproxyCsv& Row(Cells cells);

  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> columns_;
  std::string text_;
};

// hrsp_2xx and the others of an http row, in the order 1xx to 5xx, other; the rest is 0.
HaproxyCsv::Cells Answers(int ok, int redirects = 0, int server_errors = 0);

}  // namespace proxy_telemetry
