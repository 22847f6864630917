// A template of a message: Liquid as shops use it, compiled once, rendered by many threads.
//
//     auto cart = Template::compile("abandoned_cart.html", text, options);
//     if (!cart) return cart.status();   // "abandoned_cart.html:12:7: unknown filter 'monye'; did
//     …" std::string html; cart->render(context, {.locale = "de", .currency = "EUR", .now_us =
//     now}, html);
//
// The language, and what each default template is given, is in README.md. Compiling reads includes
// and layouts through the loader; rendering does no I/O, never hangs (see RenderLimits) and never
// fails because of data: what is missing renders as nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/template/known_variables.hpp"
#include "plugins/email/template/time_zone.hpp"
#include "plugins/email/template/translations.hpp"
#include "plugins/email/template/value.hpp"
#include "souk/result.hpp"

namespace souk::email {

/// The text of an included template or a layout; nothing when there is none of that name. Called
/// while compiling only.
using TemplateLoader = std::function<std::optional<std::string>(std::string_view name)>;

struct CompileOptions {
  TemplateLoader loader;
  /// The variables that a context may hold: others are errors, with the nearest name. Null: any.
  const KnownVariables* known = nullptr;
  /// A constant key of the filter `t` that these do not have is an error. Null: not checked.
  const Translations* translations = nullptr;
  /// HTML: output is escaped, links with a scheme that runs code become "#", and the rules of style
  /// elements are written into style attributes (see inline_css.hpp). False: plain text, as SMS
  /// and subjects are.
  bool html = true;
};

/// What one rendering may cost at most. Beyond: RESOURCE_EXHAUSTED and no output.
struct RenderLimits {
  std::size_t output_bytes = std::size_t{1} << 20;
  /// Parts executed, items looped over, and 64 bytes touched by a filter, count one each.
  std::int64_t steps = 1'000'000;
  /// Intermediate texts and lists.
  std::size_t scratch_bytes = ValueArena::kDefaultBytes;
};

struct RenderOptions {
  /// BCP 47 ("de", "pt-BR"): numbers, money, dates, translations. Unknown: English.
  std::string_view locale = "en";
  /// ISO 4217, for `money` where neither an argument nor the value says another.
  std::string_view currency = "USD";
  /// What "now" is, for dates; µs since the epoch.
  std::int64_t now_us = 0;
  /// In which dates are shown; null: UTC. find_time_zone() gives one that lives for ever.
  const TimeZone* zone = nullptr;
  /// For the filter `t`; null: keys are shown as they are.
  const Translations* translations = nullptr;
  /// Line breaks and control characters become spaces: for subjects and other header fields.
  bool single_line = false;
  RenderLimits limits{};
  /// Intermediate values; null: memory of this rendering's own. One thread at a time; it is reset.
  ValueArena* scratch = nullptr;
  /// When given: which variables the context did not have ("cart.items.image at line 12"), for
  /// previews. At most 100.
  std::vector<std::string>* missing = nullptr;
};

/// `{% recommend placement: "email_home", limit: 4 %}`: products that the sender asks for before it
/// renders, and puts into the context's `recommendations.<placement>`.
struct RecommendationNeed {
  std::string placement;
  std::uint32_t limit = 0;
};

namespace liquid {
struct TemplateProgram;
}

/// Immutable and cheap to copy; any number of threads render one at the same time.
class Template {
 public:
  /// INVALID_ARGUMENT: "name:line:column: sentence", where the name is that of the file with the
  /// fault, be it the template, its layout or an include.
  [[nodiscard]] static Result<Template> compile(std::string_view name, std::string_view text,
                                                const CompileOptions& options);

  /// Replaces `out` (its memory is reused). On failure `out` is empty.
  [[nodiscard]] Status render(const Value& context, const RenderOptions& options,
                              std::string& out) const;

  [[nodiscard]] const std::vector<RecommendationNeed>& recommendation_needs() const noexcept;

  /// Whether the context's variable `name` ("coupon") is read anywhere: what is not need not be
  /// fetched or reserved.
  [[nodiscard]] bool uses(std::string_view name) const noexcept;

 private:
  explicit Template(std::shared_ptr<const liquid::TemplateProgram> program) noexcept;

  std::shared_ptr<const liquid::TemplateProgram> program_;
};

}  // namespace souk::email
