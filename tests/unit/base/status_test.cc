#include "base/status.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

namespace proxy_telemetry {
namespace {

Status FailWhen(bool fail) { return fail ? Status::NotFound("no such thing") : Status::Ok(); }

Result<int> Half(int number) {
  if (number % 2 != 0) return Status::InvalidArgument("odd");
  return number / 2;
}

Status Walk(bool fail, int& steps) {
  ++steps;
  PT_RETURN_IF_ERROR(FailWhen(fail));
  ++steps;
  return Status::Ok();
}

Result<int> Quarter(int number) {
  PT_ASSIGN_OR_RETURN(const int half, Half(number));
  int quarter = 0;
  PT_ASSIGN_OR_RETURN(quarter, Half(half));
  return quarter;
}

TEST(Status, IsOkUntilItIsNot) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status::Ok().code(), StatusCode::kOk);
  EXPECT_EQ(Status::Ok().message(), "");
  const Status failed = Status::Corruption("torn");
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(failed.code(), StatusCode::kCorruption);
  EXPECT_EQ(failed.message(), "torn");
}

TEST(Status, EachFactoryHasItsCode) {
  EXPECT_EQ(Status::InvalidArgument("").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Status::NotFound("").code(), StatusCode::kNotFound);
  EXPECT_EQ(Status::AlreadyExists("").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Status::IoError("").code(), StatusCode::kIoError);
  EXPECT_EQ(Status::Unavailable("").code(), StatusCode::kUnavailable);
  EXPECT_EQ(Status::Timeout("").code(), StatusCode::kTimeout);
  EXPECT_EQ(Status::ResourceExhausted("").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Status::Unsupported("").code(), StatusCode::kUnsupported);
  EXPECT_EQ(Status::Internal("").code(), StatusCode::kInternal);
}

TEST(Status, TakesContextOnTheWayUp) {
  const Status failed = Status::NotFound("CURRENT").Prefixed("partition 7").Prefixed("open /data");
  EXPECT_EQ(failed.code(), StatusCode::kNotFound);
  EXPECT_EQ(failed.message(), "open /data: partition 7: CURRENT");
  EXPECT_TRUE(Status::Ok().Prefixed("open /data").ok());
  EXPECT_EQ(Status::Ok().Prefixed("open /data").message(), "");
}

TEST(Status, OfAnErrnoSaysWhatWasTriedAndWhy) {
  const Status failed = Status::FromErrno(EACCES, "open /x");
  EXPECT_EQ(failed.code(), StatusCode::kIoError);
  EXPECT_EQ(failed.message(), "open /x: Permission denied");
}

TEST(StatusMacros, ReturnIfErrorStopsOnlyOnFailure) {
  int steps = 0;
  EXPECT_TRUE(Walk(false, steps).ok());
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(Walk(true, steps).message(), "no such thing");
  EXPECT_EQ(steps, 3);
}

TEST(StatusMacros, AssignOrReturnTakesTheValueOrLeaves) {
  const Result<int> two = Quarter(8);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(*two, 2);
  EXPECT_EQ(Quarter(7).status().message(), "odd");
  EXPECT_EQ(Quarter(6).status().code(), StatusCode::kInvalidArgument);
}

TEST(Result, HoldsAValueThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.status().ok());
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 5);
}

TEST(Result, GivesAccessToItsValueInPlace) {
  Result<std::string> result = std::string("abc");
  result->push_back('d');
  EXPECT_EQ(*result, "abcd");
  EXPECT_EQ(result->size(), 4U);
}

}  // namespace
}  // namespace proxy_telemetry
