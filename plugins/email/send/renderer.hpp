// Templates of all flows, compiled when settings arrive, and what they are given.
#pragma once

#include <souk/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/model/flow.hpp"
#include "plugins/email/template/template.hpp"
#include "souk/email/v1/settings.pb.h"
#include "souk/email/v1/state.pb.h"

namespace souk::email {

/// Links that a message carries.
struct MessageLinks {
  std::string unsubscribe;
  std::string open_pixel;  ///< empty: opens are not counted
  std::string confirm;     ///< of a double opt-in
};

struct Rendered {
  std::string subject;
  std::string html;
  std::string text;
};

/// Immutable; any thread.
class Renderer {
 public:
  /// Compiles what the flows name. INVALID_ARGUMENT with the template's name, line and column, or
  /// the setting.
  static Result<std::shared_ptr<const Renderer>> make(
      const v1::Settings& settings, const std::vector<std::shared_ptr<const Flow>>& flows);

  /// How many recommended products the message's template shows; 0: none, so that none are asked
  /// for.
  [[nodiscard]] std::uint32_t recommendations_shown(const v1::Outgoing& out) const;
  Result<Rendered> render(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                          const MessageLinks& links, std::int64_t now_us) const;
  /// The text message.
  Result<std::string> render_sms(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                                 std::int64_t now_us) const;

 private:
  Status add_message(const Flow& flow, const std::string& name, const std::string& subject);
  /// The text message NAME.sms.txt.
  Status add_sms(const Flow& flow, const std::string& name);
  [[nodiscard]] Result<Template> compile(const std::string& name, const std::string& text,
                                         bool html) const;
  [[nodiscard]] Value context_of(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                                 const MessageLinks& links, ValueArena& arena) const;

  TemplateLoader loader_;
  std::shared_ptr<const Translations> translations_;
  std::map<std::string, Template, std::less<>> pages_;  ///< by template name
  std::map<std::string, Template, std::less<>> sms_;    ///< by template name
  std::map<std::string, Template, std::less<>>
      subjects_;  ///< by template name, or text of the subject
  std::string shop_name_, shop_url_, address_, currency_;
};

/// Every `href` of an anchor that leads to http or https, replaced by what `lead` makes of it; an
/// empty text leaves it.
[[nodiscard]] std::string with_links(std::string_view html,
                                     const std::function<std::string(const std::string&)>& lead);

}  // namespace souk::email
