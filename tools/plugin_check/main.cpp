// souk-plugin-check: the checker as a program of its own, installed with the SDK, so that a
// plugin's tests need no daemon. The `souk` command line has the same under `souk plugin`.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tools/plugin_check/new_project.hpp"
#include "tools/plugin_check/plugin_check.hpp"

namespace {

namespace plugin_check = souk::plugin_check;

constexpr const char* kUsage =
    "usage: souk-plugin-check [--json] [--only PREFIX] LIB.so   run the checks; exit 0 only if all "
    "pass\n"
    "       souk-plugin-check --inspect [--json] LIB.so         what the library declares\n"
    "       souk-plugin-check --new NAME [--dir DIR]            a new plugin project\n"
    "       souk-plugin-check --list                            the names of all checks\n";

struct Arguments {
  bool json = false;
  bool inspect = false;
  bool list = false;
  bool help = false;
  std::string only;
  std::string name;
  std::string dir;
  std::string library;
};

/// False when the words make no sense.
bool parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&](std::string& to) {
      if (i + 1 >= argc) return false;
      to = argv[++i];
      return true;
    };
    if (word == "--json") {
      out.json = true;
    } else if (word == "--inspect") {
      out.inspect = true;
    } else if (word == "--list") {
      out.list = true;
    } else if (word == "--help" || word == "-h") {
      out.help = true;
    } else if (word == "--only") {
      if (!value(out.only)) return false;
    } else if (word == "--new") {
      if (!value(out.name)) return false;
    } else if (word == "--dir") {
      if (!value(out.dir)) return false;
    } else if (!word.starts_with("-") && out.library.empty()) {
      out.library = word;
    } else {
      return false;
    }
  }
  return out.help || out.list || !out.name.empty() || !out.library.empty();
}

int fail(const souk::Status& status) {
  std::fprintf(stderr, "souk-plugin-check: %s\n", status.message().c_str());
  return 1;
}

int inspect(const Arguments& arguments) {
  const auto inspection = plugin_check::inspect(arguments.library);
  if (!inspection.ok()) return fail(inspection.status());
  const std::string text = arguments.json ? plugin_check::to_json(inspection.value()) + "\n"
                                          : plugin_check::to_text(inspection.value());
  std::fputs(text.c_str(), stdout);
  return 0;
}

int create(const Arguments& arguments) {
  const std::string dir = arguments.dir.empty() ? arguments.name : arguments.dir;
  const auto files = plugin_check::new_project(arguments.name, dir);
  if (!files.ok()) return fail(files.status());
  for (const std::string& file : files.value())
    std::printf("%s/%s\n", dir.c_str(), file.c_str());
  return 0;
}

int check(const Arguments& arguments) {
  plugin_check::CheckOptions options;
  options.only = arguments.only;
  options.child_arguments = {"--child"};
  if (!arguments.json) {
    options.on_result = [](const plugin_check::CheckResult& result) {
      std::printf("%s\n", plugin_check::to_line(result).c_str());
      std::fflush(stdout);
    };
  }
  const plugin_check::Report report = plugin_check::check(arguments.library, options);
  if (arguments.json) std::printf("%s\n", plugin_check::to_json(report).c_str());
  return report.passed() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--child") == 0) {
    return plugin_check::run_child(std::vector<std::string>(argv + 2, argv + argc));
  }
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (arguments.help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (arguments.list) {
    for (const std::string& name : plugin_check::check_names())
      std::printf("%s\n", name.c_str());
    return 0;
  }
  if (arguments.inspect) return inspect(arguments);
  return arguments.name.empty() ? check(arguments) : create(arguments);
}
