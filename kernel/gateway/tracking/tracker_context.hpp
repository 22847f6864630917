// A tracker's `context` → souk.v1.Context, consent, channel, session and account. Any thread.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace souk::gateway {

/// A member of an object, through a path of names; false when something on the way is missing or
/// null.
[[nodiscard]] bool find_member(const simdjson::dom::object& object,
                               std::initializer_list<std::string_view> path,
                               simdjson::dom::element& found);
/// The member's text, numbers included; empty when there is none.
[[nodiscard]] std::string text_of(const simdjson::dom::object& object,
                                  std::initializer_list<std::string_view> path);

/// Appends Event.context, consent, session_id and account_id as far as the tracker's context has
/// them.
void append_tracker_context(const simdjson::dom::object& context, std::string& event);

/// souk.v1.Event.Channel: from `channel` ("web", "server", "mobile"), else from the library's name.
[[nodiscard]] int channel_of(std::string_view channel, std::string_view library) noexcept;

}  // namespace souk::gateway
