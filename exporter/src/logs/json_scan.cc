#include "logs/json_scan.h"

namespace proxy_telemetry {

// NOLINTBEGIN(misc-no-recursion): kLogDepthMax bounds it
bool JsonScan::SkipValue(int depth) {
  if (IsAtObject() || IsAtArray()) {
    if (depth >= kLogDepthMax) return Refuse(kTooDeep);
    return IsAtObject() ? SkipObject(depth + 1) : SkipArray(depth + 1);
  }
  JsonText ignored;
  return ReadScalar(ignored);
}

bool JsonScan::SkipObject(int depth) {
  ++at_;
  JsonText name;
  for (bool is_first = true;; is_first = false) {
    const Step step = NextMember(is_first, name);
    if (step != Step::kMember) return step == Step::kEnd;
    if (!SkipValue(depth)) return false;
  }
}

bool JsonScan::SkipArray(int depth) {
  ++at_;
  SkipBlanks();
  if (Take(']')) return true;
  while (true) {
    SkipBlanks();
    if (!SkipValue(depth)) return false;
    SkipBlanks();
    if (Take(']')) return true;
    if (!Take(',')) return Refuse(kNoComma);
  }
}
// NOLINTEND(misc-no-recursion)

}  // namespace proxy_telemetry
