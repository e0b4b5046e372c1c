// FamilyTable: which metric family each sample of a page belongs to, told to the sink in terms of text format 0.0.4.
//
// Lifetime: one page; the sink must outlive it. Single thread. A family is announced when its metadata is complete
// (other metadata, a new series, or the end of the page follows), and again when later metadata changes it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporter/metric_family.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/page_sink.h"
#include "openmetrics_metadata.h"

namespace proxy_telemetry {

class FamilyTable {
 public:
  FamilyTable(ExpositionFormat format, PageSink& sink) : format_(format), sink_(sink) {}

  // HELP and TYPE lines; UNIT and comments are not looked at.
  void Declare(const Metadata& metadata);
  // The family of a new series; announces it if it has not been.
  PageSink::FamilyId FamilyOf(std::string_view sample_name);
  // Announces what was declared last. Call at the end of the page.
  void Flush();

 private:
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

  struct Declared {
    DeclaredType type = DeclaredType::kUnknown;
    std::string help;
  };
  struct Announced {
    PageSink::FamilyId id = 0;
    MetricType type = MetricType::kUntyped;
  };
  // A family in the sink's terms; views last until the next call of Declare().
  struct Exposed {
    std::string_view name;
    MetricType type = MetricType::kUntyped;
    std::string_view help;
    bool declared = true;
  };

  Exposed Resolve(std::string_view sample_name) const;
  // The family of `sample_name` when `suffix` ends it and `name` in front of that was declared.
  bool ResolveSuffix(std::string_view sample_name, std::string_view suffix, Exposed& exposed) const;
  PageSink::FamilyId Announce(const Exposed& exposed);

  const ExpositionFormat format_;
  PageSink& sink_;
  StringMap<Declared> declared_;                                     // by the name behind # TYPE
  StringMap<Announced> announced_;                                   // by the name the sink knows
  const std::pair<const std::string, Declared>* pending_ = nullptr;  // in declared_, whose nodes stay where they are
  MetricFamily scratch_;
  // The last answer of FamilyOf(), good until the next declaration: samples of one name mostly come in a row.
  std::string last_name_;
  PageSink::FamilyId last_id_ = 0;
};

}  // namespace proxy_telemetry
