// Forgets the question.
#include "plain.hpp"

class Silent : public bad::Plain {
 public:
  using Plain::Plain;
  void call(const souk_call&) override {}
};

BAD_PLUGIN(Silent)
