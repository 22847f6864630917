// Frees what only start() makes.
#include "plain.hpp"

class Impatient : public bad::Plain {
 public:
  using Plain::Plain;
  ~Impatient() override { *made_ = 0; }
  souk_status init(souk_bytes) override {
    made_ = nullptr;
    return SOUK_OK;
  }
  souk_status start() override {
    made_ = &value_;
    return SOUK_OK;
  }

 private:
  int value_ = 0;
  int* volatile made_ = &value_;
};

BAD_PLUGIN(Impatient)
