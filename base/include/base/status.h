// Status and Result<T>: how every function here reports failure.
//
// A Status is a value: cheap when ok, a code and one sentence when not. It must be looked at
// ([[nodiscard]]); context is added on the way up with Prefixed(). Thread contract: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace proxy_telemetry {

// Why something failed, as far as a caller would act on it.
enum class StatusCode {
  kOk,
  kInvalidArgument,    // the caller's input is wrong: do not retry
  kNotFound,           // the thing asked for is not there
  kAlreadyExists,      // it is there and must not be
  kCorruption,         // stored or received data is damaged
  kIoError,            // the operating system refused
  kUnavailable,        // may work later (connection refused, busy)
  kTimeout,            // took longer than allowed
  kResourceExhausted,  // a limit was hit; the message names it
  kUnsupported,        // understood, but not supported (yet)
  kInternal,           // a defect of this program
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }
  static Status InvalidArgument(std::string m) { return {StatusCode::kInvalidArgument, std::move(m)}; }
  static Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
  static Status AlreadyExists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
  static Status Corruption(std::string m) { return {StatusCode::kCorruption, std::move(m)}; }
  static Status IoError(std::string m) { return {StatusCode::kIoError, std::move(m)}; }
  static Status Unavailable(std::string m) { return {StatusCode::kUnavailable, std::move(m)}; }
  static Status Timeout(std::string m) { return {StatusCode::kTimeout, std::move(m)}; }
  static Status ResourceExhausted(std::string m) { return {StatusCode::kResourceExhausted, std::move(m)}; }
  static Status Unsupported(std::string m) { return {StatusCode::kUnsupported, std::move(m)}; }
  static Status Internal(std::string m) { return {StatusCode::kInternal, std::move(m)}; }
  // The text of an errno value behind what was tried: "open /x: Permission denied".
  static Status FromErrno(int error, std::string_view what);

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same failure with "prefix: " in front; ok stays ok.
  Status Prefixed(std::string_view prefix) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// A T or the Status that says why there is none. value() requires ok().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // Ok when there is a value.
  Status status() const { return ok() ? Status::Ok() : std::get<1>(state_); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace proxy_telemetry

#define PT_CONCAT_INNER(a, b) a##b
#define PT_CONCAT(a, b) PT_CONCAT_INNER(a, b)

// Leaves the function with the failure, if there is one.
#define PT_RETURN_IF_ERROR(expression)                   \
  do {                                                   \
    ::proxy_telemetry::Status pt_status_ = (expression); \
    if (!pt_status_.ok()) return pt_status_;             \
  } while (false)

// Declares or assigns `target` from a Result, or leaves the function with its failure.
#define PT_ASSIGN_OR_RETURN(target, expression) \
  PT_ASSIGN_OR_RETURN_INNER(PT_CONCAT(pt_result_, __LINE__), target, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): result and target are declarations, which take no parentheses
#define PT_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                 \
  if (!result.ok()) return result.status();                   \
  target = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)
