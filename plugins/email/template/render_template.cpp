// Renders a template for a look at it: `email_render_template abandoned_cart.html context.json de`.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "plugins/email/template/default_templates.hpp"
#include "plugins/email/template/text_of.hpp"

namespace {

std::string read_whole(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int complain(const std::string& sentence) {
  std::cerr << sentence << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace souk::email;
  if (argc < 3)
    return complain(
        "usage: email_render_template TEMPLATE CONTEXT.json [LOCALE [text]]\n"
        "TEMPLATE is a file, or the name of one that comes with Souk");
  const std::string name = argv[1];
  const auto built_in = default_file(name);
  const std::string text = built_in ? std::string(*built_in) : read_whole(argv[1]);
  if (text.empty()) return complain(name + ": there is no such template");
  CompileOptions compile;
  compile.loader = default_loader();
  compile.known = &context_variables();
  compile.translations = &default_translations();
  compile.html = name.find(".txt") == std::string::npos;
  const auto made = Template::compile(name, text, compile);
  if (!made.ok()) return complain(made.status().message());
  ValueArena arena;
  const auto context = parse_json(read_whole(argv[2]), arena);
  if (!context.ok()) return complain(std::string(argv[2]) + ":" + context.status().message());
  std::vector<std::string> missing;
  RenderOptions options;
  options.locale = argc > 3 ? argv[3] : "en";
  options.currency = "EUR";
  options.now_us = 1'772'720'829'000'000;
  options.translations = &default_translations();
  options.missing = &missing;
  std::string out;
  if (const auto status = made->render(*context, options, out); !status.ok())
    return complain(status.message());
  std::cout << (argc > 4 ? text_of(out) : out);
  for (const std::string& each : missing)
    std::cerr << "not in the context: " << each << '\n';
  return 0;
}
