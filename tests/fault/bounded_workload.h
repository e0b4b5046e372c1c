// BoundedWorkload: a short life of a store on a FaultEnv, from rounds over closed blocks, tiers, sealing and expiry to
// a second opening; and what must hold after whatever happened to it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "contents.h"
#include "fault_env.h"
#include "support/scratch_dir.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

class BoundedWorkload {
 public:
  BoundedWorkload();

  FaultEnv& env() { return env_; }
  // All rounds, and all else; a round that is refused is tried again once, as nothing of it was taken. Never stops at
  // a failure.
  void Run();
  // Whether nothing was refused, and the store opened each time.
  bool undisturbed() const { return refused_ == 0 && failed_openings_ == 0 && failed_expiries_ == 0; }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t failed_openings() const { return failed_openings_; }
  std::uint64_t acknowledged() const { return acknowledged_.size(); }

  // With an Env that works again: the store opens; all that was acknowledged is there; no value is wrong; what was
  // refused is there as a whole or not at all; nothing is taken for damaged; it goes on.
  void Check();

 private:
  StoreOptions OptionsFor();
  bool OpenStore();
  void AppendRound(std::int64_t tick);
  void CheckContents(const Store& store, bool is_new);

  const ScratchDir scratch_;
  FaultEnv env_;
  std::unique_ptr<Store> store_;
  std::map<std::int64_t, int> tries_;         // by tick: of those that were never acknowledged
  std::map<std::int64_t, int> acknowledged_;  // by tick: at which try
  std::int64_t expired_before_ms_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t refused_here_ = 0;  // by the store that is open
  std::uint64_t failed_openings_ = 0;
  std::uint64_t failed_expiries_ = 0;
};

}  // namespace proxy_telemetry::tsdb
