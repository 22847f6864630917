// Plugin<Derived, Settings>: what a plugin derives from. It gives access to the host; what the
// plugin does, it says by the member functions it has. All are optional:
//
//   void|Status on(const M&, const EventInfo&)      reads events of type M        [event]
//   void on_batch_end()                             after each batch of events    [event]
//   void|Status on_timer(const TimerInfo&)          has timers                    [event]
//   one function for each method of `Services`      answers (see service.hpp)     [call]
//   void perform(const Effect&, EffectDone)         performs effects              [call]
//   void health(souk::v1::PluginHealth&)            says how its models are       [call]
//   void snapshot(Writer&), void|Status restore(Reader&)      keeps its state     [event],
//   [control] void|Status configure(const Settings&)          takes settings, at first and at each
//   reload; on
//                                                   failure the old ones stay     [control],
//                                                   [event]
//   void|Status configure_account(std::string_view account_id, const Settings&)   [event]
//   void|Status start(), void|Status stop()         begins and ends               [control]
//
// and by these member types and constants, the first of which is required:
//
//   static constexpr souk::PluginInfo identity{.id = "popular", .version = "1.0.0"};
//   using CustomEvents = souk::Types<…>;   event types of its own that it reads
//   using Publishes = souk::Types<…>;      event types it publishes
//   using Services = souk::Types<…>;       generated services it answers
//   using Calls = souk::Types<…>;          generated services of others that it asks
//   static constexpr std::uint32_t snapshot_version = 1;        raise it when the format changes
//   static constexpr std::array<std::string_view, N> required_extensions / optional_extensions
//
// The thread tags are those of abi.h: [control] and [event] functions never run together for one
// instance; [call] functions run on any thread, concurrently with everything. Exceptions become
// SOUK_E_INTERNAL with their text.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "souk/client.hpp"
#include "souk/entities.hpp"
#include "souk/event.hpp"
#include "souk/host.hpp"
#include "souk/jobs.hpp"
#include "souk/outbox.hpp"
#include "souk/publish.hpp"
#include "souk/service.hpp"
#include "souk/settings.hpp"
#include "souk/snapshot.hpp"
#include "souk/timers.hpp"
#include "souk/types.hpp"

namespace souk {
inline namespace abi1 {

namespace detail {
template <class P>
class Instance;
}

/// Base of every plugin. `SettingsMessage` is the Protobuf message whose options state defaults and
/// limits; the kernel fills and checks it before the plugin sees it.
template <class Derived, class SettingsMessage = NoSettings>
class Plugin {
 public:
  using Settings = SettingsMessage;
  // What a derived class does not say.
  using CustomEvents = Types<>;
  using Publishes = Types<>;
  using Services = Types<>;
  using Calls = Types<>;
  static constexpr std::uint32_t snapshot_version = 1;

  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

 protected:
  Plugin() = default;
  ~Plugin() = default;

  /// Log, clock and metrics. Not in the constructor; from configure() on.
  [[nodiscard]] const Host& host() const noexcept { return host_; }

  /// The settings in force: the account's own, else the store's. Any thread; takes no lock.
  [[nodiscard]] SettingsReading<SettingsMessage> settings(std::string_view account_id = {}) const {
    return settings_.read(account_id);
  }

  /// Publishes one of the types in `Publishes`; see publish.hpp.
  template <Message M>
  Status publish(const M& event, const About& about = {}) const {
    static_assert(in_list<M>(typename Derived::Publishes{}),
                  "add the message to the plugin's `using Publishes = souk::Types<…>`");
    return publish_event(host_, event, about);
  }

  /// Asks another plugin: `ask<souk::v1::RecommendationsService::Recommend>(request, [](auto
  /// result) {…})`.
  template <class Method, class Callback>
  void ask(const typename Method::Request& request, Callback&& callback,
           const CallOptions& options = {}) const {
    souk::ask<Method>(host_, request, options, std::forward<Callback>(callback));
  }

  /// Sets and cancels timers; from event handlers, on_timer() and start().
  [[nodiscard]] Timers timers() const noexcept { return Timers(host_); }

  /// Queues `Status(souk::Job)` on the host's background threads.
  template <class Work>
  Status run_job(std::string_view name, Work&& work) const {
    return souk::run_job(host_, name, std::forward<Work>(work));
  }
  Status cancel_job(std::string_view name) const { return souk::cancel_job(host_, name); }

  /// Records an effect that perform() will be asked for; from event handlers and on_timer().
  Status enqueue_effect(std::string_view key, std::string_view payload,
                        std::int64_t not_before_us = 0) const {
    return souk::enqueue_effect(host_, key, payload, not_before_us);
  }

 private:
  template <class P>
  friend class detail::Instance;

  template <class M, class... T>
  static constexpr bool in_list(Types<T...>) {
    return (std::is_same_v<M, T> || ...);
  }

  Host host_;
  detail::SettingsStore<SettingsMessage> settings_;
};

}  // namespace abi1
}  // namespace souk
