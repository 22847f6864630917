// The language: what renders, what is refused and where, what is bounded.
#include "plugins/email/template/template.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace souk::email {
namespace {

using Files = std::map<std::string, std::string>;

CompileOptions options_with(const Files& files, bool html = true) {
  CompileOptions options;
  options.html = html;
  options.loader = [files](std::string_view name) -> std::optional<std::string> {
    const auto found = files.find(std::string(name));
    if (found == files.end()) return std::nullopt;
    return found->second;
  };
  return options;
}

std::string compile_error(std::string_view text, const CompileOptions& options = {}) {
  const Result<Template> made = Template::compile("t", text, options);
  return made.ok() ? "compiles" : made.status().message();
}

std::string rendered(std::string_view text, std::string_view context = "{}",
                     const Files& files = {}, RenderOptions options = {}) {
  const Result<Template> made = Template::compile("t", text, options_with(files));
  if (!made.ok()) return made.status().message();
  ValueArena arena;
  const Result<Value> value = parse_json(context, arena);
  if (!value.ok()) return value.status().message();
  std::string out;
  const Status status = made->render(*value, options, out);
  return status.ok() ? out : std::string(code_name(status.code())) + " " + status.message();
}

TEST(TemplateErrors, NameTheirPlace) {
  EXPECT_EQ(compile_error("a\nb {{ x | monye }}"),
            "t:2:10: unknown filter 'monye'; did you mean 'money'?");
  EXPECT_EQ(compile_error("{% fi x %}{% endif %}"), "t:1:1: unknown tag 'fi'; did you mean 'if'?");
  EXPECT_EQ(compile_error("\n\n  {% if x %}a"), "t:3:3: 'if' has no 'endif'");
  EXPECT_EQ(compile_error("a{% endif %}"), "t:1:2: 'endif' without 'if'");
  EXPECT_EQ(compile_error("{% for x in y %}{% endif %}"), "t:1:17: 'endif' without 'if'");
  EXPECT_EQ(compile_error("{{ x"), "t:1:1: '{{' has no '}}'");
  EXPECT_EQ(compile_error("{{ 'x }}"), "t:1:1: '{{' has no '}}' (a quote is left open)");
  EXPECT_EQ(compile_error("{{ }}"), "t:1:4: '{{ }}' holds nothing");
  EXPECT_EQ(compile_error("{{ a b }}"), "t:1:6: 'b' is not expected here");
  EXPECT_EQ(compile_error("{{ a | replace: 'x' }}"), "t:1:8: 'replace' takes 2 arguments, not 1");
  EXPECT_EQ(compile_error("{{ a | upcase: x: 1 }}"), "t:1:8: 'upcase' takes no named arguments");
  EXPECT_EQ(compile_error("{% if a = 1 %}{% endif %}"), "t:1:9: '=' compares nothing; write '=='");
  EXPECT_EQ(compile_error("{% for a on b %}{% endfor %}"),
            "t:1:10: 'in' is missing, as in 'for a in cart.items'");
  EXPECT_EQ(compile_error("{% for a in b limt: 2 %}{% endfor %}"),
            "t:1:15: 'limt' is no option of a loop; did you mean 'limit'?");
  EXPECT_EQ(compile_error("{% break %}"), "t:1:10: 'break' and 'continue' stand in a loop");
  EXPECT_EQ(compile_error("{{ forloop.index }}"), "t:1:4: 'forloop' stands in no loop");
  EXPECT_EQ(compile_error("{% for a in b %}{{ forloop.idx }}{% endfor %}"),
            "t:1:28: 'forloop' has nothing named 'idx'; did you mean 'index'?");
  EXPECT_EQ(
      compile_error("{% include x %}"),
      "t:1:12: the name of the template must stand in quotes: it is read when this one is loaded");
  EXPECT_EQ(compile_error("{% include 'x' %}"), "t:1:12: there is no template 'x'");
  EXPECT_EQ(compile_error("{{ a & b }}"), "t:1:6: '&' can't stand here");
  EXPECT_EQ(compile_error("{% comment %} {{ a }"), "t:1:1: 'comment' has no 'endcomment'");
  EXPECT_EQ(compile_error("{% recommend limit: 3 %}{% endrecommend %}"),
            "t:1:1: 'recommend' needs placement: \"name\" and limit: 1 to 100");
}

TEST(TemplateErrors, AreThoseOfTheFileThatHasThem) {
  EXPECT_EQ(compile_error("{% include 'part' %}", options_with({{"part", "\n {{ a | nope }}"}}))
                .substr(0, 8),
            "part:2:9");
  EXPECT_EQ(compile_error("{% include 'a' %}",
                          options_with({{"a", "{% include 'b' %}"}, {"b", "{% include 'a' %}"}})),
            "b:1:12: 'a' includes itself");
  EXPECT_EQ(compile_error("{% layout 'l' %}text", options_with({{"l", ""}})),
            "t:1:17: a template with a layout holds only blocks, assign and capture");
}

TEST(TemplateErrors, UnknownVariables) {
  const KnownVariables known{"person.first_name", "cart.items.title", "cart.items.price",
                             "event.*"};
  CompileOptions options;
  options.known = &known;
  const auto error = [&](std::string_view text) { return compile_error(text, options); };
  EXPECT_EQ(error("{{ persn.first_name }}"),
            "t:1:4: unknown variable 'persn'; did you mean 'person'?");
  EXPECT_EQ(error("{{ person.frist_name }}"),
            "t:1:11: 'person' has nothing named 'frist_name'; did you mean 'first_name'?");
  EXPECT_EQ(error("{% for i in cart.items %}{{ i.titel }}{% endfor %}"),
            "t:1:31: 'i' has nothing named 'titel'; did you mean 'title'?");
  EXPECT_EQ(error("{% assign f = cart.items | first %}{{ f.pric }}"),
            "t:1:41: 'f' has nothing named 'pric'; did you mean 'price'?");
  EXPECT_EQ(error("{{ event.anything.at_all }}{{ cart.items.size }}{{ cart.items[0].price }}"),
            "compiles");
  EXPECT_EQ(error("{% for i in (1..2) %}{{ p }}{% assign p = i %}{% endfor %}"), "compiles");
  EXPECT_EQ(error("{% assign x = cart.items | map: 'title' %}{{ x.first.foo }}"), "compiles");
}

TEST(TemplateErrors, UnknownTranslations) {
  Translations texts;
  ASSERT_TRUE(texts.add("en", R"({"cart":{"title":"T"}})").ok());
  CompileOptions options;
  options.translations = &texts;
  EXPECT_EQ(compile_error("{{ 'cart.titel' | t }}", options),
            "t:1:19: no translation has the key 'cart.titel'; did you mean 'cart.title'?");
  EXPECT_EQ(compile_error("{{ key | t }}", options), "compiles");
}

TEST(Template, OutputsAndPaths) {
  const char* context = R"({"a":{"b":[{"c":"x"},{"c":"y"}],"n":1.5,"t":true},"key":"n"})";
  EXPECT_EQ(rendered("{{ a.b[1].c }}{{ a.b.first.c }}{{ a.b.last.c }}{{ a.b[-1].c }}{{ a.b.size }}",
                     context),
            "yxyy2");
  EXPECT_EQ(rendered("{{ a[key] }} {{ a['t'] }} {{ a.nothing.at.all }}{{ nothing }}|", context),
            "1.5 true |");
  EXPECT_EQ(
      rendered("{{ 2 }} {{ 2.0 }} {{ -3.25 }} {{ true }} {{ nil }}{{ 'q' }} {{ \"it's }}\" }}"),
      "2 2.0 -3.25 true q it&#39;s }}");
  EXPECT_EQ(rendered("{{ a }}{{ (1..3) }}", context), "1..3");
}

TEST(Template, Conditions) {
  const auto is = [](std::string_view condition) {
    return rendered(
        "{% if " + std::string(condition) + " %}1{% else %}0{% endif %}",
        R"({"s":"Shoes","e":"","z":0,"l":[1,2],"n":null,"f":false,"m":{"k":1},"sp":"  "})");
  };
  for (const char* holds : {"s",
                            "e",
                            "z",
                            "l",
                            "s == 'Shoes'",
                            "z < 1",
                            "l contains 2",
                            "s contains 'oe'",
                            "m contains 'k'",
                            "e == empty",
                            "sp == blank",
                            "n == nil",
                            "n == blank",
                            "f == false",
                            "1 == 1.0",
                            "2 >= 2",
                            "s != 'x'",
                            "true or false and false",
                            "l == l",
                            "'a' < 'b'",
                            "z <> 1"})
    EXPECT_EQ(is(holds), "1") << holds;
  for (const char* fails :
       {"n", "f", "s == 'shoes'", "s < 1", "sp == empty", "l contains 3", "n > 1", "nothing == 1",
        "z == '0'", "n contains 'x'", "false and true or true"})
    EXPECT_EQ(is(fails), "0") << fails;
  EXPECT_EQ(rendered("{% unless a %}x{% else %}y{% endunless %}"), "x");
  EXPECT_EQ(rendered("{% if a %}1{% elsif b %}2{% elsif c %}3{% endif %}", R"({"b":false,"c":1})"),
            "3");
  const char* cases =
      "{% case x %} ignored {% when 1, 2 %}low{% when 'a' or 'b' %}text{% else %}other{% endcase "
      "%}";
  EXPECT_EQ(rendered(cases, R"({"x":2})") + rendered(cases, R"({"x":"b"})") +
                rendered(cases, R"({"x":9})"),
            "lowtextother");
}

TEST(Template, Loops) {
  const char* list = R"({"l":["a","b","c","d"],"m":{"k":1,"j":2}})";
  EXPECT_EQ(
      rendered("{% for i in l limit:2 offset:1 %}{{ forloop.index }}{{ i }}{% endfor %}", list),
      "1b2c");
  EXPECT_EQ(rendered("{% for i in l reversed limit:2 %}{{ i }}{% endfor %}", list), "ba");
  EXPECT_EQ(rendered("{% for i in l %}{% if i == 'b' %}{% continue %}{% endif %}{% if i == 'd' "
                     "%}{% break %}{% endif %}{{ i }}{% endfor %}",
                     list),
            "ac");
  EXPECT_EQ(rendered("{% for i in nothing %}x{% else %}none{% endfor %}", list), "none");
  EXPECT_EQ(rendered("{% for p in m %}{{ p[0] }}={{ p[1] }};{% endfor %}", list), "k=1;j=2;");
  EXPECT_EQ(
      rendered("{% for i in (1..3) %}{{ i }}{% unless forloop.last %},{% endunless %}{% endfor %}",
               list),
      "1,2,3");
  EXPECT_EQ(rendered("{% for i in (1..2) %}{% for j in (1..2) %}{{ forloop.parentloop.index }}{{ "
                     "forloop.rindex0 }} {% endfor %}{% endfor %}"),
            "11 10 21 20 ");
  EXPECT_EQ(rendered("{% assign i = 'kept' %}{% for i in l %}{% endfor %}{{ i }}", list), "kept");
}

TEST(Template, AssignCaptureRawComment) {
  EXPECT_EQ(rendered("{% assign x = 'a' | upcase %}{{ x }}{{ y }}{% assign y = x %}{{ y }}",
                     R"({"y":"ctx"})"),
            "ActxA");
  EXPECT_EQ(rendered("{% capture x %}<b>{{ t }}</b>{% endcapture %}{{ x }}{{ x | size }}",
                     R"({"t":"<"})"),
            "<b>&lt;</b>11");
  EXPECT_EQ(rendered("{% raw %}{{ x }}{% if %}{% endraw %}|{% comment %}{{ broken {% endif %}{% "
                     "comment %}n{% endcomment %}{% endcomment %}{% # a note 'here %}"),
            "{{ x }}{% if %}|");
  EXPECT_EQ(rendered("a  {%- if true -%}  b  {%- endif -%}  c {{- 'd' -}}  e"), "abcde");
}

TEST(Template, IncludesAndLayouts) {
  const Files files{
      {"card", "[{{ title }}{{ outer }}]"},
      {"item", "<{{ item }}{{ outer }}{{ forloop.index }}>"},
      {"base",
       "H{% block main %}default{% endblock %}|{% block foot %}foot {{ x }}{% endblock %}F"},
      {"mid", "{% layout 'base' %}{% block foot %}mid{% endblock %}"}};
  EXPECT_EQ(rendered("{% assign outer='o' %}{% include 'card', title: 'T' %}{{ title }}{% include "
                     "'card' with 'W' as title %}",
                     "{}", files),
            "[To][Wo]");
  EXPECT_EQ(rendered("{% assign outer='o' %}{% render 'card', title: outer %}{{ title }}",
                     R"({"g":1})", files),
            "[o]");
  EXPECT_EQ(rendered("{% render 'item' for l as item %}", R"({"l":["a","b"],"outer":"G"})", files),
            "<aG1><bG2>");
  EXPECT_EQ(rendered("{% layout 'base' %}{% assign x = 1 %}{% block main %}M{{ x }}{% endblock %}",
                     "{}", files),
            "HM1|foot 1F");
  EXPECT_EQ(rendered("\n{% layout 'mid' %}{% block main %}M{% endblock %}", "{}", files),
            "HM|midF");
}

TEST(Template, RecommendAsksForProducts) {
  const Result<Template> made =
      Template::compile("t",
                        "{% recommend placement: \"home\", limit: 2 %}{{ product.title }},{% else "
                        "%}none{% endrecommend %}",
                        {});
  ASSERT_TRUE(made.ok()) << made.status().message();
  ASSERT_EQ(made->recommendation_needs().size(), 1U);
  EXPECT_EQ(made->recommendation_needs()[0].placement, "home");
  EXPECT_EQ(made->recommendation_needs()[0].limit, 2U);
  EXPECT_TRUE(made->uses("recommendations"));
  EXPECT_FALSE(made->uses("coupon"));
  EXPECT_EQ(rendered("{% recommend placement: \"home\", limit: 2 %}{{ product.title }},{% else "
                     "%}none{% endrecommend %}",
                     R"({"recommendations":{"home":[{"title":"a"},{"title":"b"},{"title":"c"}]}})"),
            "a,b,");
  EXPECT_EQ(
      rendered("{% recommend placement: \"home\", limit: 2 %}x{% else %}none{% endrecommend %}"),
      "none");
}

TEST(Template, EscapesWhatCustomersWrite) {
  const char* context =
      R"j({"t":"<script>alert('x')</script> & \"q\"","u":"javascript:alert(1)","ok":"https://a.example/?a=1&b=2","tab":" java\tscript:x","d":"DATA:text/html,x"})j";
  EXPECT_EQ(rendered("<p title=\"{{ t }}\">{{ t }}</p>", context),
            "<p title=\"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot;\">"
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot;</p>");
  EXPECT_EQ(
      rendered("{{ t | raw | size }}{{ '<b>' | raw }}{{ t | escape | escape | size }}", context)
          .substr(0, 5),
      "33<b>");
  EXPECT_EQ(
      rendered("<a href=\"{{ u }}\"><img src='{{ d }}'><a HREF=\"{{ tab }}\"><a href={{ ok }}>",
               context),
      "<a href=\"#\"><img src='#'><a HREF=\"#\"><a href=https://a.example/?a=1&amp;b=2>");
  EXPECT_EQ(rendered("{{ t | strip_html }}|{{ t | append: '<' | prepend: x | newline_to_br }}",
                     R"({"t":"a\n<i>b</i>","x":"&"})"),
            "a\nb|&amp;a<br>\n&lt;i&gt;b&lt;/i&gt;&lt;");
  EXPECT_EQ(rendered("{% capture x %}<b>{{ t }}</b>{% endcapture %}{{ x | append: t }}{{ x | "
                     "replace: 'b', t }}",
                     R"({"t":"<"})"),
            "<b>&lt;</b>&lt;<&lt;>&lt;</&lt;>");
}

