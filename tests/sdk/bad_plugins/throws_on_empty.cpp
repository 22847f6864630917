// Lets an exception cross the boundary.
#include <stdexcept>

#include "plain.hpp"

class Throwing : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    if (event.payload.size == 0) throw std::invalid_argument("no payload");
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Throwing)
