// Every operation of a store's life fails once, or from then on; and at every one of them the power is cut. What was
// acknowledged is there afterwards, no value is wrong, and nothing is taken for damaged.
//
// PT_FAULT_STEP=n: only every n-th operation.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "bounded_workload.h"
#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint64_t kOperationsMax = 20'000;

std::uint64_t Step() {
  const char* given = std::getenv("PT_FAULT_STEP");
  return given != nullptr ? std::max(1ULL, std::strtoull(given, nullptr, 10)) : 1;
}

enum class Fault { kOnce, kFromThenOn, kNoSpaceFromThenOn };

class StoreOnFaults : public testing::TestWithParam<Fault> {};

// Until a run comes through that no fault reached.
TEST_P(StoreOnFaults, LosesNothingAcknowledged) {
  std::uint64_t runs = 0;
  std::uint64_t refused = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t failed_openings = 0;
  std::uint64_t operation = 1;
  for (; operation < kOperationsMax; operation += Step()) {
    SCOPED_TRACE("operation " + std::to_string(operation));
    BoundedWorkload workload;
    if (GetParam() == Fault::kOnce) workload.env().FailOnce(operation);
    if (GetParam() == Fault::kFromThenOn) workload.env().FailFrom(operation);
    if (GetParam() == Fault::kNoSpaceFromThenOn) workload.env().FailFrom(operation, FaultEnv::Error::kNoSpace);
    workload.Run();
    const bool reached = workload.env().failures() > 0;
    workload.env().StopFailing();
    workload.Check();
    if (HasFailure()) break;
    ++runs;
    refused += workload.refused();
    acknowledged += workload.acknowledged();
    failed_openings += workload.failed_openings();
    if (!reached) {
      EXPECT_TRUE(workload.undisturbed());
      break;
    }
  }
  std::cout << runs << " runs, the last of " << operation - 1 << " operations; " << acknowledged
            << " rounds acknowledged and there, " << refused << " refused, " << failed_openings
            << " openings refused\n";
  EXPECT_LT(operation, kOperationsMax);
  EXPECT_GT(operation, 200U);
  EXPECT_GT(refused, 0U);
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, StoreOnFaults,
                         testing::Values(Fault::kOnce, Fault::kFromThenOn, Fault::kNoSpaceFromThenOn),
                         [](const auto& tested) {
                           return tested.param == Fault::kOnce         ? "Once"
                                  : tested.param == Fault::kFromThenOn ? "FromThenOn"
                                                                       : "NoSpaceFromThenOn";
                         });

class StoreAtPowerCut : public testing::TestWithParam<Loss> {};

TEST_P(StoreAtPowerCut, LosesNothingAcknowledged) {
  std::mt19937_64 random = SeededRandom();
  std::uint64_t runs = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t operation = 1;
  for (; operation < kOperationsMax; operation += Step()) {
    SCOPED_TRACE("operation " + std::to_string(operation));
    BoundedWorkload workload;
    workload.env().PowerOffAt(operation);
    workload.Run();
    const bool done = workload.env().operations() < operation;
    workload.env().Lose(GetParam(), random);
    workload.Check();
    if (HasFailure()) break;
    ++runs;
    acknowledged += workload.acknowledged();
    if (done) break;
  }
  std::cout << runs << " power cuts, the last at " << operation << "; " << acknowledged
            << " rounds acknowledged and there\n";
  EXPECT_LT(operation, kOperationsMax);
  EXPECT_GT(operation, 200U);
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, StoreAtPowerCut, testing::Values(Loss::kBytes, Loss::kBytesAndNames, Loss::kSome),
                         [](const auto& tested) {
                           return tested.param == Loss::kBytes           ? "Bytes"
                                  : tested.param == Loss::kBytesAndNames ? "BytesAndNames"
                                                                         : "Some";
                         });

}  // namespace
}  // namespace proxy_telemetry::tsdb
