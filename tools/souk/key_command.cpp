#include "tools/souk/key_command.hpp"

#include <array>
#include <cstdio>

#include "kernel/base/ids.hpp"
#include "tools/souk/command.hpp"

namespace souk::cli {

std::string new_key() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr int kCharacters = 43;  // of 6 bits: 258
  std::string key = "souk_";
  std::uint64_t bits = 0;
  int left = 0;
  for (int i = 0; i < kCharacters; ++i) {
    if (left < 6) {
      bits = base::random_u64();
      left = 64;
    }
    key.push_back(kAlphabet[bits & 63U]);
    bits >>= 6U;
    left -= 6;
  }
  return key;
}

void add_key(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("key", "API keys");
  command->require_subcommand(1);
  CLI::App* make = command->add_subcommand("new", "Prints a fresh API key and its hash for YAML");
  make->callback([&exit_code] {
    const std::string key = new_key();
    std::printf("key:    %s\nsha256: %s\n", key.c_str(), base::sha256_hex(key).c_str());
    exit_code = kDone;
  });
}

}  // namespace souk::cli
