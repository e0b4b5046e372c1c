#include "proxies/nginx_stub.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "base/text.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kTitles = "server accepts handled requests";
constexpr std::string_view kTengineTitles = "server accepts handled requests request_time";

// Takes text and numbers off the front of a line.
class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : rest_(line) {}

  bool Text(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool Number(double& value) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    value = static_cast<double>(number);
    return true;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Status WrongLine(std::size_t number, std::string_view wanted, std::string_view line) {
  return Status::Corruption("line " + std::to_string(number) + ": must be \"" + std::string(wanted) + "\", got " +
                            QuotedToken(line.substr(0, kShownBytesMax)));
}

// Exactly four lines, each with its end.
Result<std::array<std::string_view, 4>> SplitLines(std::string_view page) {
  std::array<std::string_view, 4> lines;
  std::size_t count = 0;
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    if (end == std::string_view::npos) {
      return Status::Corruption("line " + std::to_string(count + 1) + " has no end: the page is cut off");
    }
    if (count == lines.size()) return Status::Corruption("line 5: stub_status has four lines");
    lines[count++] = page.substr(0, end);
    page.remove_prefix(end + 1);
  }
  if (count < lines.size()) {
    return Status::Corruption("only " + std::to_string(count) + " of the four lines of stub_status: cut off");
  }
  return lines;
}

}  // namespace

Result<NginxStub> ParseNginxStub(std::string_view page) {
  PT_ASSIGN_OR_RETURN(const auto lines, SplitLines(page));
  NginxStub stub;
  double ignored = 0;
  LineScanner active(lines[0]);
  if (!active.Text("Active connections: ") || !active.Number(ignored) || !active.Text(" ") || !active.AtEnd()) {
    return WrongLine(1, "Active connections: N ", lines[0]);
  }
  const bool tengine = lines[1] == kTengineTitles;
  if (!tengine && lines[1] != kTitles) return WrongLine(2, kTitles, lines[1]);
  LineScanner counters(lines[2]);
  const bool counted = counters.Text(" ") && counters.Number(ignored) && counters.Text(" ") &&
                       counters.Number(ignored) && counters.Text(" ") && counters.Number(stub.requests) &&
                       counters.Text(" ") && (!tengine || (counters.Number(ignored) && counters.Text(" ")));
  if (!counted || !counters.AtEnd()) return WrongLine(3, tengine ? " N N N N " : " N N N ", lines[2]);
  LineScanner states(lines[3]);
  const bool read = states.Text("Reading: ") && states.Number(stub.reading) && states.Text(" Writing: ") &&
                    states.Number(stub.writing) && states.Text(" Waiting: ") && states.Number(ignored) &&
                    states.Text(" ");
  if (!read || !states.AtEnd()) return WrongLine(4, "Reading: N Writing: N Waiting: N ", lines[3]);
  return stub;
}

}  // namespace proxy_telemetry
