// Each filter with known answers: what Liquid documents, and what shops rely on.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/email/template/template.hpp"

namespace souk::email {
namespace {

constexpr const char* kFilterContext = R"({
  "name":"ada LOVELACE","text":"one two three four","page":"  so much room  ","lines":"a\nb\r\nc",
  "tags":["b","a","C","a"],"price":1999,"zero":0,"none":null,"off":false,"empty":"","at":1772720829,
  "money":{"amount":129900,"currency":"JPY"},
  "items":[{"t":"x","p":30,"v":{"s":1},"ok":true},{"t":"y","p":10,"v":{"s":3}},{"t":"z","p":20,"ok":true}]})";

std::string filtered(std::string_view expression, std::string_view locale = "en") {
  CompileOptions compile;
  compile.html = false;
  const Result<Template> made =
      Template::compile("t", "{{ " + std::string(expression) + " }}", compile);
  if (!made.ok()) return made.status().message();
  ValueArena arena;
  const Result<Value> context = parse_json(kFilterContext, arena);
  if (!context.ok()) return context.status().message();
  std::string out;
  RenderOptions options;
  options.locale = locale;
  options.currency = "EUR";
  options.now_us = 1'772'720'829'000'000;
  const Status status = made->render(*context, options, out);
  return status.ok() ? out : status.message();
}

void expect_all(const std::vector<std::pair<const char*, const char*>>& answers) {
  for (const auto& [expression, answer] : answers)
    EXPECT_EQ(filtered(expression), answer) << expression;
}

TEST(Filters, Text) {
  expect_all({
      {"name | upcase", "ADA LOVELACE"},
      {"name | downcase", "ada lovelace"},
      {"name | capitalize", "Ada lovelace"},
      {"'élan ЖУК straße' | upcase", "ÉLAN ЖУК STRAßE"},
      {"'ÄÖÜ ŁÓDŹ' | downcase", "äöü łódź"},
      {"page | strip | append: '.'", "so much room."},
      {"page | lstrip | size", "14"},
      {"page | rstrip | size", "14"},
      {"lines | strip_newlines", "abc"},
      {"'Ground control to Major Tom.' | truncate: 20", "Ground control to..."},
      {"'Ground control to Major Tom.' | truncate: 25, ', and so on'", "Ground control, and so on"},
      {"'Ground control to Major Tom.' | truncate: 20, ''", "Ground control to Ma"},
      {"'äöüäöü' | truncate: 4, '…'", "äöü…"},
      {"'short' | truncate: -1", "..."},
      {"'Ground control to Major Tom.' | truncatewords: 3", "Ground control to..."},
      {"'Ground control' | truncatewords: 3", "Ground control"},
      {"'Ground control to' | truncatewords: 2, '--'", "Ground control--"},
      {"'a-b-c' | replace: '-', '+'", "a+b+c"},
      {"'a-b-c' | replace: '', '+'", "a-b-c"},
      {"'a-b-c' | replace_first: '-', '+'", "a+b-c"},
      {"'a-b-c' | replace_last: '-', '+'", "a-b+c"},
      {"'a-b-c' | remove: '-'", "abc"},
      {"'a-b-c' | remove_first: '-'", "ab-c"},
      {"'b' | prepend: 'a' | append: 1.5", "ab1.5"},
      {"'Liquid' | slice: 2, 3", "qui"},
      {"'Liquid' | slice: -3, 2", "ui"},
      {"'Liquid' | slice: 9", ""},
      {"none | default: 'd'", "d"},
      {"empty | default: 'd'", "d"},
      {"off | default: 'd'", "d"},
      {"off | default: 'd', allow_false: true", "false"},
      {"zero | default: 'd'", "0"},
      {"1 | pluralize: 'item', 'items'", "item"},
      {"2 | pluralize: 'item', 'items'", "items"},
      {"'Größe' | size", "5"},
  });
}

TEST(Filters, Markup) {
  expect_all({
      {"'<p>\"&' | escape", "&lt;p&gt;&quot;&amp;"},
      {"'1 &lt; 2 & 3' | escape_once", "1 &lt; 2 &amp; 3"},
      {"'Have <em>you</em> read <strong>Ulysses</strong>?' | strip_html", "Have you read Ulysses?"},
      {"'a<script>x</script><style>y</style><!-- z -->b &amp; c' | strip_html", "ab & c"},
      {"'john@example.com a&b' | url_encode", "john%40example.com+a%26b"},
      {"'%27Stop%21%27+said' | url_decode", "'Stop!' said"},
      {"items | map: 'v' | json", R"([{"s":1},{"s":3},null])"},
      {"'</script>' | json", "\"\\u003c/script\\u003e\""},
  });
}

TEST(Filters, Lists) {
  expect_all({
      {"tags | join: ', '", "b, a, C, a"},
      {"tags | sort | join", "C a a b"},
      {"tags | sort_natural | join", "a a b C"},
      {"tags | uniq | join", "b a C"},
      {"tags | reverse | join", "a C a b"},
      {"tags | size", "4"},
      {"tags | first", "b"},
      {"tags | last", "a"},
      {"tags | slice: 1, 2 | join", "a C"},
      {"'a~b~~c' | split: '~' | size", "4"},
      {"'abc' | split: '' | join: '.'", "a.b.c"},
      {"items | sort: 'p' | map: 't' | join", "y z x"},
      {"items | sort: 'v.s' | map: 't' | join", "x y z"},
      {"items | where: 'ok' | map: 't' | join", "x z"},
      {"items | where: 't', 'y' | map: 'p' | join", "10"},
      {"items | reject: 'ok' | map: 't' | join", "y"},
      {"items | sum: 'p'", "60"},
      {"items | map: 'v' | compact | size", "2"},
      {"tags | concat: items | size", "7"},
      {"(1..4) | reverse | join", "4 3 2 1"},
      {"none | join", ""},
      {"none | size", "0"},
  });
}

