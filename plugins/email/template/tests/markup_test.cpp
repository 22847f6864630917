// Style sheets into attributes, HTML into text, and the values they come from.
#include <gtest/gtest.h>

#include <string>

#include "plugins/email/template/inline_css.hpp"
#include "plugins/email/template/template.hpp"
#include "plugins/email/template/text_of.hpp"
#include "plugins/email/template/value.hpp"

namespace souk::email {
namespace {

TEST(InlineCss, LeavesWhatItCannotReadAlone) {
  for (const char* html :
       {"", "<", "<a", "<style>p{color:red}", "a < b", "<p style='color:red'>x</p>",
        "<!-- <style>p{}</style> --><p>", "<style data-keep>p{color:red}</style><p>",
        "<style media=print>p{color:red}</style><p>"})
    EXPECT_EQ(inline_css(html), html);
}

TEST(InlineCss, SelectorsAndCascade) {
  const auto body = [](std::string_view css, std::string_view html) {
    return inline_css("<style>" + std::string(css) + "</style>" + std::string(html));
  };
  EXPECT_EQ(body("p{color:red}", "<P>x</P><b>y</b>"), "<P style=\"color:red\">x</P><b>y</b>");
  EXPECT_EQ(body(".a{color:red} #i{color:blue} p{color:green;margin:0}", "<p class='b a' id=i>"),
            "<p class='b a' id=i style=\"margin:0;color:blue\">");
  EXPECT_EQ(body("h1, td.x , .y.z{top:1px}", "<td class=x><td class='y'><td class='z y'/>"),
            "<td class=x style=\"top:1px\"><td class='y'><td class='z y' style=\"top:1px\"/>");
  EXPECT_EQ(body("div p{a:b} table>tr>td{c:d} div > p{e:f}",
                 "<div><p></p><b><p></p></b></div><p><table><tr><td>"),
            "<div><p style=\"a:b;e:f\"></p><b><p style=\"a:b\"></p></b></div><p><table><tr><td "
            "style=\"c:d\">");
  EXPECT_EQ(body("p{color:red!important;margin:0} .a{color:blue}",
                 "<p class=a style=\"margin:1px;color:green\">"),
            "<p class=a style=\"margin:1px;color:red !important\">");
  EXPECT_EQ(body("a{font-family:\"Segoe UI\",'X';background:url(a;b.png)}", "<a href=x>"),
            "<a href=x style=\"font-family:'Segoe UI','X';background:url(a;b.png)\">");
  EXPECT_EQ(body("*{margin:0}", "<html><head><title></title></head><body>"),
            "<html><head><title></title></head><body style=\"margin:0\">");
}

TEST(InlineCss, KeepsWhatOnlyASheetCanSay) {
  const std::string made = inline_css(
      "<style>/* c */ p{a:b} a:hover, a.x{c:d} @media (max-width:600px){.w{width:100% !important}} "
      "@import 'x';</style><p><a class=x>");
  EXPECT_EQ(made,
            "<style>\na:hover{c:d}\n@media (max-width:600px){.w{width:100% !important}}\n@import "
            "'x';\n</style>"
            "<p style=\"a:b\"><a class=x style=\"c:d\">");
}

TEST(InlineCss, CarriesLiquid) {
  EXPECT_EQ(inline_css("<style>.b{color:{{ c | default: \"red\" }};top:0}</style><a class=\"b {{ x "
                       "}}\" {% if y %}id=z{% endif %} href=\"{{ '>' }}\">"),
            "<a class=\"b {{ x }}\" {% if y %}id=z{% endif %} href=\"{{ '>' }}\" style=\"color:{{ "
            "c | default: \"red\" }};top:0\">");
}

TEST(InlineCss, ReachesThroughLayoutsAndIncludes) {
  CompileOptions options;
  options.loader = [](std::string_view name) -> std::optional<std::string> {
    if (name == "base")
      return "<head><style>.b{color:{{ brand }}} td p{top:0} @media "
             "print{p{a:b}}</style></head><table><td>{% block main %}{% endblock %}</td></table>";
    return "<p class=b>{{ t }}</p>";
  };
  const Result<Template> made = Template::compile(
      "t",
      "{% layout 'base' %}{% block main %}{% for t in l %}{% if t == 2 %}<p>two</p>{% else %}{% "
      "include 'part' %}{% endif %}{% endfor %}{% endblock %}",
      options);
  ASSERT_TRUE(made.ok()) << made.status().message();
  ValueArena arena;
  std::string out;
  ASSERT_TRUE(made->render(*parse_json(R"({"brand":"#123","l":[1,2]})", arena), {}, out).ok());
  EXPECT_EQ(out,
            "<head><style>\n@media print{p{a:b}}\n</style></head><table><td>"
            "<p class=b style=\"top:0;color:#123\">1</p><p style=\"top:0\">two</p></td></table>");
}

TEST(TextOf, ReadsAsAPersonWould) {
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of("<p>One &amp; two</p>\n  <p>three<br>four &nbsp;</p>"),
            "One & two\n\nthree\nfour \u00a0\n");
  EXPECT_EQ(text_of("<h1>Head</h1>body<hr>x"), "Head\n\nbody\n\n--------\n\nx\n");
  EXPECT_EQ(text_of("<a href=\"https://a.example/?a=1&amp;b=2\">Go</a>, <a "
                    "href=\"mailto:a@b.example\">a@b.example</a> <a href='#x'>in</a>"),
            "Go <https://a.example/?a=1&b=2>, a@b.example in\n");
  EXPECT_EQ(text_of("<ul><li>a<li>b<ol><li>c</li><li>d</li></ol></li></ul>e"),
            "- a\n- b\n  1. c\n  2. d\n\ne\n");
  EXPECT_EQ(
      text_of(
          "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Shoe</td><td>9</td></tr></table>"),
      "Item | Price\nShoe | 9\n");
  EXPECT_EQ(text_of("<table role=presentation><tr><td>a</td><td>b <s>9</s></td></tr></table>"),
            "a\nb ~9~\n");
  EXPECT_EQ(
      text_of("<head><title>t</title></head><div style=\"display: "
              "none\">pre<div>x</div></div><style>a</style>x<img alt=\"Logo\" src=x><img src=y>"),
      "x[Logo]\n");
  EXPECT_EQ(text_of("<!DOCTYPE html><p>a"), "a\n");
  EXPECT_EQ(text_of("a<!-- <p>no</p> -->b <!--[if mso]>outlook<![endif]-->c"), "ab c\n");
}

TEST(TextOf, BreaksLinesBetweenWords) {
  std::string words;
  for (int i = 0; i < 60; ++i)
    words += "wörd ";
  const std::string text = text_of(
      "<p>" + words + "</p><a href=\"https://a.example/" + std::string(100, 'x') + "\">y</a>",
      {.width = 40});
  EXPECT_EQ(text.find("wörd wörd wörd wörd wörd wörd wörd wörd\nwörd"), 0U);
  EXPECT_NE(text.find("<https://a.example/" + std::string(100, 'x') + ">"), std::string::npos);
}

TEST(Value, MapsOfAnySizeFindTheirMembers) {
  for (const int size : {0, 1, 32, 33, 34, 500}) {
    ValueArena arena;
    MapBuilder map(arena);
    for (int i = 0; i < size; ++i)
      map.set("key" + std::to_string(i), Value::integer(i));
    for (int i = 0; i < size; i += 7)
      map.set("key" + std::to_string(i), Value::integer(-i));
    const Value value = map.build();
    ASSERT_EQ(value.size(), static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i)
      EXPECT_EQ(value.get("key" + std::to_string(i)).as_integer(), i % 7 == 0 ? -i : i) << size;
    EXPECT_TRUE(value.get("key").is_nil());
  }
}

TEST(Value, AnArenaThatIsFullGivesNothing) {
  ValueArena arena(100);
  EXPECT_EQ(arena.copy(std::string(101, 'x')), "");
  EXPECT_TRUE(arena.exhausted());
  arena.reset();
  EXPECT_EQ(arena.copy("abc"), "abc");
  ListBuilder list(arena);
  for (int i = 0; i < 50; ++i)
    list.add(Value::integer(i));
  EXPECT_LT(list.build().size(), 50U);
}

TEST(Json, GoesThereAndBack) {
  const char* json = R"({"a":[1,-2,2.5,true,false,null,"é\n\"\\"],"b":{},"c":[]})";
  ValueArena arena;
  std::string back;
  append_json(*parse_json(json, arena), back);
  EXPECT_EQ(back, json);
  EXPECT_EQ(parse_json(R"("\ud83d\ude00\u00e9")", arena)->as_text(), "😀é");
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "tru", "\"a", "\"\\x\"", "\"\\ud83d\"", "1 2",
                          "nan", "{a:1}", "\"\n\""})
    EXPECT_FALSE(parse_json(bad, arena).ok()) << bad;
  EXPECT_FALSE(parse_json(std::string(100, '['), arena).ok());
}

}  // namespace
}  // namespace souk::email
