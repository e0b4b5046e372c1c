// HostMapper: from the names a proxy uses (HAProxy's backends) to hosts, by the rules of `hosts:`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/config.h"

namespace proxy_telemetry {

// Lower case (ASCII), without port and without trailing dots: "Shop.Example.:8080" -> "shop.example",
// "[::1]:80" -> "[::1]", "::1" -> "::1". What is no port stays: "be:shop". May be empty: ":80" -> "".
std::string NormalizeHost(std::string_view name);

// Immutable after Make; safe for concurrent use.
class HostMapper {
 public:
  // Fails on an expression that RE2 refuses; the loader has checked those of a Config.
  static Result<HostMapper> Make(const std::vector<HostRule>& rules);
  HostMapper(HostMapper&&) noexcept;
  HostMapper& operator=(HostMapper&&) noexcept;
  ~HostMapper();

  // The first rule that matches the whole name decides; none: the name itself. Always normalised. Where that leaves
  // nothing (a rule that expands to "", the name ":80") it is the name as it is: only "" gives "".
  //
  // In a rule's `host`, $1 and ${1} are groups, $name and ${name} named ones, $$ is a dollar; a group that the
  // expression does not have, or that did not take part, is empty. As in Go's regexp and thus in Prometheus, $1_x is
  // the group named "1_x": write ${1}_x.
  std::string HostOf(std::string_view name) const;

  // The host that a rule gives `name`; nullopt when no rule matches, or it leaves nothing.
  std::optional<std::string> RuledHost(std::string_view name) const;

 private:
  struct Rule;
  explicit HostMapper(std::vector<Rule> rules);
  std::vector<Rule> rules_;
};

}  // namespace proxy_telemetry
