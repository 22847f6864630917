// Copies a payload onto the stack.
#include "plain.hpp"

class Stacking : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    if (event.payload.size > 8 * 1024 * 1024) __builtin_trap();
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Stacking)
