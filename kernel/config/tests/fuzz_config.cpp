// Whatever stands in a YAML file: loading it ends, within bounds, with a config or with faults that
// have a place in the file.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "kernel/config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::map<std::string, std::string> environment{{"SET", "value"}, {"EMPTY", ""}};
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto outcome = souk::config::load_text(text, "/fuzz.yaml", {}, &environment);
  if (outcome.config.has_value() != outcome.faults.empty()) std::abort();
  for (const auto& fault : outcome.faults) {
    if (fault.line < 1 || fault.column < 1 || fault.message.empty()) std::abort();
  }
  return 0;
}
