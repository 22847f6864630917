// Any bytes as a template, a style sheet, a message and JSON: they are refused or rendered, within
// the bounds.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/email/template/inline_css.hpp"
#include "plugins/email/template/template.hpp"
#include "plugins/email/template/text_of.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace souk::email;
  if (size == 0 || size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CompileOptions compile;
  compile.html = (data[0] & 1) != 0;
  compile.loader = [text](std::string_view name) -> std::optional<std::string> {
    if (name.size() % 2 == 0) return std::nullopt;
    return std::string(text.substr(text.size() / 2));
  };
  static ValueArena arena;
  arena.reset();
  const auto context = parse_json(
      R"({"shop":{"name":"A <b>"},"cart":{"items":[{"title":"x","price":12,"n":null},{"title":"ü"}]},"l":[3,1,2,"x",1.5],"t":"a,b"})",
      arena);
  const auto made = Template::compile("t", text, compile);
  if (made.ok()) {
    RenderOptions options;
    options.limits = {20'000, 20'000, 200'000};
    options.single_line = (data[0] & 2) != 0;
    options.locale = (data[0] & 4) != 0 ? "de" : "en";
    std::string out;
    (void)made->render(*context, options, out);
    if (out.size() > 20'000) __builtin_trap();
    (void)text_of(out);
  }
  (void)inline_css(text);
  (void)text_of(text);
  ValueArena small(100'000);
  if (const auto json = parse_json(text, small); json.ok()) {
    std::string back;
    append_json(*json, back);
    if (!parse_json(back, small).ok() && !small.exhausted()) __builtin_trap();
  }
  return 0;
}
