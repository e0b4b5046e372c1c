// What all readers of JSON rest on: limits, members that are skipped, bytes that are no UTF-8.
#include "proxies/json_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;

constexpr JsonLimits kWide{32, 1000};
constexpr std::array<std::string_view, 2> kSkipped = {"s", "t"};

std::string Parsed(std::string_view text, const JsonLimits& limits = kWide) {
  auto document = ParseJson(text, limits, kSkipped);
  return document.ok() ? document->dump() : document.status().message();
}

TEST(ParseJson, LeavesOutSkippedMembersWhereverTheyAre) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"s":1,"a":2})", R"({"a":2})"},
      {R"({"a":2,"s":[1,{"a":3}]})", R"({"a":2})"},
      {R"({"s":{"s":{"a":1}},"t":null,"b":{"s":"x","c":[{"t":1,"d":2}]}})", R"({"b":{"c":[{"d":2}]}})"},
      {R"({"s":{},"a":{"b":1}})", R"({"a":{"b":1}})"},
      {R"({"a":["s",{"x":"s"}]})", R"({"a":["s",{"x":"s"}]})"},
      {R"([{"s":1},{"a":1}])", R"([{},{"a":1}])"},
      {R"({"a":{"s":[[]]},"b":1})", R"({"a":{},"b":1})"},
  };
  for (const auto& [text, left] : cases) EXPECT_EQ(Parsed(text), left) << text;
}

TEST(ParseJson, ChecksButDoesNotCountWhatItSkips) {
  EXPECT_THAT(Parsed(R"({"s":[1,}")"), HasSubstr("bad JSON"));
  const std::string many = "[1,2,3,4,5,6,7,8,9,10]";
  EXPECT_EQ(Parsed(R"({"s":)" + many + R"(,"a":1})", {4, 5}), R"({"a":1})");
  EXPECT_THAT(Parsed(R"({"a":)" + many + "}", {4, 5}), HasSubstr("more than 5 values"));
  EXPECT_THAT(Parsed(R"({"s":1,"a":)" + many + "}", {4, 5}), HasSubstr("more than 5 values"));
  EXPECT_THAT(Parsed(R"({"s":[[[[[]]]]]})", {4, 100}), HasSubstr("nested deeper than 4"));
}

// The slow twin: parse everything, then take the members out.
void Remove(nlohmann::json& value) {
  for (const std::string_view key : kSkipped) {
    if (value.is_object()) value.erase(std::string(key));
  }
  for (nlohmann::json& child : value) {
    if (child.is_structured()) Remove(child);
  }
}

nlohmann::json RandomJson(std::mt19937& random, int depth) {
  constexpr std::array<const char*, 4> kKeys = {"a", "b", "s", "t"};
  const auto kind = random() % (depth > 4 ? 2U : 4U);
  if (kind == 0) return random() % 10;
  if (kind == 1) return random() % 2 == 0 ? nlohmann::json(nullptr) : nlohmann::json("s");
  nlohmann::json value = kind == 2 ? nlohmann::json::array() : nlohmann::json::object();
  for (auto i = random() % 4; i > 0; --i) {
    if (kind == 2) {
      value.push_back(RandomJson(random, depth + 1));
    } else {
      value[kKeys[random() % kKeys.size()]] = RandomJson(random, depth + 1);
    }
  }
  return value;
}

TEST(ParseJson, AgreesWithItsSlowTwin) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    nlohmann::json value = RandomJson(random, 0);
    const std::string text = value.dump();
    if (value.is_structured()) Remove(value);
    EXPECT_EQ(Parsed(text), value.dump()) << text;
  }
}

TEST(WithInvalidUtf8Escaped, LeavesAloneWhatIsValid) {
  for (const std::string text : {"", "a", "caf\xc3\xa9", "{\"a\":1}"}) EXPECT_EQ(WithInvalidUtf8Escaped(text), text);
}

TEST(WithInvalidUtf8Escaped, ShowsEachBadByteInsideAString) {
  EXPECT_EQ(Parsed(WithInvalidUtf8Escaped("{\"\xff\":\"\xc3(\xe2\x82\"}")), Parsed(R"({"\\xFF":"\\xC3(\\xE2\\x82"})"));
  EXPECT_EQ(FindInvalidUtf8(WithInvalidUtf8Escaped("\x80\xc3\xa9\xc3")), std::string_view::npos);
}

TEST(WithInvalidUtf8Escaped, DoesNotMakeBadJsonGood) {
  EXPECT_THAT(Parsed(WithInvalidUtf8Escaped("{\xff}")), HasSubstr("bad JSON"));
}

}  // namespace
}  // namespace proxy_telemetry
