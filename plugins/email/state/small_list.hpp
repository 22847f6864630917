// SmallList<T>: a list in eight bytes while it is empty. Most shoppers have most lists empty, so a
// std::vector's 24 would be most of what is kept of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

namespace souk::email {

/// At most 65,535 elements of a trivially copyable type. Not thread-safe.
template <class T>
class SmallList {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  SmallList() = default;
  SmallList(SmallList&&) noexcept = default;
  SmallList& operator=(SmallList&&) noexcept = default;

  [[nodiscard]] std::size_t size() const noexcept { return block_ ? header().size : 0; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] T* begin() noexcept { return block_ ? data() : nullptr; }
  [[nodiscard]] T* end() noexcept { return begin() + size(); }
  [[nodiscard]] const T* begin() const noexcept { return block_ ? data() : nullptr; }
  [[nodiscard]] const T* end() const noexcept { return begin() + size(); }
  T& operator[](std::size_t i) noexcept { return data()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data()[i]; }
  [[nodiscard]] const T& back() const noexcept { return data()[size() - 1]; }

  void push_back(T value) {
    const std::size_t used = size();
    if (!block_ || used == header().capacity) grow(used == 0 ? 1 : used + used / 2 + 1);
    data()[used] = value;
    header().size = static_cast<std::uint16_t>(used + 1);
  }
  /// Adds at the end; the oldest goes when there are more than `most`. True when one went, and
  /// `gone` is it.
  bool push_bounded(T value, std::size_t most, T* gone = nullptr) {
    bool went = false;
    if (size() >= most && !empty()) {
      if (gone != nullptr) *gone = data()[0];
      erase(0);
      went = true;
    }
    push_back(value);
    return went;
  }
  void erase(std::size_t at) noexcept {
    std::memmove(static_cast<void*>(data() + at), data() + at + 1, (size() - at - 1) * sizeof(T));
    if (--header().size == 0) block_.reset();
  }
  template <class Predicate>
  void erase_if(Predicate&& predicate) {
    if (!block_) return;
    T* last = std::remove_if(begin(), end(), predicate);
    header().size = static_cast<std::uint16_t>(last - begin());
    if (header().size == 0) block_.reset();
  }
  void clear() noexcept { block_.reset(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return block_ ? sizeof(Header) + header().capacity * sizeof(T) : 0;
  }

 private:
  struct Header {
    std::uint16_t size;
    std::uint16_t capacity;
  };
  static constexpr std::size_t kOffset = sizeof(Header) < alignof(T) ? alignof(T) : sizeof(Header);

  Header& header() noexcept { return *reinterpret_cast<Header*>(block_.get()); }
  const Header& header() const noexcept { return *reinterpret_cast<const Header*>(block_.get()); }
  T* data() noexcept { return reinterpret_cast<T*>(block_.get() + kOffset); }
  const T* data() const noexcept { return reinterpret_cast<const T*>(block_.get() + kOffset); }
  void grow(std::size_t capacity) {
    capacity = std::min<std::size_t>(capacity, 0xffff);
    auto next = std::make_unique<char[]>(kOffset + capacity * sizeof(T));
    const Header fresh{static_cast<std::uint16_t>(size()), static_cast<std::uint16_t>(capacity)};
    std::memcpy(next.get(), &fresh, sizeof fresh);
    if (block_) {
      std::memcpy(next.get() + kOffset, block_.get() + kOffset, size() * sizeof(T));
    }
    block_ = std::move(next);
  }

  std::unique_ptr<char[]> block_;
};

}  // namespace souk::email
