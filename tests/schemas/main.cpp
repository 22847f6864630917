// Runs the tests, or with --update-baseline records what the schemas have that the baseline lacks.

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/schemas/wire_baseline.hpp"

namespace {

using namespace souk::schemas_test;

int fail(const std::vector<std::string>& reasons, const char* headline) {
  std::fprintf(stderr, "%s\n", headline);
  for (const auto& reason : reasons) {
    std::fprintf(stderr, "  %s\n", reason.c_str());
  }
  return 1;
}

int update_baseline() {
  std::stringstream text;
  text << std::ifstream(baseline_path()).rdbuf();
  std::vector<std::string> faults;
  const Baseline promised = parse_baseline(text.str(), faults);
  if (!faults.empty()) return fail(faults, "The baseline file is damaged:");

  const Baseline current = baseline_of(SchemaSet::shipped());
  const BaselineDifference difference = compare(promised, current);
  if (!difference.breaks.empty()) {
    return fail(
        difference.breaks,
        "Not recorded: these changes break data and programs that exist. Undo them, and add\n"
        "a new field or message beside the old one.");
  }
  std::ofstream file(baseline_path(), std::ios::trunc);
  file << format_baseline(current);
  file.close();
  if (!file) return fail({baseline_path()}, "Can't write:");
  std::printf("%zu lines, %zu of them new\n", current.size(), difference.additions.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  if (argc > 1 && std::string_view(argv[1]) == "--update-baseline") return update_baseline();
  return RUN_ALL_TESTS();
}
