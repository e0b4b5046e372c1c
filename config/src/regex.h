// Regular expressions as the file may hold them, and the $1 that stand for what they found.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace proxy_telemetry {

// Empty when RE2 takes `pattern`; else what is wrong with it.
std::string RegexFault(const std::string& pattern);

// What may stand behind a $ for a pattern without fault: "0", "1", ... and the names of named groups.
std::set<std::string> RegexGroups(const std::string& pattern);

// Takes the name of a group, as in $name or ${name}, off the front of `text`, which begins behind the $. As in
// Prometheus the longest name counts: $1x is a group called 1x. Empty when there is none.
std::string TakeGroupName(std::string_view& text);

}  // namespace proxy_telemetry
