#include <souk/abi.h>

#include <cstdio>

#include "tools/souk/command.hpp"

namespace souk::cli {

void add_version(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("version", "Prints the version");
  command->callback([&exit_code] {
    std::printf("souk %s, plugin ABI %u.%u\n", version(), SOUK_ABI_MAJOR, SOUK_ABI_MINOR);
    exit_code = kDone;
  });
}

}  // namespace souk::cli
