// Runs the checks, each in a child process, and collects what they come to.
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/plugin_check.hpp"

namespace souk::plugin_check {
namespace {

using Clock = std::chrono::steady_clock;

/// Both ends of a pipe, closed at the end of the scope unless closed before.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  explicit Pipe(int flags) {
    if (pipe2(ends.data(), flags) != 0) ends = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t i) {
    if (ends[i] >= 0) close(ends[i]);
    ends[i] = -1;
  }
};

struct ChildEnd {
  std::string verdict;  ///< what it wrote of itself
  std::string output;   ///< what it printed
  int status = 0;       ///< of waitpid
  bool in_time = true;
  bool started = false;
};

/// Appends what is there to `text`, which is kept below 64 KiB. False at the end of the stream.
bool drain(int fd, std::string& text) {
  constexpr std::size_t kMost = 64 * 1024;
  std::array<char, 4096> buffer{};
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got > 0 && text.size() < kMost) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// Reads both streams until they end or time is over.
void listen(int verdict, int output, Clock::time_point end, ChildEnd& child) {
  std::array<pollfd, 2> streams{pollfd{verdict, POLLIN, 0}, pollfd{output, POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      child.in_time = false;
      return;
    }
    if (poll(streams.data(), streams.size(), static_cast<int>(left.count()) + 1) <= 0) continue;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].fd < 0 || streams[i].revents == 0) continue;
      if (!drain(streams[i].fd, i == 0 ? child.verdict : child.output)) streams[i].fd = -1;
    }
    // The verdict's stream ends with the child, even when a process that it left behind still
    // prints.
    if (streams[0].fd < 0) return;
  }
}

ChildEnd run_one(const std::string& library, std::string_view check, const CheckOptions& options) {
  ChildEnd child;
  Pipe verdict(O_CLOEXEC);
  Pipe output(O_CLOEXEC);
  const std::string executable = options.executable.empty() ? "/proc/self/exe" : options.executable;
  std::vector<std::string> words{executable};
  words.insert(words.end(), options.child_arguments.begin(), options.child_arguments.end());
  words.insert(words.end(), {library, std::string(check), std::to_string(verdict.ends[1])});
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    dup2(output.ends[1], STDOUT_FILENO);
    dup2(output.ends[1], STDERR_FILENO);
    fcntl(verdict.ends[1], F_SETFD, 0);
    execv(executable.c_str(), argv.data());
    _exit(127);
  }
  if (pid < 0) return child;
  child.started = true;
  verdict.close_end(1);
  output.close_end(1);
  listen(verdict.ends[0], output.ends[0], Clock::now() + options.limit, child);
  if (!child.in_time) kill(-pid, SIGKILL);
  while (waitpid(pid, &child.status, 0) < 0 && errno == EINTR) {
  }
  kill(-pid, SIGKILL);  // whatever the child may have started
  return child;
}

/// One line of what the child printed, for a detail.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  const std::size_t begin = text.rfind('\n');
  return begin == std::string::npos ? text : text.substr(begin + 1);
}

CheckResult judge(std::string_view name, const ChildEnd& child, const CheckOptions& options) {
  CheckResult result{std::string(name), Verdict::failed, {}, 0};
  const std::string printed =
      child.output.empty() ? "" : "; it printed: " + last_line(child.output);
  if (!child.started) {
    result.detail = std::string("no process could be started: ") + std::strerror(errno);
  } else if (!child.in_time) {
    result.detail = "it did not end within " + std::to_string(options.limit.count() / 1000) + " s";
  } else if (WIFSIGNALED(child.status)) {
    result.verdict = Verdict::crashed;
    result.detail = "it died of signal " + std::to_string(WTERMSIG(child.status)) + " (" +
                    strsignal(WTERMSIG(child.status)) + ")" + printed;
  } else if (child.verdict.empty() || WEXITSTATUS(child.status) != 0) {
    result.verdict = Verdict::crashed;
    result.detail =
        "it ended the process with code " + std::to_string(WEXITSTATUS(child.status)) + printed;
  } else {
    result.verdict = static_cast<Verdict>(child.verdict.front() - '0');
    result.detail = child.verdict.substr(1);
  }
  return result;
}

/// The first check among `needs` that stands in the way, or nothing.
std::string obstacle(std::string_view needs,
                     const std::map<std::string, Verdict, std::less<>>& known) {
  while (!needs.empty()) {
    const std::size_t space = needs.find(' ');
    const std::string_view name = needs.substr(0, space);
    needs = space == std::string_view::npos ? std::string_view() : needs.substr(space + 1);
    const auto found = known.find(name);
    if (found != known.end() &&
        (found->second == Verdict::failed || found->second == Verdict::crashed)) {
      return std::string(name);
    }
  }
  return {};
}

/// The checks whose name begins with `only`, and what they need.
std::vector<const Check*> chosen(std::string_view only) {
  std::vector<const Check*> list;
  const auto& all = all_checks();
  std::string wanted;
  for (auto check = all.rbegin(); check != all.rend(); ++check) {
    const std::string word = " " + std::string(check->name) + " ";
    if (!check->name.starts_with(only) && wanted.find(word) == std::string::npos) continue;
    wanted += " " + std::string(check->needs) + " ";
    list.push_back(&*check);
  }
  std::reverse(list.begin(), list.end());
  return list;
}

}  // namespace

bool Report::passed() const noexcept {
  return !results.empty() && std::none_of(results.begin(), results.end(), [](const CheckResult& r) {
    return r.verdict == Verdict::failed || r.verdict == Verdict::crashed;
  });
}

Report check(const std::string& path, const CheckOptions& options) {
  Report report;
  std::error_code error;
  report.library = std::filesystem::absolute(path, error).string();
  std::map<std::string, Verdict, std::less<>> known;
  for (const Check* check : chosen(options.only)) {
    CheckResult result;
    const std::string stands_in_the_way = obstacle(check->needs, known);
    if (stands_in_the_way.empty()) {
      const auto begin = Clock::now();
      result = judge(check->name, run_one(report.library, check->name, options), options);
      result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    } else {
      result = {std::string(check->name), Verdict::skipped, "it needs " + stands_in_the_way, 0};
    }
    // A check that was skipped for want of another stands in the way of what needs it, too.
    const bool blocked = !stands_in_the_way.empty();
    known[result.name] = blocked ? Verdict::failed : result.verdict;
    if (options.on_result) options.on_result(result);
    report.results.push_back(std::move(result));
  }
  return report;
}

std::vector<std::string> check_names() {
  std::vector<std::string> names;
  for (const Check& check : all_checks())
    names.emplace_back(check.name);
  return names;
}

}  // namespace souk::plugin_check
