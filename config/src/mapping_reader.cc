#include "mapping_reader.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/labels.h"
#include "regex.h"

namespace proxy_telemetry {
namespace {

enum class Unit { kNone, kTime, kBytes };

// What the metrics under one key of `mapping:` may say.
struct Family {
  std::string_view key;
  std::vector<MappedMetric> Mapping::* metrics;
  bool code;
  bool backend;
  Unit unit;
  std::string_view host_key = "host";
};

const std::array<Family, 11> kFamilies{{
    {"requests", &Mapping::requests, true, false, Unit::kNone},
    {"errors", &Mapping::errors, false, false, Unit::kNone},
    {"latency", &Mapping::latency, false, false, Unit::kTime},
    {"in_flight", &Mapping::in_flight, false, false, Unit::kNone},
    {"request_bytes", &Mapping::request_bytes, false, false, Unit::kBytes},
    {"response_bytes", &Mapping::response_bytes, false, false, Unit::kBytes},
    {"backends", &Mapping::backends, false, false, Unit::kNone},
    {"backends_up", &Mapping::backends_up, false, false, Unit::kNone},
    {"backend_up", &Mapping::backend_up, false, true, Unit::kNone},
    {"backend_requests", &Mapping::backend_requests, true, true, Unit::kNone},
    {"frontend_requests", &Mapping::frontend_requests, true, false, Unit::kNone, "frontend"},
}};

struct UnitScale {
  std::string_view name;
  double scale;
};
constexpr std::array<UnitScale, 4> kTimes{{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}};
// In steps of 1024, as all sizes of the file.
constexpr double kKib = 1024;
constexpr std::array<UnitScale, 7> kSizes{{{"bytes", 1},
                                           {"KB", kKib},
                                           {"KiB", kKib},
                                           {"MB", kKib* kKib},
                                           {"MiB", kKib* kKib},
                                           {"GB", kKib* kKib* kKib},
                                           {"GiB", kKib* kKib* kKib}}};

template <std::size_t N>
void ReadUnit(Reader& reader, const Value* value, const std::array<UnitScale, N>& units, double& scale) {
  std::array<std::string_view, N> names;
  std::transform(units.begin(), units.end(), names.begin(), [](const UnitScale& unit) { return unit.name; });
  std::size_t index = 0;
  if (reader.OneOf(value, names, index)) scale = units[index].scale;
}

void ReadLabelName(Reader& reader, const Value* value, std::string& out) {
  std::string name;
  if (!reader.String(value, name)) return;
  if (IsValidLabelName(name)) {
    out = std::move(name);
  } else {
    reader.Fail(*value, Quoted(name) + " is not a label name; use letters, digits and _, no digit first");
  }
}

// The metrics of one key.
class FamilyReader {
 public:
  FamilyReader(Reader& reader, const Family& family, bool host_known)
      : reader_(reader), family_(family), host_known_(host_known) {}

  // One map, or a list of them.
  void Read(const Value& value, std::vector<MappedMetric>& out) {
    if (value.node->kind != YamlNode::Kind::kList) return ReadMetric(value, out);
    const std::vector<Value> items = reader_.List(value);
    if (items.empty()) reader_.Fail(value, "must name at least one metric; leave it out where there is none");
    for (const Value& item : items) ReadMetric(item, out);
  }

 private:
  Fields ReadKeys(const Value& value) {
    std::vector<Value> known;
    for (const Value& field : reader_.FreeMap(value)) {
      if (IsKnown(field.name())) {
        known.push_back(field);
      } else {
        reader_.FailKey(field, "unknown key; expected one of " + KnownKeys());
      }
    }
    return Fields(std::move(known));
  }

  bool IsKnown(std::string_view key) const {
    if (key == "code") return family_.code;
    if (key == "backend") return family_.backend;
    if (key == "unit") return family_.unit != Unit::kNone;
    return key == "metric" || key == "where" || key == "largest_of" || key == family_.host_key;
  }

  std::string KnownKeys() const {
    std::string names = "metric, " + std::string(family_.host_key);
    if (family_.code) names += ", code";
    if (family_.backend) names += ", backend";
    if (family_.unit != Unit::kNone) names += ", unit";
    return names + ", where or largest_of";
  }

