// Keeps a pointer to an event's payload.
#include "plain.hpp"

class Keeping : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    if (last_.size > 0) first_byte_ = *static_cast<const volatile char*>(last_.data);
    last_ = event.payload;
    return Plain::fold(event);
  }

 private:
  souk_bytes last_{};
  char first_byte_ = 0;
};

BAD_PLUGIN(Keeping)
