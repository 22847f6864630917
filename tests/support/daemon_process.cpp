#include "tests/support/daemon_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace souk::testing {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string read_to_end(int descriptor) {
  std::string text;
  char buffer[65536];
  for (ssize_t got = 0; (got = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return text;
}

/// Forks and runs souk; the child's ends of the pipes become its standard output and error.
pid_t spawn(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment, int output, int errors,
            std::uint64_t max_file_bytes) {
  std::vector<char*> argv;
  std::string binary = souk_binary();
  argv.push_back(binary.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  for (const auto& [name, value] : environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  if (max_file_bytes > 0) {
    const rlimit limit{max_file_bytes, max_file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
  }
  ::execv(binary.c_str(), argv.data());
  ::_exit(127);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "souk-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TestFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
}

std::string souk_binary() { return SOUK_BINARY; }

DaemonProcess::DaemonProcess(const std::string& config_file, const std::string& log_file,
                             Options options)
    : log_file_(log_file) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return;
  const int errors = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (options.arguments.empty()) options.arguments = {"serve", "-c", config_file};
  pid_ = spawn(options.arguments, options.environment, pipe[1], errors, options.max_file_bytes);
  ::close(pipe[1]);
  ::close(errors);
  output_ = pipe[0];
}

DaemonProcess::~DaemonProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  if (output_ >= 0) ::close(output_);
}

bool DaemonProcess::wait_ready() {
  constexpr std::string_view kReady = "listening on http";
  std::string text;
  for (;;) {
    const auto at = text.find(kReady);
    const auto end = at == std::string::npos ? at : text.find('\n', at);
    if (end != std::string::npos) {
      const auto colon = text.rfind(':', end);
      return std::from_chars(text.data() + colon + 1, text.data() + end, port_).ec == std::errc{};
    }
    char buffer[4096];
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void DaemonProcess::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int DaemonProcess::wait() {
  if (pid_ <= 0) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_status(status);
}

std::string DaemonProcess::log() const { return read_file(log_file_); }

CommandResult run_souk(const std::vector<std::string>& arguments,
                       const std::map<std::string, std::string>& environment) {
  int output[2];
  int errors[2];
  CommandResult result;
  if (::pipe2(output, O_CLOEXEC) != 0 || ::pipe2(errors, O_CLOEXEC) != 0) return result;
  const pid_t pid = spawn(arguments, environment, output[1], errors[1], 0);
  ::close(output[1]);
  ::close(errors[1]);
  std::thread reader([&] { result.errors = read_to_end(errors[0]); });
  result.output = read_to_end(output[0]);
  reader.join();
  int status = 0;
  ::waitpid(pid, &status, 0);
  result.status = exit_status(status);
  return result;
}

}  // namespace souk::testing
