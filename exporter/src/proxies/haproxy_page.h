// HaproxyPage: HAProxy's statistics CSV as typed rows, before any meaning is put on them.
//
// Columns are found by name: their order and number change from version to version. Only the columns named here are
// looked at. Plain values; the functions are safe for any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// A page with more rows is refused: it bounds the memory that a hostile page can take.
inline constexpr std::size_t kHaproxyRowsMax = 200'000;

inline constexpr std::array<std::string_view, 6> kHaproxyClasses = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

enum class HaproxyRowType : std::uint8_t { kFrontend = 0, kBackend = 1, kServer = 2 };

// A cell that is empty, or whose column this version does not have, is absent.
struct HaproxyRow {
  HaproxyRowType type;
  std::size_t line = 0;
  std::string proxy;    // pxname
  std::string service;  // svname: FRONTEND, BACKEND or the server's name
  std::string status;
  std::array<std::optional<double>, kHaproxyClasses.size()> responses;  // hrsp_*; all absent in tcp mode
  std::optional<double> sessions;     // scur: being served now; of a backend also those in its queue
  std::optional<double> connections;  // stot: counts retries, so never taken for requests
  std::optional<double> requests;     // req_tot: also counts those without an answer yet
  std::optional<double> intercepted;  // answered by HAProxy itself: statistics, monitor-uri, redirects, return
  std::optional<double> bytes_in;
  std::optional<double> bytes_out;

  bool IsHttp() const;
  double ResponseSum() const;
};

// Listener rows (type 3) and types of later versions are left out. Fails with "line L: reason".
Result<std::vector<HaproxyRow>> ParseHaproxyPage(std::string_view csv);

}  // namespace proxy_telemetry
