#include "proxies/apache_status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <string>

#include "base/text.h"
#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kScheme = "balancer://";
constexpr std::string_view kBalancer = "ProxyBalancer[";
constexpr std::string_view kWorker = "Worker[";

Status AtLine(std::size_t line, const std::string& reason) {
  return Status::Corruption("line " + std::to_string(line) + ": " + reason);
}

Status NotStatus() {
  return Status::Corruption(
      "no BusyWorkers and Scoreboard: not mod_status' page, or cut off. A virtual host that proxies everything answers "
      "instead of it: give the status a host of its own, and its name with headers: {Host: ...}");
}

// "12]" off the front; false when there is none.
bool TakeIndex(std::string_view& text, std::size_t& index) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end == text.data() + text.size() || *end != ']') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

// "Init Ok ": flags, of which Ok says that the member works and others that it takes no new requests all the same.
bool IsUp(std::string_view status) {
  constexpr std::array<std::string_view, 7> kNotUp = {"Dis", "Drn", "Stby", "Spar", "Stop", "Err", "HcFl"};
  bool ok = false;
  while (!status.empty()) {
    const std::size_t end = std::min(status.find(' '), status.size());
    const std::string_view flag = status.substr(0, end);
    ok = ok || flag == "Ok";
    if (std::find(kNotUp.begin(), kNotUp.end(), flag) != kNotUp.end()) return false;
    status.remove_prefix(std::min(end + 1, status.size()));
  }
  return ok;
}

class StatusReader {
 public:
  Status ReadLine(std::string_view line) {
    ++line_;
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return Status::Ok();  // the server's name, or a title of another module
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (key == "Total Accesses") return ReadCount(key, value, page_.accesses);
    if (key == "BusyWorkers") return ReadCount(key, value, busy_workers_);
    has_scoreboard_ = has_scoreboard_ || key == "Scoreboard";
    return key.starts_with(kBalancer) ? ReadBalancer(key, value) : Status::Ok();
  }

  bool is_status() const { return busy_workers_.has_value(); }

  Result<ApacheStatus> Finish() && {
    if (!has_scoreboard_ || !busy_workers_.has_value()) return NotStatus();
    page_.busy_workers = *busy_workers_;
    for (auto& [index, balancer] : balancers_) {
      Upstream& upstream = page_.balancers.emplace_back(Upstream{balancer.name, {}});
      for (auto& [number, member] : balancer.members) {
        if (!member.up.has_value()) {
          return Status::Corruption("ProxyBalancer[" + std::to_string(index) + "]Worker[" + std::to_string(number) +
                                    "] has no Status: the page is cut off");
        }
        upstream.peers.push_back(std::move(member));
      }
    }
    return std::move(page_);
  }

 private:
  struct Balancer {
    std::string name;
    std::map<std::size_t, UpstreamPeer> members;
  };

  Status ReadCount(std::string_view key, std::string_view value, std::optional<double>& count) const {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
      return AtLine(line_, std::string(key) + " must be a whole number from 0 to 2^64-1, got " + QuotedToken(value));
    }
    if (count.has_value()) return AtLine(line_, std::string(key) + " is there twice");
    count = static_cast<double>(number);
    return Status::Ok();
  }

  Result<std::string> ReadName(std::string_view value) const {
    if (value.empty() || FindInvalidUtf8(value) != std::string_view::npos) {
      return AtLine(line_, "a name must be UTF-8 and not empty, got " + QuotedToken(value));
    }
    return std::string(value);
  }

  // "ProxyBalancer[0]Name", "ProxyBalancer[0]Worker[1]Status". A name comes before what is said of it.
  Status ReadBalancer(std::string_view key, std::string_view value) {
    std::string_view rest = key.substr(kBalancer.size());
    std::size_t index = 0;
    if (!TakeIndex(rest, index)) return AtLine(line_, "no such key: " + QuotedToken(key));
    if (rest == "Name") {
      if (value.starts_with(kScheme)) value.remove_prefix(kScheme.size());
      PT_ASSIGN_OR_RETURN(balancers_[index].name, ReadName(value));
      return Status::Ok();
    }
    if (!rest.starts_with(kWorker)) return Status::Ok();
    rest.remove_prefix(kWorker.size());
    std::size_t number = 0;
    const auto balancer = balancers_.find(index);
    if (!TakeIndex(rest, number) || balancer == balancers_.end()) {
      return AtLine(line_, "a member without its balancer: " + QuotedToken(key));
    }
    if (rest == "Name") {
      PT_ASSIGN_OR_RETURN(balancer->second.members[number].name, ReadName(value));
      return Status::Ok();
    }
    if (rest != "Status") return Status::Ok();
    const auto member = balancer->second.members.find(number);
    if (member == balancer->second.members.end()) return AtLine(line_, "a Status before its Name");
    member->second.up = IsUp(value);
    return Status::Ok();
  }

  std::size_t line_ = 0;
  ApacheStatus page_;
  std::optional<double> busy_workers_;
  bool has_scoreboard_ = false;
  std::map<std::size_t, Balancer> balancers_;
};

}  // namespace

Result<ApacheStatus> ParseApacheStatus(std::string_view text) {
  StatusReader reader;
  for (std::size_t lines = 0; !text.empty(); ++lines) {
    if (lines == kApacheLinesMax) {
      return Status::ResourceExhausted("the page has more than " + std::to_string(kApacheLinesMax) + " lines");
    }
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return reader.is_status() ? AtLine(lines + 1, "has no end: the page is cut off") : NotStatus();
    }
    PT_RETURN_IF_ERROR(reader.ReadLine(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return std::move(reader).Finish();
}

}  // namespace proxy_telemetry
