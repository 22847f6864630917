// The templates that come with Souk: each renders in each language, with all of its context and
// none.
#include "plugins/email/template/default_templates.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "plugins/email/template/text_of.hpp"

namespace souk::email {
namespace {

std::string room_file(const std::string& path) {
  std::ifstream file(std::string(EMAIL_TEMPLATE_ROOM) + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

CompileOptions default_options(bool html) {
  CompileOptions options;
  options.loader = default_loader();
  options.known = &context_variables();
  options.translations = &default_translations();
  options.html = html;
  return options;
}

Result<Template> default_template(const std::string& name) {
  return Template::compile(name, default_file(name).value_or(""),
                           default_options(name.ends_with(".html")));
}

RenderOptions in_locale(std::string_view locale) {
  RenderOptions options;
  options.locale = locale;
  options.currency = "EUR";
  options.translations = &default_translations();
  return options;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(DefaultTemplates, TranslationsOfAllLanguagesHaveTheSameKeys) {
  std::vector<std::string_view> english;
  Translations first;
  ASSERT_TRUE(first.add("en", *default_file("translations/en.json")).ok());
  english = first.keys();
  ASSERT_GT(english.size(), 80U);
  for (const char* locale : {"de", "fr", "es"}) {
    Translations texts;
    const Status added =
        texts.add(locale, *default_file("translations/" + std::string(locale) + ".json"));
    ASSERT_TRUE(added.ok()) << locale << ' ' << added.message();
    EXPECT_EQ(texts.keys(), english) << locale;
  }
}

TEST(DefaultTemplates, RenderInEveryLanguageWithAllAndWithNothing) {
  ValueArena arena;
  const Result<Value> sample = parse_json(room_file("/../templates/samples/shop.json"), arena);
  ASSERT_TRUE(sample.ok()) << sample.status().message();
  for (const DefaultFlow& flow : default_flows()) {
    const std::string name(flow.name);
    const Result<Template> html = default_template(name + ".html");
    const Result<Template> sms = default_template(name + ".sms.txt");
    const Result<Template> subject =
        Template::compile("s", default_subject(name), default_options(false));
    ASSERT_TRUE(html.ok()) << html.status().message();
    ASSERT_TRUE(sms.ok()) << sms.status().message();
    ASSERT_TRUE(subject.ok()) << subject.status().message();
    for (const char* locale : {"en", "de", "fr", "es", "pl"}) {
      std::string out;
      for (const Value& context : {*sample, Value()}) {
        ASSERT_TRUE(html->render(context, in_locale(locale), out).ok());
        EXPECT_EQ(occurrences(out, "<table"), occurrences(out, "</table>")) << name;
        EXPECT_EQ(occurrences(out, "<tr"), occurrences(out, "</tr>")) << name;
        EXPECT_EQ(occurrences(out, "<td"), occurrences(out, "</td>")) << name;
        EXPECT_EQ(occurrences(out, "<img"), occurrences(out, " alt=\"")) << name;
        EXPECT_LT(out.size(), 100'000U) << "Gmail cuts longer messages";
        EXPECT_FALSE(text_of(out).empty());
        ASSERT_TRUE(sms->render(context, in_locale(locale), out).ok());
        EXPECT_FALSE(out.empty());
        ASSERT_TRUE(subject->render(context, in_locale(locale), out).ok());
        EXPECT_FALSE(out.empty());
      }
    }
  }
}

TEST(DefaultTemplates, ACartSaysWhatItHolds) {
  ValueArena arena;
  const Result<Value> sample = parse_json(room_file("/../templates/samples/shop.json"), arena);
  const Result<Template> cart = default_template("abandoned_cart.html");
  ASSERT_TRUE(sample.ok() && cart.ok());
  std::string out;
  ASSERT_TRUE(cart->render(*sample, in_locale("de"), out).ok());
  const std::string text = text_of(out);
  for (const char* part :
       {"Hallo Ada,", "Linen shirt, relaxed fit <https://shop.example/p/linen-shirt>", "Sand · M",
        "59,90\u00a0€\n~79,90\u00a0€~\n\nCanvas", "4 Stück", "ADA-7KQ2", "14. März 2026",
        "Zum Warenkorb <https://shop.example/cart/restore>",
        "Abmelden <https://shop.example/u/token>", "Harbour Street 12"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("Wir haben deinen Warenkorb bei"), std::string::npos)
      << "the preheader is hidden";
  EXPECT_NE(out.find("background-color:#0b5d4e"), std::string::npos)
      << "the shop's colour is inlined";
  EXPECT_EQ(out.find("class=\"shop-name\">"), std::string::npos);
}

TEST(DefaultTemplates, AHostileCatalogueStaysText) {
  ValueArena arena;
  const Result<Value> hostile = parse_json(
      R"j({"cart":{"url":"javascript:alert(1)","items":[{"title":"<img src=x onerror=alert(1)>","url":"data:text/html,x","price":"1;","image":"\" onload=\"x"}]},
          "person":{"first_name":"{{ 7 | times: 7 }}<script>"},"shop":{"name":"\r\nBcc: a@b.example"}})j",
      arena);
  ASSERT_TRUE(hostile.ok()) << hostile.status().message();
  const Result<Template> cart = default_template("abandoned_cart.html");
  std::string out;
  ASSERT_TRUE(cart.ok() && cart->render(*hostile, in_locale("en"), out).ok());
  EXPECT_EQ(out.find("<script"), std::string::npos);
  EXPECT_EQ(out.find("<img src=x"), std::string::npos);
  EXPECT_EQ(out.find("javascript:"), std::string::npos);
  EXPECT_EQ(out.find("data:"), std::string::npos);
  EXPECT_EQ(out.find("\" onload"), std::string::npos);
  EXPECT_NE(out.find("{{ 7 | times: 7 }}"), std::string::npos) << "data is no template";
}

TEST(DefaultTemplates, AShopsOwnFilesComeFirst) {
  CompileOptions options = default_options(true);
  options.loader = default_loader([](std::string_view name) -> std::optional<std::string> {
    if (name == "layout.html") return "own: {% block content %}{% endblock %}";
    return std::nullopt;
  });
  const Result<Template> made =
      Template::compile("welcome.html", *default_file("welcome.html"), options);
  ASSERT_TRUE(made.ok()) << made.status().message();
  std::string out;
  ASSERT_TRUE(made->render(Value(), in_locale("en"), out).ok());
  EXPECT_EQ(out.substr(0, 5), "own: ");
}

/// Every pair of blocks in README.md: ```liquid, then what it ```gives, with the ```json before
/// them.
TEST(Readme, ItsExamplesGiveWhatItSays) {
  const std::string readme = room_file("/README.md");
  ASSERT_FALSE(readme.empty());
  ValueArena arena;
  Value context;
  std::string liquid;
  int checked = 0;
  for (std::size_t at = readme.find("```"); at != std::string::npos;) {
    const std::size_t line = readme.find('\n', at);
    const std::size_t end = readme.find("\n```", line);
    ASSERT_NE(end, std::string::npos);
    const std::string kind = readme.substr(at + 3, line - at - 3);
    const std::string text = line == end ? "" : readme.substr(line + 1, end - line - 1);
    if (kind == "json") {
      const Result<Value> parsed = parse_json(text, arena);
      ASSERT_TRUE(parsed.ok()) << parsed.status().message();
      context = *parsed;
    } else if (kind == "liquid") {
      liquid = text;
    } else if (kind == "gives") {
      const Result<Template> made = Template::compile("example", liquid, default_options(true));
      std::string out;
      if (made.ok()) {
        EXPECT_TRUE(made->render(context, in_locale("de"), out).ok());
      } else {
        out = made.status().message();
      }
      // The file has plain spaces where amounts have ones that do not break.
      for (std::size_t space = out.find("\u00a0"); space != std::string::npos;
           space = out.find("\u00a0"))
        out.replace(space, 2, " ");
      EXPECT_EQ(out, text) << liquid;
      ++checked;
    }
    at = readme.find("```", end + 4);
  }
  EXPECT_GT(checked, 10);
}

}  // namespace
}  // namespace souk::email
