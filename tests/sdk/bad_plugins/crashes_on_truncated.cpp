// Trusts the length that a payload states. Only a payload that begins as it should and is cut off
// inside its first text shows it.
#include "plain.hpp"

class Trusting : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    const std::string_view payload = bad::view(event.payload);
    const bool begins_well =
        payload.size() > 4 && payload.size() < 12 && payload.substr(2).starts_with("pr");
    if (begins_well && static_cast<unsigned char>(payload[1]) > payload.size() - 2)
      __builtin_trap();
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Trusting)
