// DaemonProcess: a real `souk serve` for tests, on a free port, in a folder of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace souk::testing {

/// A folder that is removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

class DaemonProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;              ///< after `souk`; empty: serve -c FILE
    std::map<std::string, std::string> environment;  ///< over the test's own
    std::uint64_t max_file_bytes = 0;                ///< RLIMIT_FSIZE: a disk that is full; 0: none
  };

  /// Starts `souk serve -c config_file`; its standard error goes to `log_file`.
  DaemonProcess(const std::string& config_file, const std::string& log_file, Options options);
  DaemonProcess(const std::string& config_file, const std::string& log_file)
      : DaemonProcess(config_file, log_file, Options()) {}
  /// Kills what still runs.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  /// Waits for "listening on http://HOST:PORT". False when the process ends first.
  bool wait_ready();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// Waits for the end; its exit status, or 128 + the signal that ended it.
  int wait();
  /// What it wrote to standard error until now.
  [[nodiscard]] std::string log() const;

 private:
  std::string log_file_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::uint16_t port_ = 0;
};

/// The path of the `souk` that was built with the tests.
[[nodiscard]] std::string souk_binary();

/// Runs `souk ARGUMENTS…` to its end; standard output and error are taken.
struct CommandResult {
  int status = 0;
  std::string output;
  std::string errors;
};
CommandResult run_souk(const std::vector<std::string>& arguments,
                       const std::map<std::string, std::string>& environment = {});

}  // namespace souk::testing
