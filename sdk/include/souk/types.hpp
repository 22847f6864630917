// Lists of types, and what is known of a message at compile time.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace souk {
inline namespace abi1 {

/// A list of types: `using Publishes = souk::Types<my::v1::QuoteExpired>;`
template <class... T>
struct Types {
  static constexpr std::size_t size = sizeof...(T);
};

/// What the build knows of a message or a standard event. Specialised by the `.souk.hpp` header
/// that is generated beside each `.pb.h`:
///   `static constexpr std::string_view name`: the full name ("souk.v1.ProductViewed").
template <class M>
struct MessageTraits;

/// A generated message (lite or full runtime) whose `.souk.hpp` header has been included.
template <class M>
concept Message = requires(M& message, const M& constant, const void* bytes, int size) {
  { MessageTraits<M>::name } -> std::convertible_to<std::string_view>;
  { message.ParseFromArray(bytes, size) } -> std::same_as<bool>;
  { constant.ByteSizeLong() } -> std::convertible_to<std::size_t>;
};

/// Who the plugin is: `static constexpr souk::PluginInfo identity{.id = "popular", .version =
/// "1.2.0"};`
struct PluginInfo {
  std::string_view id;       ///< its name in YAML: lower-case letters, digits, '-'; 2 to 64
  std::string_view version;  ///< semantic version, "1.2.0"
  std::string_view description = {};  ///< one sentence for operators
  std::string_view vendor = {};       ///< who made it, "Northwind Traders <it@northwind.example>"
  std::string_view license = {};      ///< SPDX, "Apache-2.0"
};

namespace detail {

template <class... Lists>
struct Concat;
template <>
struct Concat<> {
  using type = Types<>;
};
template <class... A>
struct Concat<Types<A...>> {
  using type = Types<A...>;
};
template <class... A, class... B, class... Rest>
struct Concat<Types<A...>, Types<B...>, Rest...> {
  using type = typename Concat<Types<A..., B...>, Rest...>::type;
};

/// The types of `List` for which `Keep<T>::value` holds, in order.
template <class List, template <class> class Keep>
struct Filter;
template <class... T, template <class> class Keep>
struct Filter<Types<T...>, Keep> {
  using type = typename Concat<std::conditional_t<Keep<T>::value, Types<T>, Types<>>...>::type;
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
