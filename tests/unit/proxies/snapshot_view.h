// SnapshotView: a snapshot as tests want to look at it, and the fixtures it was made of.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "exporter/host_mapper.h"
#include "exporter/snapshot.h"

namespace proxy_telemetry {

std::string ReadFixture(const std::string& name);

HostMapper MapperOf(std::vector<HostRule> rules);
HostMapper NoRules();

// Values by "name{label="value",...}", labels sorted by name.
using Values = std::map<std::string, double>;

// Fails the test when a family is there twice, a series is there twice or a sample is not of its family.
Values ValuesOf(const Snapshot& snapshot);
// Fails the test when reading failed.
Values ValuesOf(const Result<Snapshot>& snapshot);

// Those whose key begins with `prefix`.
Values StartingWith(const Values& values, std::string_view prefix);
double SumOf(const Values& values, std::string_view prefix);

// The failure's message; "" when reading succeeded.
std::string MessageOf(const Result<Snapshot>& snapshot);

}  // namespace proxy_telemetry
