// Series, as the store sees it. See tsdb/series.h for the contract of its handles.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/labels.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

struct Group;

class Series : public std::enable_shared_from_this<Series> {
 public:
  explicit Series(Labels labels) : labels_(std::move(labels)) {}
  const Labels& labels() const { return labels_; }

  // Where the writer put it last; only the writer looks, and only while `place_epoch` is the partition's.
  Group* place_group = nullptr;
  std::uint64_t place_epoch = 0;
  std::uint32_t place_slot = 0;

  // Guarded by the store's mutex. Partitions with a sample of it: those of the store, and with them those that left
  // it but may still be read by a view. Views of versions [kept_from, kept_until) know the series.
  std::uint32_t kept_in = 0;
  std::uint32_t held_in = 0;
  std::uint64_t kept_from = 0;
  std::uint64_t kept_until = 0;

 private:
  const Labels labels_;
};

}  // namespace proxy_telemetry::tsdb
