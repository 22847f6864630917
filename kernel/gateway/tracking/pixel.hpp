// Events as picture requests: for mails and pages without script.
#pragma once

#include <string>
#include <string_view>

#include "kernel/schema/routes.hpp"

namespace souk::gateway {

/// The event as JSON: from `data` (base64 of it), or from the parameters, whose dots make objects
/// ("properties.price=3"). A value that is a JSON object is taken as one. The write key is left
/// out.
[[nodiscard]] std::string pixel_event(const schema::Parameters& query);

/// A transparent picture of one pixel.
[[nodiscard]] std::string_view transparent_gif() noexcept;

}  // namespace souk::gateway
