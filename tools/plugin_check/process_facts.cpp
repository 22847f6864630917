#include "tools/plugin_check/process_facts.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

namespace souk::plugin_check {
namespace {

std::size_t entries_of(const char* folder) {
  DIR* dir = opendir(folder);
  if (dir == nullptr) return 0;
  std::size_t count = 0;
  while (const dirent* entry = readdir(dir)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(dir);
  return count;
}

struct NamedCall {
  long number;
  const char* name;
};

constexpr std::array kForbidden = {
    NamedCall{SYS_socket, "socket"},     NamedCall{SYS_connect, "connect"},
    NamedCall{SYS_sendto, "sendto"},     NamedCall{SYS_sendmsg, "sendmsg"},
    NamedCall{SYS_execve, "execve"},     NamedCall{SYS_execveat, "execveat"},
    NamedCall{SYS_unlinkat, "unlinkat"}, NamedCall{SYS_renameat2, "renameat2"},
    NamedCall{SYS_mkdirat, "mkdirat"},   NamedCall{SYS_kill, "kill"},
#ifdef SYS_open
    NamedCall{SYS_unlink, "unlink"},     NamedCall{SYS_rename, "rename"},
    NamedCall{SYS_mkdir, "mkdir"},       NamedCall{SYS_fork, "fork"},
    NamedCall{SYS_vfork, "vfork"},
#endif
};

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

std::function<void(const char*)>& attempt_handler() {
  static std::function<void(const char*)> handler;
  return handler;
}

/// The call is not made; its caller sees EPERM.
void on_forbidden(int, siginfo_t* info, void* context) {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  machine.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
  machine.regs[0] = static_cast<unsigned long long>(-EPERM);
#else
  static_cast<void>(machine);
#endif
  const char* name = "openat";
  for (const NamedCall& call : kForbidden) {
    if (call.number == info->si_syscall) name = call.name;
  }
  attempt_handler()(name);
}

sock_filter statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
sock_filter jump(unsigned code, std::uint32_t k, std::uint8_t yes, std::uint8_t no) {
  return {static_cast<std::uint16_t>(code), yes, no, k};
}

/// Traps the forbidden calls, and those that open a file for writing; everything else is allowed.
std::vector<sock_filter> filter() {
  constexpr auto kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr auto kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  const sock_filter trap = statement(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  std::vector<sock_filter> program = {statement(kLoad, offsetof(seccomp_data, arch)),
                                      jump(kEqual, kArchitecture, 1, 0), allow,
                                      statement(kLoad, offsetof(seccomp_data, nr))};
  for (const NamedCall& call : kForbidden) {
    program.push_back(jump(kEqual, static_cast<std::uint32_t>(call.number), 0, 1));
    program.push_back(trap);
  }
  const auto refuse_writing = [&](long number, unsigned flags_argument) {
    const auto flags = static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                                  sizeof(std::uint64_t) * flags_argument);
    program.push_back(jump(kEqual, static_cast<std::uint32_t>(number), 0, 4));
    program.push_back(statement(kLoad, flags));
    program.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT, 0, 1));
    program.push_back(trap);
    program.push_back(allow);
  };
  refuse_writing(SYS_openat, 2);
#ifdef SYS_open
  refuse_writing(SYS_open, 1);
#endif
  program.push_back(allow);
  return program;
}

}  // namespace

std::size_t thread_count() { return entries_of("/proc/self/task"); }
std::size_t descriptor_count() { return entries_of("/proc/self/fd"); }
std::size_t heap_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

CapturedOutput::CapturedOutput()
    : memory_(memfd_create("output", MFD_CLOEXEC)),
      out_(dup(STDOUT_FILENO)),
      error_(dup(STDERR_FILENO)) {
  std::fflush(nullptr);
  dup2(memory_, STDOUT_FILENO);
  dup2(memory_, STDERR_FILENO);
}

CapturedOutput::~CapturedOutput() {
  std::fflush(nullptr);
  dup2(out_, STDOUT_FILENO);
  dup2(error_, STDERR_FILENO);
  for (const int fd : {memory_, out_, error_})
    close(fd);
}

std::string CapturedOutput::text() const {
  std::fflush(nullptr);
  std::string all(static_cast<std::size_t>(lseek(memory_, 0, SEEK_END)), '\0');
  const ssize_t got = pread(memory_, all.data(), all.size(), 0);
  all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return all;
}

bool forbid_effects(std::function<void(const char* system_call)> on_attempt) {
  if (kArchitecture == 0) return false;
  attempt_handler() = std::move(on_attempt);
  struct sigaction action {};
  action.sa_sigaction = &on_forbidden;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  std::vector<sock_filter> program = filter();
  const sock_fprog described{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &described, 0, 0) == 0;
}

}  // namespace souk::plugin_check
