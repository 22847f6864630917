// What conditions of flows ask, answered from the state.
#pragma once

#include <limits>

#include "plugins/email/email.hpp"

namespace souk::email {

class Email::FactsOf final : public Facts {
 public:
  /// `stay` may be null: nobody is inside yet.
  FactsOf(const Email& email, const Person& person, const Deed& deed, const Inside* stay)
      : email_(email), person_(person), deed_(deed), stay_(stay) {}

  [[nodiscard]] double number(Fact fact, std::string_view name) const override;
  [[nodiscard]] std::string_view text(Fact fact, std::string_view name) const override;

 private:
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  [[nodiscard]] const google::protobuf::Value* property(std::string_view name) const;
  [[nodiscard]] double of_event(Fact fact, std::string_view name) const;
  [[nodiscard]] double of_stay(Fact fact) const;
  [[nodiscard]] double cart_value() const;
  [[nodiscard]] bool is_in(std::string_view segment) const;
  [[nodiscard]] double since(std::uint32_t then_s) const {
    return then_s == 0 ? kUnknown : static_cast<double>(email_.now_s_) - then_s;
  }

  const Email& email_;
  const Person& person_;
  const Deed& deed_;
  const Inside* stay_;
};

}  // namespace souk::email
