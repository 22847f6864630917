#include "tools/bench/load/request_source.hpp"

#include <google/protobuf/util/json_util.h>
#include <souk/v1/ingest.pb.h>

#include <cstdio>
#include <ctime>
#include <fstream>

namespace souk::bench {
namespace {

// Places in the template. Each is as wide as what replaces it; the letter tells which it is.
constexpr std::string_view kEventMark = "@E@@@@@@@@@@@@@@";  // 16 hex digits
constexpr std::string_view kVisitMark = "@V@@@@@@@@";        // 10 hex digits
constexpr std::string_view kShopperMark = "@S";              // and @ for each further digit
constexpr std::string_view kProductMark = "@P";              // the same

/// A bijection that looks random (splitmix64's finish): ids are unique and do not compress.
std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

void write_hex(char* out, std::size_t width, std::uint64_t value) noexcept {
  for (std::size_t i = width; i-- > 0; value >>= 4U)
    out[i] = "0123456789abcdef"[value & 15U];
}

/// As many as the mark has characters.
void write_digits(char* out, std::size_t digits, std::uint32_t value) noexcept {
  for (std::size_t i = digits; i-- > 0; value /= 10)
    out[i] = static_cast<char>('0' + value % 10);
}

std::size_t digits_of(std::uint32_t value) { return std::to_string(value).size(); }

std::string mark_for(std::string_view mark, std::uint32_t first) {
  return std::string(mark) + std::string(digits_of(first) - mark.size(), '@');
}

std::string events_body(const EventRequestSettings& settings) {
  souk::v1::PostEventsRequest request;
  const std::time_t now = std::time(nullptr);
  for (unsigned i = 0; i < settings.batch; ++i) {
    souk::v1::Event& event = *request.add_events();
    event.set_id(std::string(kEventMark));
    event.mutable_time()->set_seconds(now - settings.batch + i);
    event.mutable_time()->set_nanos(511'000'000);
    event.set_shopper_id(settings.population.shopper_prefix +
                         mark_for(kShopperMark, settings.population.first_shopper));
    event.set_session_id("s-" + std::string(kVisitMark));
    event.set_channel(souk::v1::Event::WEB);
    souk::v1::ProductViewed& view = *event.mutable_product_viewed();
    view.set_product_id(settings.population.product_prefix +
                        mark_for(kProductMark, settings.population.first_product));
    view.set_category("Games > Board games");
    view.set_price(18.99 + i);
    view.set_currency("EUR");
    view.set_position(i % 20 + 1);
  }
  if (settings.protobuf) return request.SerializeAsString();
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(request, &json).ok()) json.clear();
  return json;
}

std::string head(std::string_view method, std::string_view path, const std::string& host,
                 const std::string& key) {
  std::string out;
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
  if (!key.empty()) out.append("\r\nAuthorization: Bearer ").append(key);
  return out.append("\r\n");
}

class EventRequests final : public RequestSource {
 public:
  explicit EventRequests(const EventRequestSettings& settings)
      : population_(settings.population),
        shopper_digits_(digits_of(population_.first_shopper)),
        product_digits_(digits_of(population_.first_product)),
        batch_(settings.batch),
        run_(mix(settings.run)) {
    const std::string body = events_body(settings);
    template_ = head("POST", settings.path, settings.host, settings.key);
    template_.append("Content-Type: application/")
        .append(settings.protobuf ? "x-protobuf" : "json")
        .append("\r\nContent-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
    for (std::size_t at = template_.find('@'); at != std::string::npos;
         at = template_.find('@', at + 1)) {
      if (template_.compare(at, kEventMark.size(), kEventMark) == 0) {
        patches_.push_back({at, template_.find(kVisitMark, at), template_.find(kShopperMark, at),
                            template_.find(kProductMark, at)});
      }
    }
  }

  std::string_view next(std::string& scratch, FastRandom& random) const override {
    if (scratch.empty()) scratch = template_;
    const std::uint64_t first = sent_.fetch_add(batch_, std::memory_order_relaxed);
    char* bytes = scratch.data();
    std::uint64_t number = first;
    for (const Patch& patch : patches_) {
      const std::uint32_t shopper = population_.first_shopper + random.below(population_.shoppers);
      const std::uint32_t product =
          population_.first_product + random.skewed_below(population_.products);
      write_hex(bytes + patch.event, kEventMark.size(), mix(run_ + number));
      // A shopper begins a new visit now and then.
      write_hex(bytes + patch.visit, kVisitMark.size(), mix(shopper + (number / 500'000 << 24U)));
      write_digits(bytes + patch.shopper, shopper_digits_, shopper);
      write_digits(bytes + patch.product, product_digits_, product);
      ++number;
    }
    return scratch;
  }

  [[nodiscard]] unsigned events_per_request() const noexcept override { return batch_; }

 private:
  struct Patch {
    std::size_t event;
    std::size_t visit;
    std::size_t shopper;
    std::size_t product;
  };

  EventPopulation population_;
  std::size_t shopper_digits_;
  std::size_t product_digits_;
  unsigned batch_;
  std::uint64_t run_;
  std::string template_;
  std::vector<Patch> patches_;
  mutable std::atomic<std::uint64_t> sent_{0};
};

class PathRequests final : public RequestSource {
 public:
  explicit PathRequests(std::vector<std::string> requests) : requests_(std::move(requests)) {}
  std::string_view next(std::string& /*scratch*/, FastRandom& random) const override {
    return requests_[random.below(static_cast<std::uint32_t>(requests_.size()))];
  }
  [[nodiscard]] unsigned events_per_request() const noexcept override { return 0; }

 private:
  std::vector<std::string> requests_;
};

}  // namespace

std::unique_ptr<RequestSource> make_event_requests(const EventRequestSettings& settings) {
  return std::make_unique<EventRequests>(settings);
}

Result<std::unique_ptr<RequestSource>> make_path_requests(const std::string& file,
                                                          const std::string& host,
                                                          const std::string& key) {
  std::ifstream in(file);
  if (!in) return Status(Code::unavailable, "cannot read " + file);
  std::vector<std::string> requests;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) requests.push_back(head("GET", line, host, key) + "\r\n");
  }
  if (requests.empty()) return Status(Code::invalid_argument, file + " lists no path");
  return std::unique_ptr<RequestSource>(std::make_unique<PathRequests>(std::move(requests)));
}

}  // namespace souk::bench