TEST(Filters, Numbers) {
  expect_all({
      {"4 | plus: 2", "6"},
      {"'3.5 kg' | plus: 1", "4.5"},
      {"4 | minus: 2.0", "2.0"},
      {"3 | times: 2", "6"},
      {"16 | divided_by: 4", "4"},
      {"5 | divided_by: 3", "1"},
      {"-5 | divided_by: 3", "-2"},
      {"20 | divided_by: 7.0 | round: 3", "2.857"},
      {"1 | divided_by: 0", ""},
      {"3 | modulo: 2", "1"},
      {"-3 | modulo: 2", "1"},
      {"183.357 | modulo: 12 | round: 3", "3.357"},
      {"1.2 | round", "1"},
      {"2.7 | round", "3"},
      {"1.005 | round: 2", "1.01"},
      {"1.2 | ceil", "2"},
      {"-1.2 | floor", "-2"},
      {"-17 | abs", "17"},
      {"4 | at_least: 5", "5"},
      {"4 | at_most: 3", "3"},
      {"9223372036854775807 | plus: 1", "9.223372036854776e+18"},
      {"none | plus: 1", "1"},
  });
}

TEST(Filters, MoneyDatesAndNumbersOfTheLocale) {
  EXPECT_EQ(filtered("price | money"), "€19.99");
  EXPECT_EQ(filtered("price | money", "de"), "19,99\u00a0€");
  EXPECT_EQ(filtered("price | money: 'USD'", "fr"), "19,99\u00a0$US");
  EXPECT_EQ(filtered("price | money_with_currency"), "€19.99 EUR");
  EXPECT_EQ(filtered("price | money_without_currency", "de"), "19,99");
  EXPECT_EQ(filtered("2000 | money_without_trailing_zeros"), "€20");
  EXPECT_EQ(filtered("money | money"), "¥129,900");
  EXPECT_EQ(filtered("price | times: 0.5 | money"), "€10.00");
  EXPECT_EQ(filtered("none | money"), "");
  EXPECT_EQ(filtered("'word' | money"), "");
  EXPECT_EQ(filtered("1234567.891 | number: 2", "de"), "1.234.567,89");
  EXPECT_EQ(filtered("1234 | number", "es"), "1234");
  EXPECT_EQ(filtered("at | date: '%Y-%m-%d %H:%M'"), "2026-03-05 14:27");
  EXPECT_EQ(filtered("at | times: 1000000 | date: 'long'", "de"), "5. März 2026");
  EXPECT_EQ(filtered("at | times: 1000 | date: 'full'", "fr"), "jeudi 5 mars 2026");
  EXPECT_EQ(filtered("'2026-03-05T23:30:00+01:00' | date: '%F %R'"), "2026-03-05 22:30");
  EXPECT_EQ(filtered("'2026-03-05' | date"), "Mar 5, 2026");
  EXPECT_EQ(filtered("'now' | date: '%s'"), "1772720829");
  EXPECT_EQ(filtered("at | date: '%H:%M %Z', 'UTC'"), "14:27 UTC");
  EXPECT_EQ(filtered("'soon' | date"), "soon");
  EXPECT_EQ(filtered("none | date"), "");
  if (find_time_zone("America/New_York") != nullptr) {
    EXPECT_EQ(filtered("at | date: '%H:%M %Z %z', 'America/New_York'"), "09:27 EST -0500");
  }
}

TEST(Filters, Translations) {
  Translations texts;
  ASSERT_TRUE(
      texts
          .add(
              "en",
              R"({"hi":"Hi {{ name }}!","left_html":"<b>{{ what }}</b>","n":{"one":"1 item","other":"{{ count }} items"}})")
          .ok());
  ASSERT_TRUE(texts.add("de", R"({"hi":"Hallo {{ name }}!"})").ok());
  const auto shown = [&](std::string_view expression, std::string_view locale) {
    const Result<Template> made =
        Template::compile("t", "{{ " + std::string(expression) + " }}", {});
    std::string out;
    EXPECT_TRUE(made.ok() &&
                made->render(Value(), {.locale = locale, .translations = &texts}, out).ok());
    return out;
  };
  EXPECT_EQ(shown("'hi' | t: name: '<Ada>'", "de-AT"), "Hallo &lt;Ada&gt;!");
  EXPECT_EQ(shown("'hi' | t", "en"), "Hi !");
  EXPECT_EQ(shown("'left_html' | t: what: '<i>'", "en"), "<b>&lt;i&gt;</b>");
  EXPECT_EQ(shown("'n' | t: count: 1", "en") + shown("'n' | t: count: 2.0", "de"), "1 item2 items");
  EXPECT_EQ(shown("'n' | t: count: 1.5", "de"), "1,50 items");
  EXPECT_EQ(shown("'unknown' | t", "en"), "unknown");
}

}  // namespace
}  // namespace souk::email
