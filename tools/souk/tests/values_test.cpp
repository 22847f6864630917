#include "tools/souk/import/values.hpp"

#include <gmock/gmock.h>

namespace souk::cli {
namespace {

std::string price(std::string_view text, std::string_view currency = "EUR") {
  const auto parsed = parse_price(text, currency);
  if (!parsed) return "none";
  return std::to_string(parsed->minor) + parsed->currency;
}

TEST(Values, RefusesWhatIsNoPrice) {
  for (const char* text : {"", "free", "1.2.3", "12a", "--1", "EUR", "1e5"}) {
    EXPECT_EQ(price(text), "none") << text;
  }
}

TEST(Values, ReadsPricesAsShopsWriteThem) {
  EXPECT_EQ(price("18.99"), "1899");
  EXPECT_EQ(price("18,99"), "1899");
  EXPECT_EQ(price("1,234.50"), "123450");
  EXPECT_EQ(price("1.234,50"), "123450");
  EXPECT_EQ(price("1,234"), "123400");
  EXPECT_EQ(price("15.00 USD"), "1500USD");
  EXPECT_EQ(price("usd 15"), "1500USD");
  EXPECT_EQ(price("€ 12"), "1200EUR");
  EXPECT_EQ(price("$5"), "500");
  EXPECT_EQ(price("1500 JPY"), "1500JPY");
  EXPECT_EQ(price("1500", "JPY"), "1500");
  EXPECT_EQ(price("1.5", "KWD"), "1500");
  EXPECT_EQ(price("-3.10"), "-310");
}

TEST(Values, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2010-13-01", "2010-02-30", "2010-12-01 25:00",
                           "2010-12-01X08:26", "-5", "12/1"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

TEST(Values, ReadsTimesAsExportsWriteThem) {
  const std::int64_t expected = 1'291'191'960'000'000;  // 2010-12-01T08:26:00Z
  for (const char* text :
       {"2010-12-01 08:26:00", "2010-12-01T08:26:00Z", "2010-12-01 08:26", "12/1/2010 8:26",
        "2010-12-01 09:26:00 +0100", "2010-12-01T03:26:00.000-05:00", "1291191960", "1291191960000",
        "1291191960000000", "2010-12-01 08:26:00 UTC"}) {
    EXPECT_EQ(parse_time(text), expected) << text;
  }
  EXPECT_EQ(parse_time("2010-12-01"), 1'291'161'600'000'000);
  EXPECT_EQ(parse_time("2"), 978'307'202'000'000);  // a running number keeps its order
}

TEST(Values, KnowsCountriesAndYesAndNo) {
  EXPECT_EQ(country_code("United Kingdom"), "GB");
  EXPECT_EQ(country_code("EIRE"), "IE");
  EXPECT_EQ(country_code("de"), "DE");
  EXPECT_EQ(country_code("Unspecified"), "");
  EXPECT_EQ(parse_bool("TRUE"), true);
  EXPECT_EQ(parse_bool("archived"), false);
  EXPECT_EQ(parse_bool("perhaps"), std::nullopt);
}

}  // namespace
}  // namespace souk::cli
