// Folds history differently from the present.
#include "plain.hpp"

class Partial : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    if ((event.flags & SOUK_EVENT_EFFECTS_OFF) != 0) return SOUK_OK;
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Partial)
