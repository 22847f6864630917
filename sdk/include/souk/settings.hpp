// The settings in force: the store's, and those of each account that has its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "souk/view.hpp"

namespace souk {
inline namespace abi1 {

/// For plugins without settings.
struct NoSettings {};

/// Settings that stay as they are while this is held. Read them in one go, then let it go.
template <class S>
class SettingsReading;

namespace detail {

/// One immutable set of settings. Accounts' messages are shared between generations of the table.
template <class S>
struct SettingsTable {
  std::shared_ptr<const S> common = std::make_shared<const S>();
  std::map<std::string, std::shared_ptr<const S>, std::less<>> accounts;
};

}  // namespace detail

template <class S>
class SettingsReading {
 public:
  explicit SettingsReading(Reading<detail::SettingsTable<S>> table, const S* settings) noexcept
      : table_(std::move(table)), settings_(settings) {}
  const S& operator*() const noexcept { return *settings_; }
  const S* operator->() const noexcept { return settings_; }

 private:
  Reading<detail::SettingsTable<S>> table_;
  const S* settings_;
};

namespace detail {

/// Keeps the settings in force. Written on the control or event thread, read from any.
template <class S>
class SettingsStore {
 public:
  SettingsStore() { view_.publish(table_); }

  void set_common(std::shared_ptr<const S> settings) {
    table_.common = std::move(settings);
    changed();
  }
  void set_account(std::string_view account, std::shared_ptr<const S> settings) {
    table_.accounts.insert_or_assign(std::string(account), std::move(settings));
    changed();
  }
  void remove_account(std::string_view account) {
    const auto found = table_.accounts.find(account);
    if (found == table_.accounts.end()) return;
    table_.accounts.erase(found);
    changed();
  }

  /// From here on, every change is visible at once. Before (while accounts' settings arrive one by
  /// one at start) only set_common() is: publishing a copy for each of n accounts would cost n
  /// squared.
  void open() {
    open_ = true;
    view_.publish(table_);
  }

  [[nodiscard]] SettingsReading<S> read(std::string_view account) const {
    auto table = view_.read();
    const S* settings = table->common.get();
    if (!account.empty()) {
      const auto found = table->accounts.find(account);
      if (found != table->accounts.end()) settings = found->second.get();
    }
    return SettingsReading<S>(std::move(table), settings);
  }

 private:
  void changed() {
    if (open_ || table_.accounts.empty()) view_.publish(table_);
  }

  SettingsTable<S> table_;
  View<SettingsTable<S>> view_;
  bool open_ = false;
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
