// One check in a process of its own.
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <exception>
#include <string>

#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/plugin_check.hpp"

namespace souk::plugin_check {
namespace {

Outcome prepare(Subject& subject, Needs needs) {
  if (needs == Needs::file) return passed();
  if (Status status = subject.read(); !status.ok()) return failed(status.message());
  if (needs == Needs::notes) return passed();
  if (Status status = subject.load(); !status.ok()) return failed(status.message());
  return passed();
}

/// No function of a plugin may throw: what arrives here came through the C boundary.
Outcome guarded(const Check& check, Subject& subject) {
  try {
    Outcome outcome = prepare(subject, check.prepared);
    return outcome.verdict == Verdict::success ? check.run(subject) : outcome;
  } catch (const std::exception& error) {
    return failed(std::string("an exception crossed the boundary: ") + error.what());
  } catch (...) {
    return failed("an exception crossed the boundary");
  }
}

/// The verdict as a digit, then the detail.
void send(int fd, const Outcome& outcome) {
  const std::string text = std::to_string(static_cast<int>(outcome.verdict)) + outcome.detail;
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t done = write(fd, text.data() + sent, text.size() - sent);
    if (done <= 0) return;
    sent += static_cast<std::size_t>(done);
  }
}

}  // namespace

int run_child(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) return 2;
  const Check* check = find_check(arguments[1]);
  int fd = -1;
  const char* end = arguments[2].data() + arguments[2].size();
  if (check == nullptr || std::from_chars(arguments[2].data(), end, fd).ec != std::errc()) return 2;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  Subject subject(arguments[0]);
  send(fd, guarded(*check, subject));
  // The verdict stands; what destructors of a library do at exit is another matter.
  _exit(0);
}

}  // namespace souk::plugin_check
