// Numbers: what Go's ParseFloat takes of decimals, rounded as it rounds.
#include "base/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace proxy_telemetry {
namespace {

struct Case {
  const char* text;
  double value;
};

TEST(Number, ReadsDecimals) {
  const Case cases[] = {{"0", 0.0},
                        {"-0", -0.0},
                        {"-0.0", -0.0},
                        {"+1", 1},
                        {"007", 7},
                        {"5.", 5},
                        {".5", 0.5},
                        {"-.5e1", -5},
                        {"1e3", 1000},
                        {"1E+3", 1000},
                        {"1e-7", 1e-7},
                        {"0e400", 0},
                        {"0.000e999999999999999999999", 0},
                        {"1e-400", 0},
                        {"-1e-400", -0.0},
                        {"1e-99999999999999999999", 0},
                        {"0.1", 0.1},
                        {"9007199254740992", 9007199254740992.0},
                        {"9007199254740993", 9007199254740992.0},
                        {"9007199254740995", 9007199254740996.0},
                        {"18446744073709551616", 18446744073709551616.0},
                        {"5e-324", 5e-324},
                        {"4.9406564584124654e-324", 5e-324},
                        {"2.4703282292062328e-324", 5e-324},
                        {"2.4703282292062327e-324", 0},
                        {"2.2250738585072011e-308", 2.2250738585072011e-308},
                        {"1.7976931348623157e308", std::numeric_limits<double>::max()},
                        {"1.7976931348623158e308", std::numeric_limits<double>::max()},
                        {"0.00001e313", 1e308}};
  for (const Case& c : cases) {
    double value = 77;
    ASSERT_EQ(ParseNumber(c.text, value), NumberError::kNone) << c.text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(c.value)) << c.text << " " << value;
  }
}

TEST(Number, ReadsInfinitiesAndNaN) {
  for (const char* text : {"inf", "Inf", "INF", "+inf", "infinity", "+Infinity"}) {
    double value = 0;
    ASSERT_EQ(ParseNumber(text, value), NumberError::kNone) << text;
    EXPECT_EQ(value, INFINITY) << text;
    std::string negative = text[0] == '+' ? text + 1 : text;
    negative.insert(0, 1, '-');
    ASSERT_EQ(ParseNumber(negative, value), NumberError::kNone) << negative;
    EXPECT_EQ(value, -INFINITY) << text;
  }
  for (const char* text : {"nan", "NaN", "NAN"}) {
    double value = 0;
    ASSERT_EQ(ParseNumber(text, value), NumberError::kNone) << text;
    EXPECT_TRUE(std::isnan(value)) << text;
  }
}

TEST(Number, RefusesWhatIsNoDecimal) {
  for (const char* text : {"",      "+",     "-",    ".",    "+.",    "e5",        ".e5",  "1e",   "1e+",
                           "1e5.0", "1.2.3", "--1",  "+-1",  "1 ",    " 1",        "1x",   "0x10", "0x1p-2",
                           "1_000", "1p5",   "+nan", "-nan", "infin", "infinityx", "nano", "1,5",  "\xD9\xA1"}) {
    double value = 0;
    EXPECT_EQ(ParseNumber(text, value), NumberError::kSyntax) << text;
  }
}

TEST(Number, RefusesWhatIsTooLarge) {
  for (const char* text : {"1e309", "-1e309", "1e400", "1.7976931348623159e308", "1e99999999999999999999", "0.0001e400",
                           "123456789e301"}) {
    double value = 0;
    EXPECT_EQ(ParseNumber(text, value), NumberError::kRange) << text;
  }
  double value = 0;
  EXPECT_EQ(ParseNumber(std::string(400, '9'), value), NumberError::kRange);
  EXPECT_EQ(ParseNumber("0." + std::string(400, '0') + "1e401", value), NumberError::kNone);
  EXPECT_EQ(value, 1);
}

TEST(Number, AgreesWithStrtodOnRandomOnes) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::size_t digits = 1 + random() % 20; digits > 0; --digits) text += static_cast<char>('0' + random() % 10);
    if (random() % 2 == 0) text.insert(random() % (text.size() + 1), ".");
    if (random() % 3 == 0) text += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    const double expected = std::strtod(text.c_str(), nullptr);
    double value = 0;
    const NumberError error = ParseNumber(text, value);
    ASSERT_EQ(error, std::isinf(expected) ? NumberError::kRange : NumberError::kNone) << text;
    if (error == NumberError::kNone) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected)) << text;
    }
  }
}

TEST(Number, DoesNotHeedTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) std::setlocale(LC_ALL, name);
  double value = 0;
  EXPECT_EQ(ParseNumber("1.5e1", value), NumberError::kNone);
  EXPECT_EQ(value, 15);
  EXPECT_EQ(ParseNumber("1,5", value), NumberError::kSyntax);
  std::setlocale(LC_ALL, before.c_str());
}

}  // namespace
}  // namespace proxy_telemetry
