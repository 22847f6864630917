// Believes that no event happened before 1970.
#include "plain.hpp"

class Modern : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    if (event.time_us < 0) __builtin_trap();
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Modern)
