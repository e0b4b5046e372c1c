// ${NAME} in values of the configuration.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "config/loader.h"

namespace proxy_telemetry {

// Puts the environment's value in place of each ${NAME}, NAME being [A-Za-z_][A-Za-z0-9_]*. `$${` stands for a plain
// `${`. Everything else with a $ stays, `$1` and `${1}` among it: they are the groups of `hosts:`. What is put in is
// not expanded again. Fails on unset variables (all of them named), on an unfinished ${NAME, and on a result of more
// than `bytes_max`.
Result<std::string> ExpandEnv(std::string_view text, const EnvLookup& env, std::size_t bytes_max);

}  // namespace proxy_telemetry
