// Memory lent to a plugin for one call, and spoiled afterwards, so that a plugin which keeps a
// pointer reads rubbish in every test instead of once a month in production.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <deque>
#include <new>
#include <string_view>
#include <utility>

#include "souk/abi.h"

namespace souk {
inline namespace abi1 {
namespace testing {

/// How lent memory ends: overwritten, or also made inaccessible, so that a late read is a crash.
enum class Spoil { overwrite, forbid };

/// Pages that end at a page which nobody may touch: reading past their end is a crash.
class GuardedPages {
 public:
  explicit GuardedPages(std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    usable_ = (size + page - 1) / page * page;
    if (usable_ == 0) usable_ = page;
    total_ = usable_ + page;
    base_ = mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    mprotect(static_cast<char*>(base_) + usable_, page, PROT_NONE);
  }
  GuardedPages(GuardedPages&& other) noexcept
      : base_(std::exchange(other.base_, MAP_FAILED)),
        usable_(other.usable_),
        total_(other.total_) {}
  GuardedPages& operator=(GuardedPages&&) = delete;
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;
  ~GuardedPages() {
    if (base_ != MAP_FAILED) munmap(base_, total_);
  }

  /// The last `size` bytes before the forbidden page.
  [[nodiscard]] void* last(std::size_t size) const noexcept {
    return static_cast<char*>(base_) + usable_ - size;
  }
  [[nodiscard]] char* first() const noexcept { return static_cast<char*>(base_); }
  [[nodiscard]] std::size_t size() const noexcept { return usable_; }
  void forbid() const noexcept { mprotect(base_, usable_, PROT_NONE); }

 private:
  void* base_;
  std::size_t usable_ = 0;
  std::size_t total_ = 0;
};

/// Lends copies of bytes and structs until spoil(). One call of the plugin, one Loan.
class Loan {
 public:
  Loan() = default;
  Loan(Loan&&) = default;
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  Loan& operator=(Loan&&) = delete;

  /// A copy that ends at a forbidden page; {NULL, 0} for nothing.
  [[nodiscard]] souk_bytes lend(std::string_view bytes) {
    if (bytes.empty()) return souk_bytes{nullptr, 0};
    const GuardedPages& pages = pages_.emplace_back(bytes.size());
    void* copy = pages.last(bytes.size());
    std::memcpy(copy, bytes.data(), bytes.size());
    return souk_bytes{static_cast<const char*>(copy), bytes.size()};
  }
  template <class T>
  [[nodiscard]] T* lend_struct(const T& value) {
    const GuardedPages& pages = pages_.emplace_back(sizeof(T));
    void* copy = pages.last(sizeof(T));
    std::memcpy(copy, &value, sizeof(T));
    return static_cast<T*>(copy);
  }

  [[nodiscard]] std::size_t pages() const noexcept { return pages_.size(); }

  void spoil(Spoil how) noexcept {
    for (const GuardedPages& pages : pages_) {
      std::memset(pages.first(), 0xDB, pages.size());
      if (how == Spoil::forbid) pages.forbid();
    }
  }

 private:
  std::deque<GuardedPages> pages_;
};

/// Keeps ended loans for a while: their addresses are not used again, so a late read is noticed.
class Graveyard {
 public:
  explicit Graveyard(Spoil how) : how_(how) {}
  void bury(Loan loan) {
    loan.spoil(how_);
    pages_ += loan.pages();
    graves_.push_back(std::move(loan));
    while (graves_.size() > kMost || (pages_ > kMostPages && graves_.size() > 1)) {
      pages_ -= graves_.front().pages();
      graves_.pop_front();
    }
  }

 private:
  static constexpr std::size_t kMost = 256;
  /// Each is two mappings, of which a process has 65,530 by default: without a bound of their own
  /// large batches would leave none for the plugin, whose next allocation would then fail.
  static constexpr std::size_t kMostPages = 8'192;
  Spoil how_;
  std::size_t pages_ = 0;
  std::deque<Loan> graves_;
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
