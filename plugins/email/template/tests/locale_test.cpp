// Money, dates, plurals and zones against what ICU says (cldr_facts.tsv, made by cldr_facts.mjs).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "plugins/email/template/locale_format.hpp"
#include "plugins/email/template/time_zone.hpp"
#include "plugins/email/template/translations.hpp"

namespace souk::email {
namespace {

using liquid::append_date;
using liquid::append_money;
using liquid::locale_format;
using liquid::LocaleFormat;
using liquid::MoneyStyle;

struct CldrFact {
  std::string kind, locale, name, text;
  std::int64_t number = 0;
};

std::vector<CldrFact> read_facts() {
  std::vector<CldrFact> facts;
  std::ifstream file(EMAIL_TEMPLATE_ROOM "/tests/cldr_facts.tsv");
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells{""};
    for (const char c : line) {
      if (c == '\t')
        cells.emplace_back();
      else
        cells.back() += c;
    }
    if (cells.size() == 5)
      facts.push_back(
          {cells[0], cells[1], cells[2], cells[4], std::strtoll(cells[3].c_str(), nullptr, 10)});
  }
  return facts;
}

TEST(Locale, IsWhatIcuSays) {
  const std::vector<CldrFact> facts = read_facts();
  ASSERT_GT(facts.size(), 2000U);
  for (const CldrFact& fact : facts) {
    const LocaleFormat& locale = locale_format(fact.locale);
    std::string made;
    if (fact.kind == "money") {
      append_money(fact.number, fact.name, locale, MoneyStyle::symbol, made);
    } else if (fact.kind == "date") {
      const std::int64_t us = fact.number * 1'000'000;
      append_date(civil_time(us, nullptr), us, fact.name, locale, made);
    } else if (fact.kind == "plural") {
      made = plural_category(fact.locale, fact.number);
    } else {
      const TimeZone* zone = find_time_zone(fact.locale);
      if (zone == nullptr) continue;  // a machine without a time zone database
      const std::int64_t us = fact.number * 1'000'000;
      append_date(civil_time(us, zone), us, "%d/%m/%Y, %H:%M:%S", locale, made);
    }
    EXPECT_EQ(made, fact.text) << fact.kind << ' ' << fact.locale << ' ' << fact.name << ' '
                               << fact.number;
  }
}

TEST(Locale, TagsAreFoundHoweverTheyAreWritten) {
  EXPECT_EQ(locale_format("DE-at").tag, "de-AT");
  EXPECT_EQ(locale_format("pt_PT").tag, "pt-PT");
  EXPECT_EQ(locale_format("fr-BE").tag, "fr");
  EXPECT_EQ(locale_format("no").tag, "nb");
  EXPECT_EQ(locale_format("tlh").tag, "en");
  EXPECT_EQ(locale_format("").tag, "en");
}

TEST(Locale, StylesOfMoney) {
  const auto money = [](std::int64_t units, std::string_view currency, std::string_view tag,
                        MoneyStyle style) {
    std::string made;
    append_money(units, currency, locale_format(tag), style, made);
    return made;
  };
  EXPECT_EQ(money(120000, "EUR", "de", MoneyStyle::no_zeros), "1.200\u00a0€");
  EXPECT_EQ(money(120050, "EUR", "de", MoneyStyle::no_zeros), "1.200,50\u00a0€");
  EXPECT_EQ(money(1999, "USD", "en", MoneyStyle::symbol_code), "$19.99 USD");
  EXPECT_EQ(money(1999, "CHF", "en", MoneyStyle::symbol_code), "CHF\u00a019.99");
  EXPECT_EQ(money(-1999, "EUR", "de", MoneyStyle::amount), "-19,99");
  EXPECT_EQ(money(INT64_MIN, "JPY", "en", MoneyStyle::symbol), "-¥9,223,372,036,854,775,808");
  EXPECT_EQ(money(1, "ZZZ", "de", MoneyStyle::symbol), "0,01\u00a0ZZZ");
}

TEST(Locale, ConversionsOfDates) {
  const auto date = [](std::string_view format) {
    std::string made;
    const std::int64_t us = 1'767'225'909'250'000;  // 2026-01-01 00:05:09.25
    append_date(civil_time(us, nullptr), us, format, locale_format("en"), made);
    return made;
  };
  EXPECT_EQ(date("%Y-%m-%dT%H:%M:%S.%L%z"), "2026-01-01T00:05:09.250+0000");
  EXPECT_EQ(date("%-d/%-m/%y %I:%M %p %l|%k|%e"), "1/1/26 12:05 AM 12| 0| 1");
  EXPECT_EQ(date("%^a %^B %j %u %w %U %W %G-W%V"), "THU JANUARY 001 4 4 00 00 2026-W01");
  EXPECT_EQ(date("%s %% %Q %"), "1767225909 % %Q %");
  EXPECT_EQ(date("%c"), "Jan 1, 2026 12:05 AM");
}

TEST(TimeZone, RefusesWhatIsNone) {
  EXPECT_EQ(find_time_zone("../../etc/passwd"), nullptr);
  EXPECT_EQ(find_time_zone("/etc/passwd"), nullptr);
  EXPECT_EQ(find_time_zone("Europe"), nullptr);
  EXPECT_EQ(find_time_zone("Europe/Atlantis"), nullptr);
  EXPECT_EQ(find_time_zone(""), nullptr);
  EXPECT_FALSE(TimeZone::parse("TZif2").has_value());
  std::string header = "TZif2" + std::string(39, '\0');
  header[39] = '\x7f';  // two billion transitions, and no bytes of them
  header[36] = '\x7f';
  EXPECT_FALSE(TimeZone::parse(header + header).has_value());
}

TEST(Translations, FallBackFromLocaleToLanguageToEnglish) {
  Translations texts;
  ASSERT_TRUE(
      texts
          .add(
              "en",
              R"({"a":{"b":"b-en","n":{"one":"{{ count }} thing","other":"{{count}} things"}},"c":"c-en"})")
          .ok());
  ASSERT_TRUE(texts.add("de", R"({"a":{"b":"b-de"}})").ok());
  EXPECT_EQ(texts.find("de-AT", "a.b", "")->literals[0], "b-de");
  EXPECT_EQ(texts.find("de-AT", "c", "")->literals[0], "c-en");
  EXPECT_EQ(texts.find("xx", "a.b", "")->literals[0], "b-en");
  EXPECT_EQ(texts.find("de", "a.n", "one")->literals[1], " thing");
  EXPECT_EQ(texts.find("de", "a.n", "few")->literals[1], " things");
  EXPECT_EQ(texts.find("de", "nothing", ""), nullptr);
  EXPECT_EQ(texts.find("de", std::string(500, 'k'), ""), nullptr);
  EXPECT_TRUE(texts.has("a.n"));
  EXPECT_FALSE(texts.has("a"));
}

TEST(Translations, FaultsAreNamed) {
  Translations texts;
  EXPECT_EQ(texts.add("en", "{\n  \"a\": x}").message(),
            "2:8: JSON: no JSON value starts like this");
  EXPECT_EQ(texts.add("en", R"({"a":{"b":[1]}})").message(),
            "translation 'a.b' is neither a text nor a map");
  EXPECT_FALSE(texts.add("en", R"({"a":"{{ name | upcase }}"})").ok());
  EXPECT_FALSE(texts.add("en", R"({"a":"{{ name"})").ok());
  EXPECT_FALSE(texts.add("en", "[]").ok());
}

}  // namespace
}  // namespace souk::email