  void ReadMetric(const Value& value, std::vector<MappedMetric>& out) {
    const Fields fields = ReadKeys(value);
    if (value.node->kind != YamlNode::Kind::kMap) return;
    MappedMetric& metric = out.emplace_back();
    ReadName(reader_.Require(value, fields, "metric"), metric.metric);
    ReadHost(value, fields, metric.host);
    ReadLabelName(reader_, fields.Find("code"), metric.code);
    const Value* backend = family_.backend ? reader_.Require(value, fields, "backend") : nullptr;
    ReadLabelName(reader_, backend, metric.backend);
    ReadLabelName(reader_, fields.Find("largest_of"), metric.largest_of);
    if (family_.unit == Unit::kTime) ReadUnit(reader_, fields.Find("unit"), kTimes, metric.scale);
    if (family_.unit == Unit::kBytes) ReadUnit(reader_, fields.Find("unit"), kSizes, metric.scale);
    if (const Value* where = fields.Find("where")) ReadWhere(*where, metric);
    RefuseTwins(fields);
  }

  void ReadName(const Value* value, std::string& out) {
    if (!reader_.String(value, out)) return;
    if (!IsValidMetricName(out)) {
      reader_.Fail(*value, Quoted(out) + " is not a metric name; use letters, digits, _ and :, no digit first");
    } else if (family_.unit == Unit::kTime && out.ends_with("_bucket")) {
      reader_.Fail(*value, Quoted(out) + " is one part of a histogram; write its name without _bucket");
    }
  }

  void ReadHost(const Value& value, const Fields& fields, std::string& out) {
    const Value* host = fields.Find(family_.host_key);
    ReadLabelName(reader_, host, out);
    if (host != nullptr || host_known_) return;
    const bool is_host = family_.host_key == "host";
    reader_.Fail(value, is_host ? "names no label that holds the host; add host: LABEL here or to mapping"
                                : "needs frontend, the label that holds the frontend's name");
  }

  void ReadWhere(const Value& value, MappedMetric& out) {
    for (const Value& condition : reader_.FreeMap(value)) {
      std::string pattern;
      if (!IsValidLabelName(condition.name())) {
        reader_.FailKey(condition, "is not a label name; use letters, digits and _, no digit first");
      } else if (reader_.String(&condition, pattern)) {
        if (std::string fault = RegexFault(pattern); !fault.empty()) reader_.Fail(condition, std::move(fault));
        out.where.emplace_back(condition.name(), std::move(pattern));
      }
    }
  }

  // One label cannot say two things.
  void RefuseTwins(const Fields& fields) {
    std::vector<const Value*> seen;
    for (const Value& field : fields) {
      if (field.name() == "metric" || field.name() == "where" || field.name() == "unit") continue;
      const auto twin = std::find_if(seen.begin(), seen.end(),
                                     [&field](const Value* other) { return other->node->text == field.node->text; });
      if (twin != seen.end() && !field.node->text.empty()) {
        reader_.Fail(field, "is the label of " + (*twin)->name() + " already; each needs its own");
      }
      seen.push_back(&field);
    }
  }

  Reader& reader_;
  const Family& family_;
  const bool host_known_;  // `mapping:` says it for all
};

void CheckProxy(Reader& reader, const Fields& job, const Value& mapping, ScrapeConfig& out) {
  if (job.Find("proxy") == nullptr) {
    out.proxy = ProxyKind::kOpenMetrics;
  } else if (out.proxy != ProxyKind::kOpenMetrics) {
    reader.FailKey(mapping, "goes with proxy: openmetrics only; a reader of its own needs none");
  }
}

}  // namespace

void ReadMapping(Reader& reader, const Fields& job, ScrapeConfig& out) {
  const Value* value = job.Find("mapping");
  if (value == nullptr) return;
  CheckProxy(reader, job, *value, out);
  std::array<std::string_view, kFamilies.size() + 1> keys{"host"};
  std::transform(kFamilies.begin(), kFamilies.end(), keys.begin() + 1, [](const Family& f) { return f.key; });
  const Fields fields = reader.Map(*value, keys);
  Mapping& mapping = out.mapping.emplace();
  const Value* host = fields.Find("host");
  ReadLabelName(reader, host, mapping.host);
  for (const Family& family : kFamilies) {
    const Value* metrics = fields.Find(family.key);
    if (metrics == nullptr) continue;
    const bool host_known = host != nullptr && family.host_key == "host";
    FamilyReader(reader, family, host_known).Read(*metrics, mapping.*family.metrics);
  }
  const std::size_t keys_of_host = host == nullptr ? 0 : 1;
  if (value->node->kind == YamlNode::Kind::kMap && value->node->children.size() == 2 * keys_of_host) {
    reader.FailKey(*value, "maps nothing; name at least one metric, such as requests: {metric: NAME}");
  }
}

}  // namespace proxy_telemetry