TEST(Template, PlainTextAndSingleLines) {
  const Result<Template> made =
      Template::compile("t", "Hi {{ name }}\r\nBcc: {{ name }} ", options_with({}, false));
  ASSERT_TRUE(made.ok());
  ValueArena arena;
  MapBuilder map(arena);
  map.set_text("name", "A & B\r\nBcc: evil@example.com\x7f");
  std::string out;
  ASSERT_TRUE(made->render(map.build(), {.single_line = true}, out).ok());
  EXPECT_EQ(out, "Hi A & B Bcc: evil@example.com Bcc: A & B Bcc: evil@example.com");
}

TEST(Template, MissingVariablesAreListed) {
  std::vector<std::string> missing;
  RenderOptions options;
  options.missing = &missing;
  EXPECT_EQ(rendered("{{ a }}\n{{ b.c }}{{ b.c }}{{ d }}", R"({"d":1})", {}, options), "\n1");
  EXPECT_EQ(missing, (std::vector<std::string>{"a at line 1", "b.c at line 2"}));
}

TEST(TemplateBounds, ATemplateNeitherHangsNorEatsMemory) {
  RenderOptions options;
  options.limits.output_bytes = 10'000;
  const auto ends = [&](std::string_view text,
                        std::string_view context = R"({"l":[1,2,3,4,5,6,7,8]})") {
    return rendered(text, context, {}, options);
  };
  EXPECT_EQ(ends("{% for i in (1..1000000000) %}{% endfor %}"),
            "RESOURCE_EXHAUSTED the template takes more than 1000000 steps");
  EXPECT_EQ(ends("{% for i in (1..99999) %}0123456789{% endfor %}"),
            "RESOURCE_EXHAUSTED the message is longer than 10000 bytes");
  EXPECT_EQ(ends("{% assign x = '0123456789abcdef' %}{% for i in (1..99) %}{% assign x = x | "
                 "append: x %}{% endfor %}"),
            "RESOURCE_EXHAUSTED the template needs more than 4194304 bytes for what lies between");
  EXPECT_EQ(ends("{% for i in (1..99) %}{% assign l = l | concat: l %}{% endfor %}").substr(0, 18),
            "RESOURCE_EXHAUSTED");
  EXPECT_EQ(ends("{% assign x = (1..4000000000) | sort %}").substr(0, 18), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(ends("{% capture x %}{% for i in (1..99999) %}0123456789{% endfor %}{% endcapture %}")
                .substr(0, 18),
            "RESOURCE_EXHAUSTED");
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep += "{% if a %}";
  EXPECT_NE(compile_error(deep).find("more than 64 tags stand within each other"),
            std::string::npos);
  std::string brackets = "{{ a";
  for (int i = 0; i < 5000; ++i)
    brackets += "[a";
  EXPECT_NE(compile_error(brackets + " }}"), "compiles");
  std::string joined = "{% if a";
  for (int i = 0; i < 5000; ++i)
    joined += " and a";
  EXPECT_NE(compile_error(joined + " %}{% endif %}"), "compiles");
  Files bomb{{"f0", "xxxxxxxxxx{{ a }}"}};
  for (int i = 1; i < 12; ++i) {
    const std::string part = "{% include 'f" + std::to_string(i - 1) + "' %}";
    bomb["f" + std::to_string(i)] = part + part + part + part;
  }
  EXPECT_NE(compile_error("{% include 'f11' %}", options_with(bomb)).find("over 100,000 parts"),
            std::string::npos);
}

}  // namespace
}  // namespace souk::email
