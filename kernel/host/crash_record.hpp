// CrashRecord: whose code ran on the thread on which the daemon crashed.
//
// While a plugin's code runs, its instance's name is kept in a thread-local (RunningIn). When the
// process gets SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, a handler writes that name to a small
// file that was opened before, and lets the signal take its course. The next start reads who is to
// blame. A daemon that is killed from outside leaves no name, so nobody is blamed for it.
#pragma once

#include <map>
#include <string>

namespace souk::host {

/// Marks this thread as running the code of the instance `label`, which must outlive the mark.
class RunningIn {
 public:
  explicit RunningIn(const std::string& label) noexcept;
  ~RunningIn();
  RunningIn(const RunningIn&) = delete;
  RunningIn& operator=(const RunningIn&) = delete;

 private:
  const std::string* outer_;
};

/// Reads who crashed since the file was read last, label → times, empties the file, and keeps it
/// for the handlers, which it installs once a process (handlers that were there are called
/// afterwards). Empty when `path` is; a file that cannot be opened is warned about and records
/// nothing.
[[nodiscard]] std::map<std::string, unsigned> take_crash_record(const std::string& path);

}  // namespace souk::host
