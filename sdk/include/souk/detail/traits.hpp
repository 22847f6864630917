// What a plugin class has, found at compile time.
#pragma once

#include <concepts>
#include <type_traits>

#include "souk/plugin.hpp"
#include "souk/types.hpp"
#include "souk/v1/admin.souk.hpp"
#include "souk/v1/event.souk.hpp"

namespace souk {
inline namespace abi1 {
namespace detail {

template <class P, class M>
concept ReadsEvent = requires(P& p, const M& message, const EventInfo& info) {
  p.on(message, info);
};
template <class P>
concept HasBatchEnd = requires(P& p) {
  p.on_batch_end();
};
template <class P>
concept HasTimers = requires(P& p, const TimerInfo& timer) {
  p.on_timer(timer);
};
template <class P>
concept HasEffects = requires(P& p, const Effect& effect, EffectDone done) {
  p.perform(effect, std::move(done));
};
template <class P>
concept HasHealth = requires(P& p, souk::v1::PluginHealth& health) {
  p.health(health);
};
template <class P>
concept HasSnapshot = requires(P& p, Writer& writer) {
  p.snapshot(writer);
};
template <class P>
concept HasRestore = requires(P& p, Reader& reader) {
  p.restore(reader);
};
template <class P>
concept HasSettings = !std::same_as<typename P::Settings, NoSettings>;
template <class P>
concept HasConfigure = requires(P& p, const typename P::Settings& s) {
  p.configure(s);
};
template <class P>
concept HasConfigureAccount = requires(P& p, std::string_view account,
                                       const typename P::Settings& s) {
  p.configure_account(account, s);
};
template <class P>
concept HasStart = requires(P& p) {
  p.start();
};
template <class P>
concept HasStop = requires(P& p) {
  p.stop();
};
template <class P>
concept HasRequiredExtensions = requires {
  P::required_extensions.size();
};
template <class P>
concept HasOptionalExtensions = requires {
  P::optional_extensions.size();
};

/// The event types that P reads, in the order of the manifest's `reads`: standard ones first.
template <class P>
struct EventsOf {
  template <class M>
  using Read = std::bool_constant<ReadsEvent<P, M>>;
  using Standard = typename Filter<souk::v1::StandardEvents, Read>::type;
  using Custom = typename Filter<typename P::CustomEvents, Read>::type;
  static_assert(Custom::size == P::CustomEvents::size,
                "each type in CustomEvents needs a public on(const Type&, const EventInfo&)");
  using type = typename Concat<Standard, Custom>::type;
};

/// All methods of all services of P, in the order of souk_call.method.
template <class List>
struct MethodsOf;
template <class... Service>
struct MethodsOf<Types<Service...>> {
  using type = typename Concat<typename Service::Methods...>::type;
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
