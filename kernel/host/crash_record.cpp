#include "kernel/host/crash_record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::host {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kMostBytes = 64U << 10U;

// Touched by the handler: plain, without construction on first use.
thread_local const std::string* t_running = nullptr;
std::atomic<int> g_file{-1};
std::array<struct sigaction, kSignals.size()> g_before;

/// Only async-signal-safe calls. What the file then holds may be cut off, never wrong.
void on_crash(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const int file = g_file;
  if (const std::string* label = std::exchange(t_running, nullptr); label != nullptr && file >= 0) {
    const ssize_t named = write(file, label->data(), label->size());
    const ssize_t ended = write(file, "\n", 1);
    if (named >= 0 && ended >= 0) (void)fsync(file);
  }
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const struct sigaction& before = g_before[i];
    errno = saved_errno;
    if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
      return before.sa_sigaction(signal, info, context);
    }
    // As if we had not been there: the instruction runs again, or abort() raises again.
    sigaction(signal, &before, nullptr);
    if (signal == SIGABRT) (void)raise(signal);
  }
}

void install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      struct sigaction action {};
      action.sa_sigaction = &on_crash;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      sigemptyset(&action.sa_mask);
      sigaction(kSignals[i], &action, &g_before[i]);
    }
  });
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 4096> piece{};
  ssize_t got = 0;
  while (text.size() < kMostBytes && (got = read(file, piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

RunningIn::RunningIn(const std::string& label) noexcept
    : outer_(std::exchange(t_running, &label)) {}
RunningIn::~RunningIn() { t_running = outer_; }

std::map<std::string, unsigned> take_crash_record(const std::string& path) {
  std::map<std::string, unsigned> blamed;
  if (path.empty()) return blamed;
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    base::log_warning("host", "crashes of plugins cannot be recorded",
                      {{"file", path}, {"reason", std::strerror(errno)}});
    return blamed;
  }
  const std::string text = read_all(file);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;
    if (end > at) ++blamed[text.substr(at, end - at)];
    at = end + 1;
  }
  if (!text.empty() && ftruncate(file, 0) != 0) {
    base::log_warning("host", "the record of crashes cannot be emptied", {{"file", path}});
  }
  const int before = g_file.exchange(file);
  if (before >= 0) close(before);
  install_handlers();
  return blamed;
}

}  // namespace souk::host
